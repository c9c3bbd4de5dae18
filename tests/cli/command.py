"""Commands run in this process, as the installed `seatrial` runs them."""

import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from seatrial.cli.main import main

SYSTEM = """from seatrial import *
db = Postgres("db", version="15", size="db.t3.micro")
job = Job("migrate", "app", ["alembic", "upgrade", "head"], uses=[db])
api = Service("api", "app", ["serve", "--host", HOST, "--port", PORT], port=8000, uses=[db],
    health="/up", before=job)
worker = Service("worker", "app", ["python", "-m", "worker"])
system = System("shop", api, worker)
production = system.environment("production")
development = system.environment("development", nat="one")
"""


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def seatrial(folder: Path, *words: str) -> Done:
    """Run a command in a folder; whatever escapes it but an exit fails the test."""
    out, err = StringIO(), StringIO()
    before = sys.argv
    sys.argv = ["seatrial", *words]
    try:
        with chdir(folder), redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    else:
        code = 0
    finally:
        sys.argv = before
    return Done(code, out.getvalue(), err.getvalue())


def described(folder: Path, text: str = SYSTEM) -> Path:
    """Write a description with its source folder; give its folder."""
    (folder / "app").mkdir(exist_ok=True)
    (folder / "app" / "requirements.txt").touch()
    (folder / "system.py").write_text(text)
    return folder

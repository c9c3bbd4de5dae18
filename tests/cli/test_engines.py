"""Without the engines one message says what to install."""

import subprocess
import sys
from pathlib import Path

from seatrial.cli.engines import PACKAGES, need_engines

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "fastapi-app"


def test_nothing_is_said_where_they_are() -> None:
    need_engines()


def test_up_says_what_to_install() -> None:
    # None in sys.modules is how Python itself marks a module that cannot be found.
    hidden = "; ".join(f"sys.modules[{name!r}] = None" for name in PACKAGES)
    code = (
        f"import sys; {hidden}; sys.argv = ['seatrial', 'up', {str(EXAMPLE)!r}];"
        "import importlib.util as u; find = u.find_spec;"
        f"u.find_spec = lambda name, *more: None if name in {PACKAGES!r} else find(name, *more);"
        "from seatrial.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'seatrial[engines]'" in done.stderr
    assert "psycopg" in done.stderr
    assert "Traceback" not in done.stderr

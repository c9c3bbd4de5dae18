"""A virtual environment for a folder's dependencies.

Takes a folder with a `requirements.txt`, `uv.lock`, `pylock.toml` or
`pyproject.toml`; gives the `bin` folder of a cached environment that holds
them, compiled. Never installs the folder's own code and never changes the
folder.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from seatrial.image.dependencies import dependencies
from seatrial.local.cache import cache_folder
from seatrial.local.source.installer import DependenciesNotInstalled, Installer, find_uv
from seatrial.mistake import Mistake

__all__ = ["DependenciesNotInstalled", "PythonMissing", "environment"]

# Written last: an environment without it was interrupted and is made again.
_COMPLETE = ".complete"
# Changes when environments are made in a way that old ones do not serve.
_FORMAT = 1
_ASK = (
    "import json, os, sys, sysconfig; print(json.dumps(["
    "sys.implementation.cache_tag, sys.version, sysconfig.get_platform(),"
    " sysconfig.get_config_var('SOABI'), os.path.realpath(sys._base_executable)]))"
)


class PythonMissing(Mistake):
    """The Python that was asked for does not run."""


def _silent(_line: str) -> None:
    """Drop a line of progress."""


def environment(
    folder: Path,
    cache: Path | None = None,
    python: Path | str = sys.executable,
    progress: Callable[[str], None] = _silent,
) -> Path:
    """Give the `bin` folder of an environment with `folder`'s dependencies; make it if need be.

    Blocks while it installs (run it in a thread). `cache` defaults to
    `$XDG_CACHE_HOME/seatrial/environments`. `progress` gets the installer's lines.
    Safe against interruption and against two at once.
    Raises `DependenciesNotInstalled`, `PythonMissing` and what `dependencies` raises.
    """
    wanted = dependencies(folder)
    key = json.dumps([_FORMAT, _describe(str(python)), wanted.digest])
    home = (cache or cache_folder("environments")) / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not _is_complete(home):
        with _alone(home.with_suffix(".lock"), progress) as lock:
            if not _is_complete(home):
                if home.exists():
                    shutil.rmtree(home)
                Installer(wanted, home, str(python), find_uv(), lock, progress).install()
                (home / _COMPLETE).write_text(f"{folder} {wanted.kind.value}\n")
    return home / "bin"


def _is_complete(home: Path) -> bool:
    # The link to a Python that was since removed leads nowhere.
    return (home / _COMPLETE).exists() and (home / "bin" / "python").exists()


@contextmanager
def _alone(file: Path, progress: Callable[[str], None]) -> Iterator[int]:
    """Hold a lock that outlives this process for as long as an installer it started runs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another installation of the same dependencies")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


@lru_cache
def _describe(python: str) -> list[str]:
    """Say what makes an environment of this Python differ from another's."""
    try:
        answer = subprocess.run(
            [python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=True
        )
        description: list[str] = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise PythonMissing(f"the Python {python!r} does not run: {error}") from None
    return description

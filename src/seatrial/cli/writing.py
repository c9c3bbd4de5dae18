"""Write a result to a file, whole or not at all."""

import os
import tempfile
from pathlib import Path

from seatrial.mistake import Mistake


def write(path: Path, text: str) -> None:
    """Replace a file's content in one step; an interruption leaves the old one."""
    named, path = path, path.resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_text(text)  # a pipe or a device is written to, not replaced
            return
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
        raise Mistake(f"cannot write {named}: {error.strerror}.") from None

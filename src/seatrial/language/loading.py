"""Run a `system.py` and find the system in it.

Takes a path, gives the `System` that the file makes. The file is ordinary
Python and runs in this process; whatever it raises becomes one `Mistake` at
the user's own line. What it prints goes to standard error, because standard
output belongs to the command's result.
"""

import sys
import traceback
from contextlib import redirect_stdout, suppress
from pathlib import Path
from types import ModuleType

from seatrial.language.system import System
from seatrial.mistake import Mistake, Place

FILE = "system.py"
MODULE = "seatrial_system"


def find(path: Path) -> Path:
    """Find the system's file: the file itself, or `system.py` in a folder."""
    if path.is_dir():
        file = path / FILE
        if not file.is_file():
            below = sorted(each.parent.name for each in path.glob(f"*/{FILE}"))
            right = (
                f"Try {path / below[0]}." if below else f"Write one, or name its folder: {FILE}."
            )
            raise Mistake(f"there is no {FILE} in {_shown(path)}.", right=right)
        return file.resolve()
    if path.is_file():
        return path.resolve()
    raise Mistake(f"{_shown(path)} does not exist.", right=f"Name a {FILE} or the folder of one.")


def load(path: Path) -> System:
    """Run the file and give its one system."""
    file = find(path)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise Mistake(f"it cannot be read: {error.strerror}.", Place(str(file))) from None
    return read(text, file)


def read(text: str | bytes, file: Path) -> System:
    """Run a text as if it stood in `file`, and give its one system."""
    try:
        code = compile(text, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Mistake(
            f"this is not Python: {error.msg}.", Place(str(file), error.lineno or 0)
        ) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Mistake(f"this is not a Python file: {error}.", Place(str(file))) from None
    except (RecursionError, MemoryError):
        raise Mistake("this is nested too deeply to be read.", Place(str(file))) from None
    module = ModuleType(MODULE)
    module.__file__ = str(file)
    sys.modules[MODULE] = module
    sys.path.insert(0, str(file.parent))
    try:
        with redirect_stdout(sys.stderr):
            exec(code, module.__dict__)  # noqa: S102 - the user's own description
    except Mistake:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _theirs(error, file) from None
    finally:
        with suppress(ValueError):  # the description may have changed it
            sys.path.remove(str(file.parent))
    return _system(module, file)


def _theirs(error: BaseException, file: Path) -> Mistake:
    """Tell what the user's code raised, at its own line."""
    where = Place(str(file))
    folder = str(file.parent)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(folder):
            where = Place(frame.filename, frame.lineno or 0)
    if isinstance(error, SyntaxError) and error.filename:
        where = Place(error.filename, error.lineno or 0)
    kind = type(error).__name__
    try:
        text = str(error).strip().splitlines()
    except Exception:
        text = []
    said = f"{kind}: {text[0]}" if text else kind
    return Mistake(f"this line raised {said}", where)


def _system(module: ModuleType, file: Path) -> System:
    found = {id(each): each for each in vars(module).values() if isinstance(each, System)}
    named = getattr(module, "system", None)
    if isinstance(named, System):
        return named
    if not found:
        raise Mistake(
            "this file makes no System.", Place(str(file)), "End it with system = System(...)."
        )
    if len(found) > 1:
        raise Mistake(
            f"this file makes {len(found)} systems.",
            Place(str(file)),
            "Call the one that is meant `system`.",
        )
    return next(iter(found.values()))


def _shown(path: Path) -> str:
    text = str(path)
    return "the current folder" if text == "." else repr(text)

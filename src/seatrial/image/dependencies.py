"""What a source folder says it depends on.

Takes a folder; gives the one file that decides its dependencies, every file
that this one includes, and whether all of it is locked by hash. Local runs
and images both read this, so both install the same. Never resolves or
installs anything.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from seatrial.mistake import Mistake, Place

_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=)?(\S+)")
_LOCAL = re.compile(r"(?:-e|--editable)\b|\.{0,2}/|\.$|file:|[^#]*@\s*file:|\S+\.(?:whl|tar\.gz)\b")


class DependencyInFolder(Mistake):
    """A requirement is a folder or file, which no lock and no cache can hold to one content."""


class DependenciesUnreadable(Mistake):
    """The file that names the dependencies cannot be read."""


class Kind(Enum):
    """How the dependencies are written down; the value is the deciding file's name."""

    REQUIREMENTS = "requirements.txt"
    UV = "uv.lock"
    PYLOCK = "pylock.toml"
    PYPROJECT = "pyproject.toml"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The deciding file of `folder` and what it includes, as paths relative to the folder.

    `locked` says that every file to install is named with its hash; `digest` changes
    whenever anything in `files` does.
    """

    folder: Path
    kind: Kind
    files: tuple[str, ...]
    locked: bool
    digest: str


def dependencies(folder: Path) -> Dependencies:
    """Read what `folder` depends on; the first of `Kind` that is there decides.

    Raises `DependencyInFolder`, `DependenciesUnreadable`.
    """
    kind = next(
        (each for each in Kind if each.value and (folder / each.value).is_file()), Kind.NONE
    )
    if kind is Kind.REQUIREMENTS:
        files = _with_includes(folder, kind.value)
        locked = "--hash=" in _read(folder, kind.value)
    elif kind is Kind.UV:
        files, locked = (kind.value, "pyproject.toml"), True
    elif kind is Kind.PYLOCK:
        files, locked = (kind.value,), True
    elif kind is Kind.PYPROJECT and _is_project(folder):
        files, locked = (kind.value,), False
    else:
        kind, files, locked = Kind.NONE, (), True
    content = hashlib.sha256(kind.value.encode())
    for name in files:
        content.update(f"\0{name}\0".encode() + _read(folder, name).encode())
    return Dependencies(folder, kind, files, locked, content.hexdigest())


def refuse_local(file: Path, text: str) -> None:
    """Raise `DependencyInFolder` for a requirement that is a folder or file, not a release."""
    for number, line in enumerate(text.splitlines(), 1):
        if _LOCAL.match(line.strip()):
            raise DependencyInFolder(
                f"the requirement {line.strip()!r} is a folder or a file",
                Place(str(file), number),
                "Put that code into the source folder, or publish it and name its version.",
            )


def _with_includes(folder: Path, name: str) -> tuple[str, ...]:
    found: list[str] = []
    waiting = [name]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found.append(name)
        text = _read(folder, name)
        refuse_local(folder / name, text)
        for line in text.splitlines():
            if include := _INCLUDE.match(line.strip()):
                path = Path(folder, name).parent / include[1]
                waiting.append(_inside(folder, path))
    return tuple(found)


def _inside(folder: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise DependenciesUnreadable(
            f"{path} is outside the source folder, so no image can have it", Place(str(folder))
        ) from None


def _is_project(folder: Path) -> bool:
    try:
        return "project" in tomllib.loads(_read(folder, "pyproject.toml"))
    except tomllib.TOMLDecodeError as error:
        place = Place(str(folder / "pyproject.toml"))
        raise DependenciesUnreadable(f"this is not TOML: {error}", place) from None


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DependenciesUnreadable(
            f"cannot be read: {error}", Place(str(folder / name))
        ) from None

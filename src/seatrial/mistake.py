"""What a user got wrong, told once: what, where, and what would be right.

Every room raises `Mistake` for input that a person can mend. The command line
prints it in one line and leaves with exit code 1; nothing else is ever shown
of it. It never carries a secret: messages quote names and settings only.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written: a file and its line, 1-based (0: the whole file)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Give `file:line`, relative to the current folder where that is shorter."""
        file = self.file
        with suppress(ValueError):  # on another drive there is no way from here
            file = min(file, os.path.relpath(file), key=len)
        return f"{file}:{self.line}" if self.line else file


class Mistake(Exception):
    """One mistake: `what` is wrong, `where`, and what would be `right`."""

    def __init__(self, what: str, where: Place | None = None, right: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.right = right

    def __str__(self) -> str:
        """Give the one message: `place: what. right`."""
        place = f"{self.where}: " if self.where else ""
        stop = "" if self.what.endswith((".", "!", "?", "\n")) or not self.right else "."
        right = f" {self.right}" if self.right else ""
        return f"{place}{self.what}{stop}{right}"


class Mistakes(Mistake):
    """Several mistakes found in one pass; each is printed on its own line."""

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.found = tuple(found)
        super().__init__("\n".join(str(each) for each in self.found))


def closest(word: str, known: Iterable[str]) -> str:
    """Suggest what was probably meant, else list what is known."""
    names = sorted(known)
    near = [name for name in names if name.lower() == word.lower()]
    near = near or get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"Known: {shown}."

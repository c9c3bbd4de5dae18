"""What of a source folder goes into an image.

Takes a folder's `.dockerignore` and the names that no image ever holds; gives
the answer for one path, and the `.dockerignore` text that goes with our
Dockerfile. Never reads another file.

Source: docs.docker.com/build/concepts/context/#dockerignore-files.
"""

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Left out at any depth, whatever a .dockerignore says.
ALWAYS = (".git", ".venv", "__pycache__", ".seatrial", "node_modules")
# Left out of a folder that has no .dockerignore of its own.
USUAL = (
    ".DS_Store",
    ".dockerignore",
    ".env",
    ".env.*",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "Dockerfile",
)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    keeps: bool


class Ignore:
    """The rules of one source folder. Paths are relative to it, with `/`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = _parse(lines)
        self._keeps_any = any(rule.keeps for rule in self._rules)

    @classmethod
    def of(cls, source: Path) -> "Ignore":
        """Read the folder's `.dockerignore`, or take the usual rules."""
        lines = _own_lines(source)
        return cls(_everywhere(USUAL) if lines is None else lines)

    def leaves_out(self, path: str) -> bool:
        """Say whether the file, link or folder at `path` stays out of the image."""
        parts = path.split("/")
        if not set(ALWAYS).isdisjoint(parts):
            return True
        # Docker: a rule for a folder holds for all it holds; the last rule that matches wins.
        prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        out = False
        for rule in self._rules:
            if rule.keeps == out and any(rule.pattern.fullmatch(each) for each in prefixes):
                out = not rule.keeps
        return out

    def skips(self, folder: str) -> bool:
        """Say whether nothing below `folder` can be wanted, so that no one need look."""
        if not set(ALWAYS).isdisjoint(folder.split("/")):
            return True
        return not self._keeps_any and self.leaves_out(folder)


def dockerignore(source: Path) -> str:
    """Give the `.dockerignore` that goes with the Dockerfile: the folder's own, completed."""
    own = _own_lines(source)
    lines = [*_everywhere(USUAL)] if own is None else own
    missing = [line for line in _everywhere(ALWAYS) if line not in lines]
    return "".join(f"{line}\n" for line in [*lines, *missing])


def _own_lines(source: Path) -> list[str] | None:
    try:
        return (source / ".dockerignore").read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return None


def _everywhere(names: Sequence[str]) -> list[str]:
    return [f"**/{name}" for name in names]


def _parse(lines: Iterable[str]) -> tuple[_Rule, ...]:
    rules = []
    for line in lines:
        if line.startswith("#"):
            continue
        text = line.strip()
        keeps = text.startswith("!")
        text = text.removeprefix("!").strip()
        if not text:
            continue
        path = posixpath.normpath(text).lstrip("/")
        if path not in {"", "."}:
            rules.append(_Rule(re.compile(_translate(path), re.DOTALL), keeps))
    return tuple(rules)


def _translate(pattern: str) -> str:
    """Turn Go's filepath.Match syntax, with Docker's `**`, into a regular expression."""
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out.append("(?:.*/)?")
            at += 3
        elif pattern.startswith("**", at):
            out.append(".*")
            at += 2
        elif char == "*":
            out.append("[^/]*")
            at += 1
        elif char == "?":
            out.append("[^/]")
            at += 1
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            chosen = pattern[at + 1 : end].replace("[", "\\[")
            out.append(f"[{chosen}]")
            at = end + 1
        elif char == "\\" and at + 1 < len(pattern):
            out.append(re.escape(pattern[at + 1]))
            at += 2
        else:
            out.append(re.escape(char))
            at += 1
    return "".join(out)

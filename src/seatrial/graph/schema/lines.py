"""Packed files of which each line is read only when it is asked for.

Takes a file of lines, each a name, a tab and JSON; gives the parts by name.
It never writes one: `scripts/refresh-schemas` does.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Lines(Mapping[str, Any]):
    """The parts of one packed file; those under one name with a slash, if asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._parts: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        try:
            return self._parts[name]
        except KeyError:
            part = self._parts[name] = json.loads(self._texts[name])
            return part

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def under(self, prefix: str) -> "Lines":
        """Give the parts whose names begin with a prefix, by the rest of their names."""
        begin = f"{prefix}/"
        return Lines(
            {
                name.removeprefix(begin): text
                for name, text in self._texts.items()
                if name.startswith(begin)
            }
        )


def read_lines(file: Path) -> Lines:
    """Read a packed file; FileNotFoundError where there is none."""
    texts = {}
    for line in file.read_text("utf-8").split("\n"):
        name, tab, text = line.partition("\t")
        if tab:
            texts[name] = text
    return Lines(texts)

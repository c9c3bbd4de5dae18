"""A Compose file as text: plain YAML, with the symbols of the graph still in it.

Takes mappings, lists and scalars, gives one text. Texts are written as JSON
writes them, which YAML reads the same, and those of several lines as a block.
It never judges what a file says.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.graph.values import AtRun, Join, Symbol, Value, join, render

_MARK = "\N{SYMBOL FOR UNIT SEPARATOR}"
_BREAKS = {each: f"\\u{each:04x}" for each in (0x7F, 0x85, 0x2028, 0x2029)}
"""What YAML takes for the end of a line or refuses, and JSON does not."""


def plain(value: Value) -> Value:
    """Write each `$` twice, as Compose wants one that stands for itself."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Join):
        return Join(tuple(plain(each) for each in value.parts))
    return plain(value.aws) if isinstance(value, AtRun) else value


def compose_text(value: Mapping[str, Value]) -> Value:
    """Write a whole file."""
    kept: list[Symbol] = []

    def keep(symbol: Symbol) -> str:
        pieces = symbol.parts if isinstance(symbol, Join) else (symbol,)
        text = ""
        for piece in pieces:
            if isinstance(piece, str):
                text += piece
            else:
                kept.append(piece)
                text += f"{_MARK}{len(kept) - 1}{_MARK}"
        return text

    text = "\n".join([*_lines(render(value, keep), 0), ""])
    pieces = text.split(_MARK)
    return join(*(kept[int(each)] if odd % 2 else each for odd, each in enumerate(pieces)))


def _lines(value: Any, depth: int) -> Iterator[str]:
    space = "  " * depth
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield f"{space}{key}:"
            yield from _lines(inner, depth + 1)
        elif isinstance(inner, list) and any(isinstance(each, Mapping) for each in inner):
            yield f"{space}{key}:"
            for each in inner:
                first, *more = _lines(each, depth + 2)
                yield f"{space}  - {first.strip()}"
                yield from more
        elif isinstance(inner, str) and "\n" in inner:
            yield f"{space}{key}: |"
            yield from (f"{space}  {line}".rstrip() for line in inner.splitlines())
        else:
            yield f"{space}{key}: {json.dumps(inner, ensure_ascii=False).translate(_BREAKS)}"

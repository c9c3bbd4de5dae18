"""Texts inside properties, and the ways to them."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph.schema.faults import Steps
from seatrial.graph.values import Join


def path_of(steps: Steps) -> str:
    found: list[str] = []
    while steps is not None:
        steps, last = steps
        found.append(str(last))
    return ".".join(reversed(found))


def texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give every text inside a value with the way to it; joined ones too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Join):
        yield path, "".join(each for each in value.parts if isinstance(each, str))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}.{index}")

"""A usage file: how much each part is used, beside the description or in place of it.

Takes a YAML, TOML or JSON file: name of a part or logical id -> measure -> a number,
or three for low, expected and high; gives the usage. Each mistake is told with its line.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.graph.measures import FORM, MEASURES, NoLevels, read_levels
from seatrial.mistake import Mistake, Place, closest
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage
from seatrial.price.usage_text import Lines, read_lines

SAMPLE = "Write e.g. `api: {requests: [1e6, 5e6, 2e7]}`."


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    measure: str
    value: Any
    line: int


def read_usage(path: Path, parts: Collection[str], ids: Collection[str] = ()) -> Usage:
    """Read a usage file; it may speak of these parts and logical ids."""
    data, lines = read_lines(path)
    said: dict[str, dict[str, Said]] = {}
    for entry in _entries(data, path, lines):
        place = Place(str(path), entry.line)
        if entry.name not in parts and entry.name not in ids:
            what = f"there is no part or logical id {entry.name!r}."
            raise Mistake(what, place, _meant(entry.name, parts, ids))
        if entry.measure not in MEASURES:
            what = f"there is no measure {entry.measure!r}."
            raise Mistake(what, place, closest(entry.measure, MEASURES))
        quantity = _levels(entry, place)
        said.setdefault(entry.name, {})[entry.measure] = Said(quantity, f"{path.name}:{entry.line}")
    return Usage(said)


def _meant(name: str, parts: Collection[str], ids: Collection[str]) -> str:
    """Suggest a name; where none is near, list the parts: logical ids are many."""
    near = closest(name, {*parts, *ids})
    return near if near.startswith("Did") or not parts else closest(name, parts)


def _levels(entry: _Entry, place: Place) -> Quantity:
    try:
        return Quantity(*read_levels(entry.measure, entry.value))
    except NoLevels as why:
        raise Mistake(
            f"{entry.measure} of {entry.name}: {why}.",
            place,
            f"{FORM} It counts {MEASURES[entry.measure]}.",
        ) from None


def _entries(data: Any, path: Path, line_of: Lines) -> Iterator[_Entry]:
    if not isinstance(data, dict) or not data:
        raise Mistake("it must hold names of parts.", Place(str(path), 1), SAMPLE)
    for name, measures in data.items():
        if not isinstance(measures, dict) or not measures:
            place = Place(str(path), line_of.get((str(name),), 0))
            raise Mistake(f"what is said of {name!r} must be measures.", place, SAMPLE)
        for measure, value in measures.items():
            line = line_of.get((str(name), str(measure)), 0)
            yield _Entry(str(name), str(measure), value, line)

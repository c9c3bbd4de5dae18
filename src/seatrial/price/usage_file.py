"""A usage file: how much each part is used, beside the description or in place of it.

Takes a YAML, TOML or JSON file: name of a part or logical id -> measure -> a number,
or three for low, expected and high; gives the usage. Each mistake is told with its line.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from seatrial.graph.measures import MEASURES
from seatrial.mistake import Mistake, Place, closest
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage

SAMPLE = "Write e.g. `api: {requests: [1e6, 5e6, 2e7]}`."
TOML_LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    measure: str
    value: Any
    line: int


def read_usage(path: Path, known: Collection[str]) -> Usage:
    """Read a usage file; `known` are the parts and logical ids that it may speak of."""
    try:
        text = path.read_text()
    except OSError as error:
        raise Mistake(f"cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Mistake("this is not a text.", Place(str(path))) from None
    read = {".yaml": _yaml, ".yml": _yaml, ".json": _json, ".toml": _toml}.get(path.suffix)
    if read is None:
        raise Mistake(
            f"{path.name!r} has no suffix that says what it is.",
            Place(str(path)),
            "Name it .yaml, .toml or .json.",
        )
    said: dict[str, dict[str, Said]] = {}
    for entry in read(text, path):
        place = Place(str(path), entry.line)
        if entry.name not in known:
            what = f"there is no part or logical id {entry.name!r}."
            raise Mistake(what, place, closest(entry.name, known))
        if entry.measure not in MEASURES:
            what = f"there is no measure {entry.measure!r}."
            raise Mistake(what, place, closest(entry.measure, MEASURES))
        quantity = _levels(entry, place)
        said.setdefault(entry.name, {})[entry.measure] = Said(quantity, f"{path.name}:{entry.line}")
    return Usage(said)


def _levels(entry: _Entry, place: Place) -> Quantity:
    value = entry.value
    three = value if isinstance(value, list) else [value] * 3
    numbers = [_number(each) for each in three]
    good = [each for each in numbers if each is not None and isfinite(each) and each >= 0]
    if len(good) != len(three) or len(three) != 3 or good != sorted(good):
        raise Mistake(
            f"{entry.measure} of {entry.name} must be a number, or three that do not fall:"
            " low, expected and high.",
            place,
            f"It counts {MEASURES[entry.measure]}.",
        )
    return Quantity(*good)


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None


def _entries(data: Any, path: Path, line_of: "Lines") -> Iterator[_Entry]:
    if not isinstance(data, dict):
        raise Mistake("it must hold names of parts.", Place(str(path), 1), SAMPLE)
    for name, measures in data.items():
        if not isinstance(measures, dict):
            place = Place(str(path), line_of.get((str(name),), 0))
            raise Mistake(f"what is said of {name!r} must be measures.", place, SAMPLE)
        for measure, value in measures.items():
            line = line_of.get((str(name), str(measure)), 0)
            yield _Entry(str(name), str(measure), value, line)


Lines = Mapping[tuple[str, ...], int]


def _yaml(text: str, path: Path) -> Iterator[_Entry]:
    import yaml  # noqa: PLC0415 - heavy, and only a file of this form needs it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, loader)
        data = yaml.load(text, loader)  # noqa: S506 - a safe loader, C or not
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        line = mark.line + 1 if mark else 0
        raise Mistake(f"this is not YAML: {problem}.", Place(str(path), line)) from None
    lines: dict[tuple[str, ...], int] = {}
    if isinstance(root, yaml.MappingNode):
        for name, measures in root.value:
            lines[name.value,] = name.start_mark.line + 1
            if isinstance(measures, yaml.MappingNode):
                for measure, _ in measures.value:
                    lines[name.value, measure.value] = measure.start_mark.line + 1
    return _entries(_floats(data), path, lines)


def _floats(value: Any) -> Any:
    """Read `1e6`, which YAML 1.1 takes for a text, as the number that was meant."""
    if isinstance(value, dict):
        return {key: _floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_floats(inner) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d*)?[eE][+-]?\d+", value):
        return float(value)
    return value


def _json(text: str, path: Path) -> Iterator[_Entry]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise Mistake(f"this is not JSON: {error.msg}.", Place(str(path), error.lineno)) from None
    return _entries(data, path, _found(text, data, '"{}"'))


def _toml(text: str, path: Path) -> Iterator[_Entry]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = TOML_LINE.search(str(error))
        what = str(error).partition(" (at ")[0].rstrip(".")
        place = Place(str(path), int(at[1]) if at else 0)
        raise Mistake(f"this is not TOML: {what}.", place) from None
    return _entries(data, path, _found(text, data, "{}"))


def _found(text: str, data: Any, form: str) -> Lines:
    """Find the line of each name and measure, in the order in which they are written."""
    lines: dict[tuple[str, ...], int] = {}
    rows = text.splitlines()
    at = 0
    for name, measures in data.items() if isinstance(data, dict) else ():
        at = _next(rows, at, form.format(name))
        lines[name,] = at + 1
        below = at
        for measure in measures if isinstance(measures, dict) else ():
            below = _next(rows, below, form.format(measure))
            lines[name, measure] = below + 1
    return lines


def _next(rows: list[str], start: int, word: str) -> int:
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    for index in range(start, len(rows)):
        if pattern.search(rows[index]):
            return index
    return start

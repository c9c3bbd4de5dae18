"""A document's own cost table: what it says that a system costs, row by row.

Takes a TOML file; gives its tables, with the lines of a bill that each row is to be
compared with. The files of the five seed documents lie in `seeds`; anyone's estimate
can be written in the same way. It knows no price and makes none fit.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from seatrial.graph.measures import MEASURES
from seatrial.mistake import Mistake, Place, closest
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage

SEEDS = Path(__file__).parent / "seeds"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which lines of a bill: patterns of part, price key and component."""

    part: str
    key: str
    component: str = "*"

    def takes(self, line: Line) -> bool:
        """Tell whether a line is meant."""
        return (
            fnmatchcase(line.part, self.part)
            and fnmatchcase(line.key, self.key)
            and fnmatchcase(line.component, self.component)
        )


@dataclass(frozen=True, slots=True)
class Direct:
    """So much of one price: what a document counts and the system does not have."""

    key: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: what it says, what it is compared with, and why that differs.

    `usd` is from and to. `unsaid` says what the document would have to tell for its figure
    to be compared with anything.
    """

    id: str
    quote: str
    usd: tuple[float, float]
    lines: tuple[Selector, ...]
    direct: tuple[Direct, ...]
    why: str
    unsaid: str


@dataclass(frozen=True, slots=True)
class Option:
    """A saving that a document proposes: so many percent, from and to, of some lines."""

    id: str
    quote: str
    percent: tuple[float, float] | None
    lines: tuple[Selector, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table, the environment that it is compared with, and how much of everything it counts.

    `says` is the total that the document writes, None without one; `change` gives parts the
    values that the table counts where the description has others.
    """

    title: str
    rows: str
    environment: str
    says: tuple[float, float] | None
    sum: tuple[float, float] | None
    note: str
    change: Mapping[str, Mapping[str, Any]]
    usage: Usage
    row: tuple[Row, ...]
    options: tuple[Option, ...]
    optimised: Row | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its tables; `without` says why it has none."""

    name: str
    system: str
    tables: tuple[Table, ...]
    without: str
    break_even: "BreakEven | None"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to have something: an environment, some values changed, and what it is called.

    `per` are prices by somebody's word, which stand in place of the bill: a measure -> US
    dollars of one unit, `month` -> US dollars a month. `note` says whose word.
    """

    name: str
    environment: str
    change: Mapping[str, Mapping[str, Any]]
    usage: Usage
    per: Mapping[str, float]
    note: str


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Variants to compare over one measure of a part, so many of it a day.

    `each` is how much of other measures one unit of it takes, e.g. tokens of a question.
    """

    title: str
    rows: str
    part: str
    measure: str
    volumes: tuple[float, ...]
    each: Mapping[str, float]
    variants: tuple[Variant, ...]
    note: str


def document(path: Path) -> Document:
    """Read a file; `Mistake` for whatever in it cannot be read."""
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise Mistake(f"cannot read {path}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"this is not TOML: {error}.", Place(str(path))) from None
    read = _Reader(path, "", values)
    found = Document(
        read.text("document", path.name),
        read.text("system", ""),
        tuple(_table(each) for each in read.several("table")),
        read.text("without", ""),
        _break_even(read.inner("break_even")) if "break_even" in values else None,
    )
    read.done()
    return found


def seed(system: str) -> Document | None:
    """Give the seed document that describes a system of this name; None where none does."""
    for path in sorted(SEEDS.glob("*.toml")):
        found = document(path)
        if found.system == system:
            return found
    return None


def _table(read: "_Reader") -> Table:
    found = Table(
        read.text("title", ""),
        read.text("rows", ""),
        read.text("environment", "production"),
        read.range("says"),
        read.range("sum"),
        read.text("note", ""),
        read.tables("change"),
        read.usage("usage"),
        tuple(_row(each) for each in read.several("row")),
        tuple(_option(each) for each in read.several("option")),
        _row(read.inner("optimised")) if "optimised" in read.values else None,
    )
    read.done()
    return found


def _row(read: "_Reader") -> Row:
    usd = read.range("usd")
    if usd is None:
        raise read.wrong("a row needs usd, what the document says that it costs")
    found = Row(
        read.text("id", ""),
        read.text("quote", ""),
        usd,
        _selectors(read),
        tuple(
            Direct(each.text("key", ""), each.number("quantity")) for each in read.several("direct")
        ),
        read.text("why", ""),
        read.text("unsaid", ""),
    )
    read.done()
    return found


def _option(read: "_Reader") -> Option:
    found = Option(
        read.text("id", ""),
        read.text("quote", ""),
        read.range("percent"),
        _selectors(read),
        read.text("why", ""),
    )
    read.done()
    return found


def _selectors(read: "_Reader") -> tuple[Selector, ...]:
    return tuple(
        Selector(each.text("part", "*"), each.text("key", "*"), each.text("component", "*"))
        for each in read.several("lines")
    )


def _break_even(read: "_Reader") -> BreakEven:
    found = BreakEven(
        read.text("title", ""),
        read.text("rows", ""),
        read.text("part", ""),
        read.text("measure", "requests"),
        tuple(read.numbers("volumes")),
        {name: read.inner("each").number(name) for name in read.values.get("each", {})},
        tuple(_variant(each) for each in read.several("variant")),
        read.text("note", ""),
    )
    read.asked.add("each")
    read.done()
    return found


def _variant(read: "_Reader") -> Variant:
    found = Variant(
        read.text("name", ""),
        read.text("environment", "production"),
        read.tables("change"),
        read.usage("usage"),
        {name: read.inner("per").number(name) for name in read.values.get("per", {})},
        read.text("note", ""),
    )
    read.asked.add("per")
    read.done()
    return found


class _Reader:
    """One table of the file, whose values are asked for one by one."""

    def __init__(self, path: Path, where: str, values: Mapping[str, Any]) -> None:
        self.path = path
        self.where = where
        self.values = values
        self.asked: set[str] = set()

    def wrong(self, what: str, right: str = "") -> Mistake:
        at = f"{self.where}: " if self.where else ""
        return Mistake(f"{at}{what}", Place(str(self.path)), right)

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for name in self.values:
            if name not in self.asked:
                raise self.wrong(f"nothing is called {name!r} here.", closest(name, self.asked))

    def get(self, name: str) -> Any:
        self.asked.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str) -> str:
        found = self.get(name)
        if found is None:
            return default
        if not isinstance(found, str):
            raise self.wrong(f"{name} must be a text, not {found!r}.")
        return found

    def number(self, name: str) -> float:
        found = self.get(name)
        if not isinstance(found, int | float) or isinstance(found, bool):
            raise self.wrong(f"{name} must be a number, not {found!r}.")
        return float(found)

    def numbers(self, name: str) -> list[float]:
        found = self.get(name)
        if not isinstance(found, list):
            raise self.wrong(f"{name} must be a list of numbers, not {found!r}.")
        return [_Reader(self.path, f"{self.where}{name}", {"": each}).number("") for each in found]

    def range(self, name: str) -> tuple[float, float] | None:
        """Read a number, or two: from and to."""
        found = self.get(name)
        if found is None:
            return None
        two = found if isinstance(found, list) else [found, found]
        numbers = [each for each in two if isinstance(each, int | float) and each is not True]
        if len(two) != 2 or len(numbers) != 2 or numbers[0] > numbers[1]:
            raise self.wrong(f"{name} must be a number, or two: from and to; not {found!r}.")
        return float(numbers[0]), float(numbers[1])

    def inner(self, name: str) -> "_Reader":
        found = self.get(name)
        if not isinstance(found, Mapping):
            raise self.wrong(f"{name} must be a table, not {found!r}.")
        return _Reader(self.path, f"{self.where}{name}.", found)

    def several(self, name: str) -> Iterator["_Reader"]:
        found = self.get(name)
        for number, each in enumerate(found if isinstance(found, list) else []):
            if not isinstance(each, Mapping):
                raise self.wrong(f"{name} must hold tables, not {each!r}.")
            said = each.get("id") or each.get("name") or each.get("title") or number + 1
            yield _Reader(self.path, f"{name} {said}", each)
        if found is not None and not isinstance(found, list):
            raise self.wrong(f"{name} must be a list of tables, not {found!r}.")

    def tables(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        found = self.get(name)
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(
            isinstance(each, Mapping) for each in found.values()
        ):
            raise self.wrong(f"{name} must be a table of parts, each with its values.")
        return found

    def usage(self, name: str) -> Usage:
        """Read usage: part -> measure -> a number, or three."""
        said: dict[str, dict[str, Said]] = {}
        by = self.path.name
        for part, measures in self.tables(name).items():
            for measure, value in measures.items():
                if measure not in MEASURES:
                    what = f"{name}.{part}: there is no measure {measure!r}."
                    raise self.wrong(what, closest(measure, MEASURES))
                three = value if isinstance(value, list) else [value] * 3
                if len(three) != 3 or not all(isinstance(each, int | float) for each in three):
                    raise self.wrong(f"{name}.{part}.{measure} must be a number, or three.")
                low, expected, high = map(float, three)
                said.setdefault(part, {})[measure] = Said(Quantity(low, expected, high), by)
        return Usage(said)

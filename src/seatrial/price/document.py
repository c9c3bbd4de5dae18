"""A document's own cost table: what it says that a system costs, row by row.

Takes a TOML file; gives its tables, with the lines of a bill that each row is to be
compared with. The files of the five seed documents lie in `seeds`; anyone's estimate
can be written in the same way. It knows no price and makes none fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from seatrial.price.line import Line
from seatrial.price.table_reader import TableReader
from seatrial.price.usage import Usage
from seatrial.price.usage_text import read_toml

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
    read = TableReader(path, "", read_toml(path))
    found = Document(
        read.text("document", path.name),
        read.text("system", ""),
        tuple(_table(each) for each in read.several("table")),
        read.text("without", ""),
        _break_even(read.inner("break_even")) if "break_even" in read.values else None,
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


def _table(read: TableReader) -> Table:
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
    if not (found.row or found.options or found.says):
        raise read.wrong("a table needs rows, or a total that it says.", "Write [[table.row]].")
    return found


def _row(read: TableReader) -> Row:
    usd = read.range("usd")
    if usd is None:
        raise read.wrong("a row needs usd, what the document says that it costs")
    found = Row(
        read.text("id", ""),
        read.text("quote", ""),
        usd,
        _selectors(read),
        tuple(_direct(each) for each in read.several("direct")),
        read.text("why", ""),
        read.text("unsaid", ""),
    )
    read.done()
    return found


def _option(read: TableReader) -> Option:
    found = Option(
        read.text("id", ""),
        read.text("quote", ""),
        read.range("percent"),
        _selectors(read),
        read.text("why", ""),
    )
    read.done()
    return found


def _direct(read: TableReader) -> Direct:
    found = Direct(read.text("key", ""), read.number("quantity"))
    read.done()
    return found


def _selectors(read: TableReader) -> tuple[Selector, ...]:
    return tuple(_selector(each) for each in read.several("lines"))


def _selector(read: TableReader) -> Selector:
    found = Selector(read.text("part", "*"), read.text("key", "*"), read.text("component", "*"))
    read.done()
    return found


def _break_even(read: TableReader) -> BreakEven:
    found = BreakEven(
        read.text("title", ""),
        read.text("rows", ""),
        read.text("part", ""),
        read.text("measure", "requests"),
        tuple(read.numbers("volumes")),
        read.figures("each"),
        tuple(_variant(each) for each in read.several("variant")),
        read.text("note", ""),
    )
    read.done()
    return found


def _variant(read: TableReader) -> Variant:
    found = Variant(
        read.text("name", ""),
        read.text("environment", "production"),
        read.tables("change"),
        read.usage("usage"),
        read.figures("per"),
        read.text("note", ""),
    )
    read.done()
    return found

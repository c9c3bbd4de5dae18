"""A document's cost table beside the bill: row by row, what is left out, what it adds up to.

Takes a table and the bill of the system at the table's usage; gives the comparison. A
line of the bill is in one row at most, and what no row takes the document leaves out.
Figures are compared as they are; none is bent.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.price.allowance import PART as FREE
from seatrial.price.bill import Bill, total
from seatrial.price.book import Book
from seatrial.price.document import Option, Row, Table
from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity


@dataclass(frozen=True, slots=True)
class Compared:
    """One row with what its lines cost at list price.

    `missing` says what cannot be known; the row then has no list price.
    """

    row: Row
    lines: tuple[Line, ...]
    listed: Quantity
    missing: str

    @property
    def known(self) -> bool:
        """Tell whether there is a list price to compare with."""
        return not self.missing

    @property
    def difference(self) -> tuple[float, float]:
        """Give how much more the list price is than the document's figure, from and to."""
        low, high = self.row.usd
        return self.listed.expected - high, self.listed.expected - low


@dataclass(frozen=True, slots=True)
class Saved:
    """What a proposed saving would take off, from and to, were it so large."""

    option: Option
    usd: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table beside its bill."""

    table: Table
    bill: Bill
    described: Bill
    """The system as it is described, with its own sizes and traffic."""
    rows: tuple[Compared, ...]
    left_out: tuple[Line, ...]
    free: tuple[Line, ...]
    saved: tuple[Saved, ...]

    @property
    def said(self) -> tuple[float, float]:
        """Give what the document's rows add up to."""
        return _sum(each.row.usd for each in self.rows)

    @property
    def said_of_known(self) -> tuple[float, float]:
        """Give what the rows add up to that have a list price."""
        return _sum(each.row.usd for each in self.rows if each.known)

    @property
    def listed(self) -> float:
        """Give what the rows cost at list price, where it is known."""
        return sum(each.listed.expected for each in self.rows)

    @property
    def missing(self) -> float:
        """Give what the lines cost that the document leaves out."""
        return total(self.left_out).expected


def most_saved(table: Table, bill: Bill) -> float:
    """Give what would be saved were every proposed saving as large as it is said to be.

    Of two savings on one line the larger counts: neither can be had twice.
    """
    best: dict[int, float] = {}
    for each in table.options:
        if each.percent is not None:
            for index, line in enumerate(bill.lines):
                if any(selector.takes(line) for selector in each.lines):
                    best[index] = max(best.get(index, 0.0), each.percent[1])
    return sum(bill.lines[index].cost.expected * share / 100 for index, share in best.items())


def compare(table: Table, bill: Bill, described: Bill, book: Book) -> Comparison:
    """Compare a table with the bill that counts what it counts."""
    free = tuple(each for each in bill.lines if each.part == FREE)
    waiting = [each for each in bill.lines if each.part != FREE]
    rows = []
    for row in table.row:
        taken = [line for line in waiting if any(each.takes(line) for each in row.lines)]
        waiting = [line for line in waiting if not any(line is each for each in taken)]
        rows.append(_compared(row, taken, book))
    saved = tuple(_saved(each, bill) for each in table.options)
    return Comparison(table, bill, described, tuple(rows), tuple(waiting), free, saved)


def _compared(row: Row, lines: list[Line], book: Book) -> Compared:
    listed, missing = total(lines), row.unsaid
    for each in row.direct:
        price = book.get(each.key)
        if price is None:
            missing = f"no price of {each.key} in {book.region}"
        else:
            listed = listed + price.cost(each.quantity)
    if not lines and not row.direct and not missing:
        missing = "the system as described has none"
    if lines and not any(each.known for each in lines):
        missing = missing or lines[0].unknown
    return Compared(row, tuple(lines), ZERO if missing else listed, missing)


def _saved(option: Option, bill: Bill) -> Saved:
    if option.percent is None:
        return Saved(option, None)
    cost = total(
        line for line in bill.lines if any(each.takes(line) for each in option.lines)
    ).expected
    low, high = option.percent
    return Saved(option, (cost * low / 100, cost * high / 100))


def _sum(ranges: Iterable[tuple[float, float]]) -> tuple[float, float]:
    low = high = 0.0
    for each in ranges:
        low, high = low + each[0], high + each[1]
    return low, high

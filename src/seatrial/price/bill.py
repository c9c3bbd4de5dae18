"""The whole bill of a graph: its lines, what they add up to, and what they leave out.

Takes a graph, a book of prices and the usage; gives every line. What costs
nothing by AWS's rule is listed with that rule, and what is neither priced nor
free is listed as unknown. Nothing is guessed and nothing is left out in silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.graph import Graph
from seatrial.price.book import Book
from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity
from seatrial.price.usage import Usage


@dataclass(frozen=True, slots=True)
class Free:
    """A resource that costs nothing of its own, with AWS's rule."""

    resource: str
    type: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Bill:
    """Every line of one graph for one month."""

    system: str
    environment: str
    region: str
    lines: tuple[Line, ...]
    free: tuple[Free, ...] = ()

    @property
    def total(self) -> Quantity:
        """Give the sum of every line whose cost is known."""
        return total(self.lines)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Give the lines that the total leaves out, each with its reason."""
        return tuple(each for each in self.lines if each.unknown)

    @property
    def parts(self) -> dict[str, tuple[Line, ...]]:
        """Give the lines of each part, in their order."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.part, []).append(line)
        return {part: tuple(lines) for part, lines in found.items()}


def total(lines: Iterable[Line]) -> Quantity:
    """Add up what lines cost."""
    found = ZERO
    for line in lines:
        found = found + line.cost
    return found


def bill(graph: Graph, book: Book, usage: Usage) -> Bill:
    """Price every resource of a graph; `usage` is used as it is (see `Usage.expected`)."""
    raise NotImplementedError

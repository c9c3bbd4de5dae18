"""The whole bill of a graph: its lines, what they add up to, and what they leave out.

Takes a graph, a book of prices and the usage; gives every line. What costs
nothing by AWS's rule is listed with that rule, and what is neither priced nor
free is listed as unknown. Nothing is guessed and nothing is left out in silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from seatrial.graph import Graph
from seatrial.price import models, transfer
from seatrial.price.allowance import free_lines
from seatrial.price.book import Book, Price
from seatrial.price.estimate import Elsewhere, Estimate
from seatrial.price.free import free, set_free
from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity
from seatrial.price.rules import rule_for
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
    unheard: tuple[str, ...] = ()
    """What a usage file says and no line asked for."""

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


def bill(
    graph: Graph,
    book: Book,
    usage: Usage,
    *,
    allowances: bool = True,
    elsewhere: Elsewhere | None = None,
) -> Bill:
    """Price every resource of a graph.

    `usage` is taken as it is (`Usage.expected` reads the graph's own); without
    `allowances` nothing is taken off for what AWS gives every account free.
    `elsewhere` gives the book of another region, for copies that are kept there.
    """
    estimate = Estimate(graph, book, usage, elsewhere)
    found: list[Line] = []
    costless: list[Free] = []
    for resource in graph:
        rule = rule_for(resource.type)
        estimate.open.clear()
        lines = _assuming(list(rule(resource, estimate)) if rule else [], estimate)
        if lines:
            found += lines
            continue
        because = free(resource.type) or (set_free(resource.type) if rule else None)
        if because:
            costless.append(Free(resource.id, resource.type, *because))
        else:
            why = "Seatrial does not know what this costs"
            found.append(estimate.unknown(resource, resource.type, "", why))
    found += transfer.lines(estimate)
    found += models.lines(estimate)
    found = _tiered(found)
    if allowances:
        found += free_lines(found)
    return Bill(
        graph.system,
        graph.environment,
        graph.region,
        tuple(found),
        tuple(costless),
        usage.unheard,
    )


def _assuming(lines: list[Line], estimate: Estimate) -> list[Line]:
    """Say with each line what its template left open, for which AWS's default was taken."""
    if not estimate.open:
        return lines
    told = f"as if nothing were written for what is open: {', '.join(estimate.open)}"
    return [replace(line, assumed=(*line.assumed, told)) for line in lines]


def _tiered(lines: Iterable[Line]) -> list[Line]:
    """Let the lines of one price share its tiers, which are the account's, in their order."""
    used: dict[Price, Quantity] = {}
    found = []
    for line in lines:
        if line.known and line.price is not None and len(line.price.tiers) > 1:
            before = used.get(line.price, ZERO)
            used[line.price] = before + line.quantity
            found.append(line.after(before))
        else:
            found.append(line)
    return found

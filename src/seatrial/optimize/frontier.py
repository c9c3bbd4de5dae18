"""The frontier: for each number of things given up, the cheapest combination that holds.

Takes what combinations cost and forbid; gives the points. It is the common word of the
search and of its oracle, which tries every combination.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from seatrial.optimize.grid import Combination, Grid, as_written, changed, losses

CENT = 0.01
"""US dollars a month that are worth a change."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a combination costs a month, and the faults by which it may be forbidden.

    A fault that the system as written has too forbids nothing. `refused` says why the
    combination is no system at all; it then has neither cost nor faults.
    """

    cost: float
    faults: frozenset[str] = frozenset()
    refused: str = ""


Measure = Callable[[Combination], Outcome]


@dataclass(frozen=True, slots=True)
class Point:
    """A combination of the frontier: its cost a month, and how many things it gives up."""

    combination: Combination
    cost: float
    given_up: int

    @property
    def rank(self) -> tuple[int, int, Combination]:
        """Give what is least in the better of two: cost to the cent, changes, order of writing."""
        return round(self.cost / CENT), changed(self.combination), self.combination


def holds(outcome: Outcome, written: Outcome) -> bool:
    """Tell whether a combination may be taken: it brings no fault that was not there."""
    return not outcome.refused and outcome.faults <= written.faults


def frontier(points: Iterable[Point]) -> tuple[Point, ...]:
    """Keep the cheapest of each number of things given up, while it gets cheaper by a cent."""
    best: dict[int, Point] = {}
    for point in points:
        there = best.get(point.given_up)
        if there is None or point.rank < there.rank:
            best[point.given_up] = point
    kept: list[Point] = []
    for count in sorted(best):
        if not kept or best[count].cost < kept[-1].cost - CENT / 2:
            kept.append(best[count])
    return tuple(kept)


def exhaustive(grid: Grid, measure: Measure) -> tuple[Point, ...]:
    """Give the frontier by trying every combination; the oracle of `search`."""
    written = measure(as_written(grid))
    every = product(*(range(len(option.alternatives)) for option in grid))
    return frontier(
        Point(combination, outcome.cost, len(losses(grid, combination)))
        for combination in every
        if holds(outcome := measure(combination), written)
    )

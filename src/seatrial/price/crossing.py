"""Ways to have one thing, compared over how much of it is wanted: where they cross.

Takes for each way what it costs at a volume; gives the table and the volumes at which the
cheaper of two changes. Costs are pieces of straight lines, so a crossing is found by
drawing the line between two volumes and looking again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

Cost = Callable[[float], float]
CENT = 0.01


@dataclass(frozen=True, slots=True)
class Way:
    """One way by its name; `unknown` says why it has no cost."""

    name: str
    cost: Cost
    note: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """From `volume` on `then` is cheaper than `first`, which costs the same there."""

    first: str
    then: str
    volume: float
    cost: float


def crossings(ways: Sequence[Way], volumes: Sequence[float]) -> list[Crossing]:
    """Give where each two ways cross between the least and the greatest volume, in order."""
    found = []
    known = [each for each in ways if not each.unknown]
    for one, other in combinations(known, 2):
        for low, high in pairwise(sorted(volumes)):
            volume = _crossed(one.cost, other.cost, low, high)
            if volume is not None:
                before = one.cost(low) < other.cost(low)
                first, then = (one, other) if before else (other, one)
                found.append(Crossing(first.name, then.name, volume, one.cost(volume)))
    return sorted(found, key=lambda each: each.volume)


def _crossed(one: Cost, other: Cost, low: float, high: float) -> float | None:
    """Find the volume at which two costs are equal to the cent; None where they do not cross."""
    under, over = one(low) - other(low), one(high) - other(high)
    if under * over >= 0:
        return None
    for _ in range(60):
        middle = low + (high - low) * abs(under) / (abs(under) + abs(over))
        here = one(middle) - other(middle)
        if abs(here) < CENT / 2 or high - low < 1e-6:
            break
        if here * under > 0:
            low, under = middle, here
        else:
            high, over = middle, here
    return middle

"""What there is to say of a search: the points of the frontier, and what was not taken.

Takes an environment and the ways to price and check a graph; gives the plan. Every saving
in it was measured; what has no price is told and not taken.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from seatrial.language import Environment
from seatrial.mistake import Mistake
from seatrial.optimize.choices import Choices, choices
from seatrial.optimize.edit import Change
from seatrial.optimize.frontier import CENT, Outcome, Point, exhaustive, frontier, holds
from seatrial.optimize.grid import (
    Alternative,
    Combination,
    Grid,
    Loss,
    Option,
    as_written,
    losses,
    size,
)
from seatrial.optimize.measure import Check, Measured, Price
from seatrial.optimize.search import MOST, Group, search
from seatrial.price.bill import Bill


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the frontier in words: what it changes, buys, gives up and needs."""

    combination: Combination
    cost: float
    changes: tuple[Change, ...]
    bought: tuple[str, ...]
    """Names of commitments."""
    losses: tuple[tuple[str, Loss], ...]
    needs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """An alternative that is not taken by itself: what it would save, and what forbids it.

    `saves` is None where its price is not known, or where it is no system at all.
    """

    part: str
    values: Mapping[str, object]
    saves: float | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer. `unbound` is what the cheapest combination costs, whatever it breaks."""

    choices: Choices
    written: Outcome
    steps: tuple[Step, ...]
    refused: tuple[Refused, ...]
    worthless: tuple[tuple[str, Mapping[str, object]], ...]
    """What may be taken and saves nothing by itself, as far as prices are known."""
    unbound: float
    commitments: Mapping[str, float]
    groups: tuple[Group, ...]
    measured: int
    bill: Bill
    """The bill of the cheapest that still holds."""

    @property
    def grid(self) -> Grid:
        """Give the options."""
        return self.choices.grid

    @property
    def combinations(self) -> int:
        """Give how many combinations the grid has, commitments too."""
        return size(self.grid) << len(self.commitments)

    @property
    def best(self) -> Step:
        """Give the cheapest that still holds."""
        return self.steps[-1]


def plan(
    environment: Environment,
    price: Price,
    check: Check,
    commitments: Mapping[str, float] | None = None,
    *,
    all_: bool = False,
) -> Plan:
    """Search an environment's grid, with each set of `commitments` bought or not.

    `commitments` are percents off by their buyer's word. `all_` tries every combination.
    """
    made = choices(environment)
    whole = Measured(environment, made, price, check)
    percents = commitments or {}
    if all_ and size(made.grid) > MOST:
        raise Mistake(
            f"{size(made.grid):,} combinations are too many to try one by one.",
            right=f"Up to {MOST:,} can be: name fewer values in system.options(...).",
        )
    points: list[tuple[Point, tuple[str, ...]]] = []
    unbound = []
    groups: tuple[Group, ...] = ()
    for bought in _sets(percents):
        measure = whole.committed({name: percents[name] for name in bought})
        found = search(made.grid, measure)
        groups = groups or found.groups
        unbound.append(found.cheapest(lambda fault: fault.startswith("price ")).cost)
        for point in exhaustive(made.grid, measure) if all_ else found.points:
            lost = point.given_up + len(bought)
            points.append((Point(point.combination, point.cost, lost), bought))
    with_what = {id(point): bought for point, bought in points}
    kept = frontier(point for point, _ in points)
    bill = whole.whole(kept[-1].combination)[1]
    assert bill is not None
    refused, worthless = _singles(made, whole, Measured(environment, made, price, check, False))
    return Plan(
        made,
        whole(as_written(made.grid)),
        tuple(_step(made, each, with_what[id(each)], percents) for each in kept),
        refused,
        worthless,
        min(unbound),
        percents,
        groups,
        len(whole.wholes),
        bill,
    )


def _sets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    every = list(names)
    for count in range(len(every) + 1):
        yield from combinations(every, count)


def _step(
    made: Choices, point: Point, bought: tuple[str, ...], percents: Mapping[str, float]
) -> Step:
    chosen = [
        (option.part, option.alternatives[number])
        for option, number in zip(made.grid, point.combination, strict=True)
    ]
    needs = tuple((part, each.needs) for part, each in chosen if each.needs)
    given = losses(made.grid, point.combination)
    free = "the freedom to run less or otherwise for the {0} commitment's term"
    given += [("", Loss("commitment", free.format(name))) for name in bought]
    told = tuple(f"{name}={percents[name]:g}" for name in bought)
    changes = tuple(made.changes(point.combination))
    return Step(point.combination, point.cost, changes, told, tuple(given), needs)


def _singles(
    made: Choices, measure: Measured, unvouched: Measured
) -> tuple[tuple[Refused, ...], tuple[tuple[str, Mapping[str, object]], ...]]:
    written = measure(as_written(made.grid))
    refused: list[Refused] = []
    worthless: list[tuple[str, Mapping[str, object]]] = []
    for number, option in enumerate(made.grid):
        for value, alternative in enumerate(option.alternatives[1:], start=1):
            alone = tuple(value if each == number else 0 for each in range(len(made.grid)))
            outcome = measure(alone)
            if not holds(outcome, written):
                refused.append(_refused(option, alternative, alone, written, measure, unvouched))
            elif outcome.cost > written.cost - CENT / 2:
                worthless.append((option.part, alternative.settings))
    refused.sort(key=lambda each: -(each.saves or 0.0))
    return tuple(refused), tuple(worthless)


def _refused(
    option: Option,
    alternative: Alternative,
    alone: Combination,
    written: Outcome,
    measure: Measured,
    unvouched: Measured,
) -> Refused:
    outcome = measure(alone)
    why = [outcome.refused] if outcome.refused else []
    if alternative.refused:
        outcome = unvouched(alone)
    words = measure.words | unvouched.words
    fresh = sorted(outcome.faults - written.faults)
    why += list(dict.fromkeys(words[each] for each in fresh))
    unpriced = outcome.refused or any(each.startswith("price ") for each in fresh)
    if alternative.settings.get("spot") and abs(outcome.cost - written.cost) < CENT / 2:
        unpriced, why = True, [*why, "Spot has no list price"]
    saves = None if unpriced else written.cost - outcome.cost
    return Refused(option.part, alternative.settings, saves, tuple(why))

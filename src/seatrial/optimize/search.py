"""The frontier without trying every combination: groups of options that do not meet.

Takes a grid and the measure of one combination. Options that change each other's effect
on the cost or on the faults form a group; inside a group every combination is tried, and
groups simply add up. Which options meet is found out, not believed: every two alternatives
of different groups are measured together at least once among others, and so is each point
of the frontier. Where the measure is not what the sum foretold, the smallest set of groups
that shows it becomes one group, and all begins anew.

So every point that is given was measured as a whole. What could still be missed is a
cheaper point in which three or more groups meet that never meet by twos.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from seatrial.mistake import Mistake
from seatrial.optimize.frontier import CENT, Measure, Outcome, Point, frontier, holds
from seatrial.optimize.grid import Combination, Grid, as_written, losses

Group = tuple[int, ...]
"""Numbers of options."""
MOST = 20_000
"""Combinations of one group: what is tried in some minutes."""


@dataclass(frozen=True, slots=True)
class Found:
    """The frontier, and by which groups it was found."""

    points: tuple[Point, ...]
    groups: tuple[Group, ...]
    cheapest: Callable[[Callable[[str], bool]], Point]
    """Gives the cheapest sum where only some faults forbid."""


def search(grid: Grid, measure: Measure) -> Found:
    """Give the frontier of a grid; `Mistake` where too many options meet."""
    groups = _likely(grid)
    while True:
        sums = _Sums(grid, groups, measure)
        meeting = next(_surprises(sums, _pairs(sums)), None)
        points: tuple[Point, ...] = ()
        if meeting is None:
            points = sums.frontier()
            meeting = next(_surprises(sums, (each.combination for each in points)), None)
        if meeting is None:
            real = (replace(each, cost=measure(each.combination).cost) for each in points)
            return Found(tuple(real), groups, sums.cheapest)
        rest = [each for each in groups if each not in meeting]
        groups = (tuple(sorted(number for each in meeting for number in each)), *rest)


MEET = {
    "architecture": "hours",
    "brokers": "hours",
    "cpu": "hours",
    "endpoints": "ways out",
    "engine": "hours",
    "instances": "hours",
    "memory": "hours",
    "multi_az": "hours",
    "nat": "ways out",
    "nodes": "hours",
    "replicas": "hours",
    "shards": "hours",
    "size": "hours",
    "spot": "hours",
    "tasks": "hours",
    "zones": "ways out",
}
"""Settings of one part that multiply each other: a first guess, which saves finding it out."""


def _likely(grid: Grid) -> tuple[Group, ...]:
    """Begin with options together that are likely to meet, and every other one alone."""
    found: dict[tuple[object, ...], list[int]] = {}
    for number, option in enumerate(grid):
        kinds = {MEET[name] for name in option.was if name in MEET}
        key = (option.part, *sorted(kinds)) if kinds else (number,)
        found.setdefault(key, []).append(number)
    return tuple(tuple(each) for each in found.values())


class _Sums:
    """What each group's combinations do alone, and what they should do together."""

    def __init__(self, grid: Grid, groups: tuple[Group, ...], measure: Measure) -> None:
        self.grid = grid
        self.groups = groups
        self.measure = measure
        self.base = as_written(grid)
        self.written = measure(self.base)
        self.tables = {group: self._table(group) for group in groups}

    def _table(self, group: Group) -> dict[Combination, Outcome]:
        counts = [range(len(self.grid[number].alternatives)) for number in group]
        tried = 1
        for each in counts:
            tried *= len(each)
        if tried > MOST:
            parts = sorted({self.grid[number].part or "the system" for number in group})
            raise Mistake(
                f"the options of {', '.join(parts)} depend on one another: "
                f"{tried:,} combinations to try.",
                right="Give them fewer values in system.options(...).",
            )
        return {inner: self.measure(self.spread(group, inner)) for inner in product(*counts)}

    def spread(self, group: Group, inner: Combination) -> Combination:
        """Give a group's combination with everything else as written."""
        return self.joined([(group, inner)])

    def joined(self, chosen: Iterable[tuple[Group, Combination]]) -> Combination:
        """Put the combinations of some groups together."""
        whole = list(self.base)
        for group, inner in chosen:
            for number, value in zip(group, inner, strict=True):
                whole[number] = value
        return tuple(whole)

    def split(self, combination: Combination) -> list[tuple[Group, Combination]]:
        """Give the groups of a combination that are not as written."""
        found = [(each, tuple(combination[number] for number in each)) for each in self.groups]
        return [(group, inner) for group, inner in found if any(inner)]

    def foretold(self, combination: Combination) -> Outcome:
        """Add up what a combination should cost, and which faults it should have."""
        cost, faults = self.written.cost, set(self.written.faults)
        gone: set[str] = set()
        for group, inner in self.split(combination):
            alone = self.tables[group][inner]
            if alone.refused:
                return alone
            cost += alone.cost - self.written.cost
            faults |= alone.faults
            gone |= self.written.faults - alone.faults
        return Outcome(cost, frozenset(faults - gone))

    def surprising(self, combination: Combination) -> bool:
        """Tell whether a combination is not what the sum of its groups foretells."""
        real, sum_ = self.measure(combination), self.foretold(combination)
        if real.refused or sum_.refused:
            return bool(real.refused) != bool(sum_.refused)
        return abs(real.cost - sum_.cost) > CENT / 10 or real.faults != sum_.faults

    def frontier(self) -> tuple[Point, ...]:
        """Give the cheapest sum for each number of things given up."""
        best: dict[int, Point] = {0: Point(self.base, self.written.cost, 0)}
        for group in self.groups:
            alone = frontier(self._holding(group))
            steps = [
                Point(
                    self.joined([*self.split(so_far.combination), *self.split(step.combination)]),
                    so_far.cost + step.cost - self.written.cost,
                    so_far.given_up + step.given_up,
                )
                for so_far in best.values()
                for step in alone
            ]
            best = {}
            for point in steps:
                there = best.get(point.given_up)
                if there is None or point.rank < there.rank:
                    best[point.given_up] = point
        return frontier(best.values())

    def cheapest(self, forbids: Callable[[str], bool]) -> Point:
        """Give the cheapest sum in which no new fault is one that forbids, as it was measured."""
        chosen = []
        for group, table in self.tables.items():
            points = [
                (Point(inner, outcome.cost, 0).rank, inner)
                for inner, outcome in table.items()
                if not outcome.refused
                and not any(map(forbids, outcome.faults - self.written.faults))
            ]
            chosen.append((group, min(points)[1]))
        whole = self.joined(chosen)
        outcome = self.measure(whole)
        cost = self.foretold(whole).cost if outcome.refused else outcome.cost
        return Point(whole, cost, len(losses(self.grid, whole)))

    def _holding(self, group: Group) -> Iterator[Point]:
        for inner, outcome in self.tables[group].items():
            if holds(outcome, self.written):
                whole = self.spread(group, inner)
                yield Point(whole, outcome.cost, len(losses(self.grid, whole)))


def _surprises(sums: _Sums, tried: Iterable[Combination]) -> Iterator[tuple[Group, ...]]:
    """Give the smallest sets of groups found that are together not what they add up to."""
    for combination in tried:
        if not sums.surprising(combination):
            continue
        meeting = sums.split(combination)
        for each in list(meeting):
            fewer = [other for other in meeting if other is not each]
            if len(fewer) > 1 and sums.surprising(sums.joined(fewer)):
                meeting = fewer
        yield tuple(group for group, _ in meeting)


def _pairs(sums: _Sums) -> Iterator[Combination]:
    """Give combinations in which every two alternatives of different groups stand together.

    As many pairs are tried at once as there is room for, but what is refused or forbidden
    alone has only company that is not: two faults of one name would hide one another.
    """
    home = {number: group for group in sums.groups for number in group}
    single = [
        (number, value)
        for number, option in enumerate(sums.grid)
        for value in range(1, len(option.alternatives))
    ]
    good = [each for each in single if holds(_alone(sums, home, each), sums.written)]
    waiting = {
        frozenset((a, b)) for a, b in combinations(single, 2) if home[a[0]] is not home[b[0]]
    }
    plain = set(good)
    for a, b in combinations(single, 2):
        if home[a[0]] is home[b[0]] or frozenset((a, b)) not in waiting:
            continue
        chosen = [a, b]
        if a in plain or b in plain:
            taken = {home[a[0]], home[b[0]]}
            for other in good:
                fresh = any(frozenset((other, each)) in waiting for each in chosen)
                if fresh and home[other[0]] not in taken:
                    chosen.append(other)
                    taken.add(home[other[0]])
        waiting -= {frozenset(each) for each in combinations(chosen, 2)}
        yield sums.joined(((number,), (value,)) for number, value in chosen)


def _alone(sums: _Sums, home: dict[int, Group], single: tuple[int, int]) -> Outcome:
    number, value = single
    group = home[number]
    return sums.tables[group][tuple(value if each == number else 0 for each in group)]

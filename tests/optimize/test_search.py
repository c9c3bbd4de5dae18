"""The search finds what trying every combination finds, on grids whose options meet by twos."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.mistake import Mistake
from seatrial.optimize import search as module
from seatrial.optimize.frontier import Outcome, exhaustive
from seatrial.optimize.grid import AS_WRITTEN, Alternative, Combination, Grid, Loss, Option, size
from seatrial.optimize.search import search

Single = tuple[int, int]
"""An option's number and the number of its alternative."""


@dataclass
class World:
    """Costs and faults of alternatives, alone and by twos; counts what was measured."""

    grid: Grid
    cost: Mapping[Single, float]
    together: Mapping[frozenset[Single], float]
    faults: Mapping[Single, str]
    clashes: frozenset[frozenset[Single]] = frozenset()
    cures: frozenset[tuple[Single, Single]] = frozenset()
    refused: frozenset[frozenset[Single]] = frozenset()
    seen: set[Combination] = field(default_factory=set)

    def __call__(self, combination: Combination) -> Outcome:
        self.seen.add(combination)
        here = {(number, value) for number, value in enumerate(combination) if value}
        pairs = [frozenset((a, b)) for a in here for b in here if a < b]
        if any(each in self.refused for each in pairs):
            return Outcome(0, refused="no such system")
        cost = 100 + sum(self.cost[each] for each in here)
        cost += sum(self.together.get(each, 0) for each in pairs)
        faults = {self.faults[each] for each in here if each in self.faults}
        faults -= {self.faults[a] for a, b in self.cures if b in here and a in self.faults}
        faults |= {f"clash {sorted(each)}" for each in pairs if each in self.clashes}
        return Outcome(cost, frozenset(faults))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    counts = draw(st.lists(st.integers(2, 3), min_size=2, max_size=5))
    parts = [draw(st.sampled_from("abcde")) for _ in counts]
    loss = Loss("zone", "a zone")
    grid = tuple(
        Option(
            part,
            (
                AS_WRITTEN,
                *(
                    Alternative({"size": value}, (loss,) * draw(st.integers(0, 2)))
                    for value in range(1, count)
                ),
            ),
            {},
        )
        for part, count in zip(parts, counts, strict=True)
    )
    singles = [(number, value) for number, count in enumerate(counts) for value in range(1, count)]
    pairs = [frozenset((a, b)) for a in singles for b in singles if a[0] < b[0]]
    money = st.integers(-3000, 3000).map(lambda cents: cents / 100)
    few = st.lists(st.sampled_from(pairs), max_size=2, unique=True)
    return World(
        grid,
        {each: draw(money) for each in singles},
        {each: draw(money) for each in draw(few)},
        {each: f"fault {each}" for each in singles if draw(st.integers(0, 3)) == 0},
        frozenset(draw(few)),
        frozenset((a, b) for pair in draw(few) for a, b in [draw(st.permutations(sorted(pair)))]),
        frozenset(draw(few)),
    )


@settings(max_examples=400, deadline=None)
@given(worlds())
def test_the_search_finds_what_trying_everything_finds(world: World) -> None:
    found = search(world.grid, world).points
    every = exhaustive(world.grid, world)
    assert [(each.given_up, round(each.cost, 2)) for each in found] == [
        (each.given_up, round(each.cost, 2)) for each in every
    ]


def options(*counts: int) -> Grid:
    return tuple(
        Option(f"part-{number}", (AS_WRITTEN, *([Alternative({"size": 1})] * (count - 1))), {})
        for number, count in enumerate(counts)
    )


def test_what_never_meets_is_measured_apart() -> None:
    grid = options(*[3] * 9)
    world = World(grid, {(n, v): v - n for n in range(9) for v in (1, 2)}, {}, {})
    found = search(grid, world)
    assert found.points[-1].cost == exhaustive(grid, World(grid, world.cost, {}, {}))[-1].cost
    assert all(len(group) == 1 for group in found.groups)
    assert len(world.seen) < 60 < size(grid)


def test_what_saves_only_together_becomes_one_group() -> None:
    grid = options(2, 2, 2)
    a, b = (0, 1), (1, 1)
    world = World(grid, {a: 5, b: 5, (2, 1): -1}, {frozenset((a, b)): -30}, {})
    found = search(grid, world)
    assert found.groups[0] == (0, 1)
    assert found.points[-1].combination == (1, 1, 1)
    assert found.points[-1].cost == 79


def test_what_is_forbidden_alone_and_cured_by_another_is_found() -> None:
    grid = options(2, 2)
    gone, cure = (0, 1), (1, 1)
    world = World(
        grid, {gone: -40, cure: 10}, {}, {gone: "no way out"}, cures=frozenset({(gone, cure)})
    )
    assert search(grid, world).points[-1].combination == (1, 1)


def test_a_fault_that_was_there_forbids_nothing() -> None:
    grid = options(2)

    def measure(combination: Combination) -> Outcome:
        return Outcome(90 if combination[0] else 100, frozenset({"old fault"}))

    assert search(grid, measure).points[-1].combination == (1,)


def test_every_point_was_measured_as_a_whole() -> None:
    grid = options(*[2] * 6)
    singles = [(number, 1) for number in range(6)]
    world = World(grid, dict.fromkeys(singles, -1.0), {}, {})
    found = search(grid, world)
    assert {each.combination for each in found.points} <= world.seen


def test_options_that_all_meet_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 8)
    grid = tuple(Option("db", option.alternatives, {}) for option in options(3, 3))
    with pytest.raises(Mistake, match="options of db depend on one another: 9 combinations"):
        search(grid, lambda combination: Outcome(100.0 - combination[0] * combination[1]))


def test_nothing_to_decide() -> None:
    found = search((), lambda combination: Outcome(7))
    assert [each.cost for each in found.points] == [7]
    assert list(product(*[])) == [()]

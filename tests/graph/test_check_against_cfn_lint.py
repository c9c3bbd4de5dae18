"""What cfn-lint calls an error, we find too."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seatrial.graph import Graph, Ref
from seatrial.graph.check import Refused, check
from tests.graph.schema.lint import errors, hash_of, record
from tests.graph.schema.system import good_graph
from tests.graph.test_check_mutations import MUTATIONS, broken

Step = str | int

# Where cfn-lint 1.58 gives an error that is none of ours, and why.
REASONS = {
    # It raises for an integer where a rule looks for a condition, and reports its own exception.
    "E1101": "an exception of cfn-lint itself",
}
BREAKAGES: list[Callable[[Any], Any]] = [
    lambda _: "no such thing",
    lambda _: "x" * 3000,
    lambda _: -7,
    lambda _: 10**7,
    lambda _: ["a"],
    lambda _: {"Nope": "x"},
    lambda _: "",
    lambda _: [],
    lambda _: Ref("Nowhere"),
]


def test_the_record_is_of_these_mutations() -> None:
    """After a change: `python -m tests.graph.schema.lint`."""
    kept = {name: each["template"] for name, each in record()["mutations"].items()}
    assert kept == {each.name: hash_of(broken(each)) for each in MUTATIONS}


def test_every_recorded_error_is_found_here_too() -> None:
    for mutation in MUTATIONS:
        theirs = set(record()["mutations"][mutation.name]["errors"]) - REASONS.keys()
        assert not theirs or check(broken(mutation)), mutation.name


@pytest.mark.parametrize("name", ["missing nested property", "700 MiB", "container's port"])
def test_the_record_is_true(name: str) -> None:
    for mutation in MUTATIONS:
        if mutation.name == name:
            found = sorted({rule for _, rule in errors(broken(mutation))})
            assert found == record()["mutations"][name]["errors"]


def test_cfn_lint_finds_nothing_in_the_good_graph() -> None:
    assert errors(good_graph()) == []


@pytest.mark.parametrize("seed", range(3))
def test_random_breakage_that_cfn_lint_finds_is_found_here(seed: int) -> None:
    """One value of every resource is broken at once; the resources found are compared."""
    graph = good_graph()
    broken_at = {
        each.id: break_one(graph, each.id, random.Random(f"{seed} {each.id}")) for each in graph
    }
    ours = {each.resource for each in check(graph) if isinstance(each, Refused)}
    theirs = {id for id, rule in errors(graph) if id and rule not in REASONS}
    assert len(theirs) > 10  # else the breakage broke nothing
    # A resource that needs a broken one is not held against the rules, only against schemas.
    assert {id: broken_at[id] for id in theirs - ours} == {}


def break_one(graph: Graph, id: str, chance: random.Random) -> str:
    """Break one value somewhere in a resource; say which."""
    resource = graph[id]
    resource.properties = copy.deepcopy(resource.properties)
    path = chance.choice([*ways(resource.properties)] or [()])
    if not path:
        return ""
    place = resource.properties
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = chance.choice(BREAKAGES)(None)  # type: ignore[index]
    return f"{path}: {place[path[-1]]!r:.40}"  # type: ignore[index]


def ways(value: Any) -> Iterator[tuple[Step, ...]]:
    """Give the way to every value inside of one."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, inner in inside:
        yield (name,)
        for way in ways(inner):
            yield (name, *way)

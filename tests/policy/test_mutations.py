"""Changes of one property to the five systems: what each opens or weakens must be told.

`mutations.toml` holds them, and says how to read it. Who reaches whom is asked of the
network itself.
"""

import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.policy import findings
from seatrial.reach import Reach
from tests.golden.systems import graphs
from tests.policy.sample import value

CHANGES = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text())["change"]
GONE = object()


def told(graph: Graph) -> set[tuple[str, str, str]]:
    """Give what is told of a graph: rule, place, and what."""
    found = findings(graph, Reach(graph).reaches)
    return {(each.rule.name, each.where, each.what) for each in found}


def graph_of(system: str) -> Graph:
    """Give one system's graph in one environment, e.g. `analytics.production`."""
    example, _, environment = system.partition(".")
    return graphs(example)[environment]


@cache
def before(system: str) -> frozenset[tuple[str, str, str]]:
    """Give what is told of a system as it is."""
    return frozenset(told(graph_of(system)))


def changed(system: str, path: str, given: Any) -> Graph:
    """Give a copy of a system in which one property is another, or gone."""
    graph = deepcopy(graph_of(system))
    id, *steps = path.split(".")
    holder: Any = graph.resources[id].properties
    *way, last = [int(each) if each.isdigit() else each for each in steps]
    for step in way:
        holder = holder[step]
    if given is GONE:
        del holder[last]
    else:
        holder[last] = value(given)
    return graph


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: f"{each['system']}: {each['name']}")
def test_a_change_is_told(change: dict[str, Any]) -> None:
    graph = changed(change["system"], change["property"], change.get("value", GONE))
    new = told(graph) - before(change["system"])
    assert change["finds"] in {rule for rule, _, _ in new}, f"only {sorted(new)}"


def test_the_systems_stay_as_they_were() -> None:
    """A change that reached the cached graph would hide the next one."""
    for system in {each["system"] for each in CHANGES}:
        assert before(system) == told(graph_of(system))


def test_there_are_enough() -> None:
    assert len(CHANGES) >= 55
    assert len(
        {(each["system"], each["property"], str(each.get("value"))) for each in CHANGES}
    ) == len(CHANGES)

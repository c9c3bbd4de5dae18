"""Changes of one property to the five systems: what is wrong with each must be told.

`mutations2.toml` holds them, and says how to read it.
"""

import tomllib
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import Zone
from seatrial.policy import Plan
from seatrial.policy.findings import look, rules
from tests.golden.systems import graphs
from tests.policy.reaching import Ways
from tests.policy.sample import value

TODAY = date(2026, 11, 21)
CHANGES = tomllib.loads((Path(__file__).parent / "mutations2.toml").read_text())["change"]
POLICIES = {"DeletionPolicy": "deletion_policy", "UpdateReplacePolicy": "update_replace_policy"}
GONE = object()


def told(graph: Graph) -> set[str]:
    """Give what is told of a graph that does not need to know who reaches whom."""
    plan = Plan(graph, Ways(), TODAY)
    ours = [each for each in rules() if "ST5" <= each.id < "ST9"]
    return {f"{each.rule.name} {each.where}" for each in look(plan, ours)}


@cache
def before(system: str) -> frozenset[str]:
    """Give what is told of a system as it is."""
    return frozenset(told(graph_of(system)))


def graph_of(system: str) -> Graph:
    """Give one system's graph in one environment, e.g. `analytics.production`."""
    example, _, environment = system.partition(".")
    return graphs(example)[environment]


def changed(system: str, path: str, given: Any) -> Graph:
    """Give a copy of a system in which one property is another, or gone."""
    graph = deepcopy(graph_of(system))
    id, *steps = path.split(".")
    resource = graph.resources[id]
    if steps[0] in POLICIES:
        setattr(resource, POLICIES[steps[0]], given)
        return graph
    holder: Any = resource.properties
    *way, last = [int(each) if each.isdigit() else each for each in steps]
    for step in way:
        holder = holder[step]
    if given is GONE:
        del holder[last]
    else:
        holder[last] = (
            Zone(given["Zone"]) if isinstance(given, dict) and "Zone" in given else value(given)
        )
    return graph


@pytest.mark.parametrize(
    "change", CHANGES, ids=lambda change: f"{change['system']}: {change['name']}"
)
def test_a_change_is_told(change: dict[str, Any]) -> None:
    graph = changed(change["system"], change["property"], change.get("value", GONE))
    new = told(graph) - before(change["system"])
    rules_of_new = {each.partition(" ")[0] for each in new}
    if "finds" in change:
        assert change["finds"] in rules_of_new, f"only {sorted(new)}"
    else:
        assert not new


def test_the_systems_stay_as_they_were() -> None:
    """A change that reached the cached graph would hide the next one."""
    for system in {each["system"] for each in CHANGES}:
        assert before(system) == told(graph_of(system))

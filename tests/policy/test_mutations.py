"""Changes of one property to the five systems: what each opens or weakens must be told.

`mutations.toml` and `mutations2.toml` hold them, and say how to read them. Who reaches whom is
asked of the network itself.
"""

import tomllib
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from seatrial.cli.checking import reaches
from seatrial.graph import Graph
from seatrial.graph.values import Zone
from seatrial.policy import findings
from tests.golden.systems import graphs
from tests.policy.sample import value

TODAY = date(2026, 11, 21)
"""The day that versions are held against, whenever this runs."""
FILES = sorted(Path(__file__).parent.glob("mutations*.toml"))
CHANGES = [each for file in FILES for each in tomllib.loads(file.read_text())["change"]]
POLICIES = {"DeletionPolicy": "deletion_policy", "UpdateReplacePolicy": "update_replace_policy"}
GONE = object()


def told(graph: Graph) -> set[tuple[str, str, str]]:
    """Give what is told of a graph: rule, place, and what."""
    found = findings(graph, reaches(graph), TODAY)
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
    if steps[0] in POLICIES:
        setattr(graph.resources[id], POLICIES[steps[0]], given)
        return graph
    holder: Any = graph.resources[id].properties
    *way, last = [int(each) if each.isdigit() else each for each in steps]
    for step in way:
        holder = holder[step]
    if given is GONE:
        del holder[last]
    else:
        zone = given.get("Zone") if isinstance(given, dict) else None
        holder[last] = value(given) if zone is None else Zone(zone)
    return graph


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: f"{each['system']}: {each['name']}")
def test_a_change_is_told(change: dict[str, Any]) -> None:
    graph = changed(change["system"], change["property"], change.get("value", GONE))
    new = told(graph) - before(change["system"])
    if "finds" in change:
        assert change["finds"] in {rule for rule, _, _ in new}, f"only {sorted(new)}"
    else:
        assert not new


def test_the_systems_stay_as_they_were() -> None:
    """A change that reached the cached graph would hide the next one."""
    for system in {each["system"] for each in CHANGES}:
        assert before(system) == told(graph_of(system))


def test_there_are_enough() -> None:
    assert len(CHANGES) >= 100
    names = ("system", "property", "value", "finds")
    assert len({str([each.get(name) for name in names]) for each in CHANGES}) == len(CHANGES)

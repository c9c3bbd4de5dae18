"""Findings come in one order; rules take any value anywhere."""

import random
from copy import deepcopy
from typing import Any

import pytest

from seatrial.cli.checking import reaches
from seatrial.graph.values import Intrinsic, Join, Ref
from seatrial.policy import findings
from seatrial.policy.findings import every_rule
from seatrial.policy.rule import SEVERITIES
from tests.golden.systems import EXAMPLES, graphs
from tests.policy.reaching import Ways
from tests.policy.sample import read

ANYTHING = [
    *(Intrinsic("Fn::ImportValue", "elsewhere"), Ref("Db"), Join(("a", Ref("b")))),
    *(None, "", "*", "x", -1, 0.5, True, [], [1], ["a", None], [[]], [{}], {}, {"a": 1}),
]


def test_the_worst_first_then_by_rule_then_as_the_resources_stand() -> None:
    graph = read(
        {
            "Late": {"Type": "AWS::SecretsManager::Secret"},
            "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres"}},
            "Early": {"Type": "AWS::SecretsManager::Secret"},
        }
    )
    found = findings(graph, Ways([["internet", "Db"]]))
    order = [(SEVERITIES.index(each.rule.severity), each.rule.id) for each in found]
    assert order == sorted(order)
    idle = [each.where for each in found if each.rule.name == "idle-secret"]
    assert idle == ["Late", "Early"]


def test_an_empty_template_has_nothing_wrong() -> None:
    assert not findings(read({}), Ways())


def test_ids_and_names_are_one_each() -> None:
    ours = every_rule()
    assert len({each.id for each in ours}) == len({each.name for each in ours}) == len(ours)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Give every place in a value that could hold another one."""
    steps = list(value) if isinstance(value, dict) else range(len(value))
    found = []
    for step in steps:
        found.append((value, step))
        if isinstance(value[step], dict | list):
            found += places(value[step])
    return found


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("seed", range(4))
def test_rules_take_whatever_a_template_holds(example: str, seed: int) -> None:
    """Of each resource a tenth to a third of the properties is something else."""
    draw = random.Random(seed)
    graph = deepcopy(draw.choice([*graphs(example).values()]))
    for resource in graph:
        there = places(resource.properties)
        share = draw.choice((1, 2, 3)) * len(there) // 10
        for holder, step in draw.sample(there, min(len(there), 1 + share)):
            holder[step] = deepcopy(draw.choice(ANYTHING))
    assert isinstance(findings(graph, Ways()), list)


def test_it_is_the_same_each_time() -> None:
    graph = graphs("analytics")["development"]
    first = findings(graph, reaches(graph))
    assert first == findings(graph, reaches(graph))

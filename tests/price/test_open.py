"""A property that cannot be resolved never ends a bill: it is unknown, or its default."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest

from seatrial.graph.values import Intrinsic, Pseudo, Ref
from seatrial.price import models, transfer
from seatrial.price.estimate import Estimate
from seatrial.price.rules import rule_for
from seatrial.price.usage import Usage
from tests.golden.systems import EXAMPLES, graphs
from tests.price.graphs import US_EAST_1, billed, graph, resource

OPEN = (Intrinsic("Fn::If", ["Large", 1, 2]), Ref("Parameter"), Pseudo("AWS::NoValue"), None)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every value inside a property, itself first."""
    if path:
        yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inner:
        yield from places(each, (*path, key))


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("symbol", OPEN, ids=lambda each: type(each).__name__)
def test_any_value_may_be_open(example: str, symbol: Any) -> None:
    made = graphs(example)["production"]
    for each in made:
        rule = rule_for(each.type)
        for path in places(each.properties):
            holder: Any = each.properties
            for step in path[:-1]:
                holder = holder[step]
            before = holder[path[-1]]
            holder[path[-1]] = symbol
            try:
                estimate = Estimate(made, US_EAST_1, Usage())
                found = list(rule(each, estimate)) if rule else []
                if each.type == "AWS::IAM::Role":
                    found += models.lines(estimate)
                if "LoadBalancing" in each.type or "CloudFront" in each.type:
                    found += transfer.lines(estimate)
            finally:
                holder[path[-1]] = before
            for line in found:
                assert line.cost.low <= line.cost.high, (each.id, path)


def test_a_parameters_default_is_taken() -> None:
    from seatrial.graph import Parameter

    made = graph(resource("Nodes", "EC2::Instance", InstanceType=Ref("Size")))
    made.parameters["Size"] = Parameter("Size", "String", "", "t3.medium")
    assert billed(made).lines[0].key == "ec2.t3.medium"
    made.parameters["Size"] = Parameter("Size", "String", "")
    assert billed(made).lines[0].unknown == "its type is not known"


@pytest.mark.parametrize("size", ["nan", "inf", "-inf", "1e999", 10**400, "²", "٢٠"])
def test_a_number_that_is_none_counts_as_unwritten(size: object) -> None:
    made = graph(
        resource(
            "Db",
            "RDS::DBInstance",
            Engine="postgres",
            DBInstanceClass="db.t3.²xlarge",
            AllocatedStorage=size,
        )
    )
    for line in billed(made).lines:
        assert isfinite(line.cost.expected)


def test_what_is_open_is_told_as_assumed() -> None:
    made = graph(
        resource(
            "Db",
            "RDS::DBInstance",
            Engine="postgres",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage="20",
            MultiAZ=Intrinsic("Fn::If", ["Large", True, False]),
        )
    )
    instance = billed(made).lines[0]
    assert instance.component == "instance"
    assert instance.assumed == ("as if nothing were written for what is open: Fn::If",)

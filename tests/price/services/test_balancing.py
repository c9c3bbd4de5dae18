"""Capacity units by AWS's own example, and by what is behind a balancer."""

import pytest

from seatrial.graph.values import Ref
from seatrial.price.quantity import Quantity
from seatrial.price.services.balancing import capacity
from tests.price.graphs import cents, graph, lines, resource, usage

BALANCER = "ElasticLoadBalancingV2::LoadBalancer"


def test_capacity_units_are_those_of_the_documented_example() -> None:
    """https://aws.amazon.com/elasticloadbalancing/pricing/, the first example.

    One connection a second that lasts two minutes, five requests a second, 300 kB a second
    (1.08 GB an hour), 60 rules: 0.04, 0.04, 1.08 and 0.25 LCU, so 1.08 are paid for.
    """
    one = Quantity.of
    asked = capacity(one(1), one(120), one(1.08), 60, one(5))
    assert {name: each.expected for name, each in asked.items()} == pytest.approx(
        {
            "new connections": 0.04,
            "active connections": 0.04,
            "processed bytes": 1.08,
            "rule evaluations": 0.25,
        }
    )
    largest = max(each.expected for each in asked.values())
    assert (0.0225 + 0.008 * largest) * 24 * 30 == pytest.approx(22.42, abs=0.005)


def test_ten_rules_are_free() -> None:
    one = Quantity.of
    assert capacity(one(0), one(0), one(0), 10, one(1000))["rule evaluations"] == Quantity.of(0)


def served(rules: int = 0, **balancer: object) -> object:
    extra = [
        resource(
            f"Rule{each}",
            "ElasticLoadBalancingV2::ListenerRule",
            ListenerArn=Ref("Http"),
            Actions=[{"Type": "forward", "TargetGroupArn": Ref("Targets")}],
        )
        for each in range(rules)
    ]
    return graph(
        resource("Lb", BALANCER, "shop", **balancer),
        resource(
            "Http",
            "ElasticLoadBalancingV2::Listener",
            "shop",
            LoadBalancerArn=Ref("Lb"),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": Ref("Targets")}],
        ),
        resource("Targets", "ElasticLoadBalancingV2::TargetGroup", "api"),
        *extra,
    )


MONTH = 730 * 3600


def test_units_follow_what_is_said_of_the_part_behind_it() -> None:
    said = usage(api={"requests": 50.0 * MONTH, "request_kb": 1, "response_kb": 1})
    line = lines(served(Scheme="internal"), said)["capacity units"]
    # 50 requests a second, each a connection: 2 LCU; 0.34 GB an hour are less.
    assert line.quantity.expected == pytest.approx(2 * 730)
    assert "2 LCU by new connections" in line.how
    assert any("opens a connection" in each for each in line.assumed)


def test_connections_that_are_said_are_not_assumed() -> None:
    said = usage(
        api={
            "requests": 50.0 * MONTH,
            "new_connections": 5,
            "active_connections": 9000,
            "out_gb": 0,
        }
    )
    line = lines(served(Scheme="internal"), said)["capacity units"]
    assert line.quantity.expected == pytest.approx(3 * 730)
    assert not any("connection" in each for each in line.assumed)


def test_bytes_count_where_they_are_the_most() -> None:
    said = usage(api={"requests": 1, "out_gb": 7300, "request_kb": 0})
    line = lines(served(Scheme="internal"), said)["capacity units"]
    assert line.quantity.expected == pytest.approx(10 * 730)


def test_every_rule_beyond_ten_is_evaluated() -> None:
    said = usage(api={"requests": 100.0 * MONTH, "new_connections": 0, "active_connections": 0})
    line = lines(served(rules=60, Scheme="internal"), said)["capacity units"]
    assert line.quantity.expected == pytest.approx(5 * 730)


def test_what_nobody_said_is_unknown() -> None:
    line = lines(served(Scheme="internal"))["capacity units"]
    assert (line.unknown != "", line.wants) == (True, "requests")


def test_a_public_balancer_has_an_address_a_zone() -> None:
    found = lines(served(Subnets=[Ref("A"), Ref("B"), Ref("C")]), usage(api={"requests": 0}))
    assert cents(found["public IPv4 addresses"]) == 10.95


def test_a_network_balancer_has_its_own_prices() -> None:
    said = usage(Lb={"requests": 0, "new_connections": 1600, "active_connections": 0})
    found = lines(graph(resource("Lb", BALANCER, Type="network", Scheme="internal")), said)
    assert found["load balancer hours"].key == "nlb.h"
    assert found["capacity units"].quantity.expected == pytest.approx(2 * 730)
    assert found["capacity units"].key == "nlb.lcu_h"


def test_a_gateway_balancer_is_unknown() -> None:
    found = lines(graph(resource("Lb", BALANCER, Type="gateway")))
    assert "gateway load balancer is not priced" in found["hours"].unknown

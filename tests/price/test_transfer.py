"""What leaves to the internet and what crosses zones is told once, where it is paid."""

from typing import Any

import pytest

from seatrial.graph.annotations import Outside, Uses
from seatrial.graph.values import GetAtt, Ref
from seatrial.price.quantity import Quantity
from seatrial.price.traffic import KB_PER_GB
from tests.price.graphs import billed, graph, resource, usage


def web(*more: Any, annotations: tuple[Any, ...] = (Uses("internet", "api", "call"),)) -> Any:
    return graph(
        resource("Lb", "ElasticLoadBalancingV2::LoadBalancer", "shop", Subnets=[Ref("A")]),
        resource(
            "Http",
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=Ref("Lb"),
            DefaultActions=[{"TargetGroupArn": Ref("Targets")}],
        ),
        resource("Targets", "ElasticLoadBalancingV2::TargetGroup", "api"),
        *more,
        annotations=annotations,
    )


def egress(made: Any, **said: Any) -> dict[str, float]:
    found = billed(made, usage(**said)).lines
    return {
        line.part: line.quantity.expected
        for line in found
        if line.component == "data to the internet"
    }


def test_answers_of_a_public_balancer_leave() -> None:
    assert egress(web(), api={"requests": 1e6, "response_kb": 10}) == pytest.approx(
        {"api": 1e7 / KB_PER_GB}
    )


def test_what_is_said_goes_before_what_requests_carry() -> None:
    assert egress(web(), api={"requests": 1e6, "response_kb": 10, "out_gb": 3}) == {"api": 3}


def test_what_a_distribution_fetches_is_not_paid_twice() -> None:
    origin = {"DomainName": GetAtt("Lb", "DNSName")}
    front = resource(
        "Edge", "CloudFront::Distribution", "site", DistributionConfig={"Origins": [origin]}
    )
    uses = (Uses("internet", "site", "call"), Uses("site", "api", "call"))
    made = web(front, annotations=uses)
    assert egress(made, site={"out_gb": 5}, api={"out_gb": 3}) == {}


def test_calls_of_services_outside_leave_and_go_through_nat() -> None:
    made = graph(
        resource("Nat", "EC2::NatGateway", "net"),
        annotations=(Outside("pay", "https://pay.example.com"),),
    )
    said = {"requests": KB_PER_GB, "request_kb": 2, "response_kb": 3}
    assert egress(made, pay=said) == {"pay": 2}
    found = billed(made, usage(pay=said)).lines
    nat = next(line for line in found if line.component == "NAT data")
    assert nat.quantity == Quantity.of(5)


def logging(*more: Any) -> Any:
    return graph(
        resource("Nat", "EC2::NatGateway", "net"),
        resource("Service", "ECS::Service", "api"),
        *more,
    )


def test_logs_go_through_nat_unless_they_have_an_endpoint() -> None:
    said = usage(api={"logs_gb": 7, "nat_gb": 1})
    found = {line.component: line for line in billed(logging(), said).lines}
    assert found["NAT data"].quantity.expected == 8
    endpoint = resource(
        "Logs",
        "EC2::VPCEndpoint",
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.logs",
        SubnetIds=[Ref("A"), Ref("B")],
    )
    found = {line.component: line for line in billed(logging(endpoint), said).lines}
    assert found["NAT data"].quantity.expected == 1
    assert found["interface endpoint data"].quantity.expected == 7
    assert found["interface endpoint hours"].quantity.expected == 1460


def test_several_gateways_share_one_line_of_data() -> None:
    made = graph(*(resource(f"Nat{each}", "EC2::NatGateway", "net") for each in "123"))
    data = [
        line
        for line in billed(made, usage(net={"nat_gb": 9})).lines
        if line.component == "NAT data"
    ]
    assert [line.quantity.expected for line in data] == [9]


def test_crossing_zones_is_unknown_until_somebody_says_it() -> None:
    zones = [resource(f"Subnet{each}", "EC2::Subnet", AvailabilityZone=each) for each in "ab"]
    made = graph(*zones, resource("Service", "ECS::Service", "api"))
    found = {line.component: line for line in billed(made).lines}
    assert found["data between zones"].wants == "cross_zone_gb"
    found = {line.component: line for line in billed(made, usage(api={"cross_zone_gb": 50})).lines}
    assert found["data between zones"].cost.expected == pytest.approx(0.50)

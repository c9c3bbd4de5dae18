"""Whether what scales has room to: addresses, partitions, targets, traffic."""

from collections.abc import Iterator
from math import ceil

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.policy.network import network
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import (
    SERVICE,
    SUBNET,
    subnets,
    tasks,
)

VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/"
KEPT = 5
"""Addresses of each subnet that AWS keeps: subnet-sizing.html."""
BALANCER = 8
"""Addresses that a load balancer wants free in each of its subnets."""


@rule(
    "ST711",
    "subnet-too-small",
    "error",
    "capacity",
    why="A task without a free address does not start, and scaling stops where it is needed.",
    source=VPC + "subnet-sizing.html",
)
def subnet_too_small(plan: Plan) -> Iterator[Fault]:
    """Hold the addresses of each subnet against all tasks at their most, while a version rolls out.

    Each task on Fargate has an address of its own. ECS spreads a service's tasks evenly over
    its subnets; AWS keeps five addresses of each, and a load balancer wants eight.

    Bad:
        Small: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/28}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 10
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Small]}}

    Good:
        Large: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 10
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Large]}}
    """
    wanted: dict[str, dict[str, int]] = {}
    for service in plan.of(SERVICE):
        inside, bounds = plan.all_named(subnets(service), SUBNET), tasks(plan, service)
        if not inside or bounds is None:
            continue
        percent = number(at(service.properties, "DeploymentConfiguration", "MaximumPercent")) or 200
        most = ceil(ceil(bounds.most * percent / 100) / len(inside))
        for subnet in inside:
            wanted.setdefault(subnet.id, {})[f"tasks of {service.label}"] = most
    for subnet, name, count in _others(plan):
        if subnet.id in wanted:
            wanted[subnet.id][name] = count
    for id, users in wanted.items():
        free = _size(plan.graph.resources[id]) - KEPT
        if free + KEPT > 0 and sum(users.values()) > free:
            words = ", ".join(f"{count} for {name}" for name, count in users.items())
            yield Fault(
                id,
                "CidrBlock",
                f"{sum(users.values())} addresses may be wanted ({words}) and {free} are free.",
                "A larger range, e.g. a /24.",
                "System(..., cidr='10.0.0.0/16')",
            )


def _size(subnet: Resource) -> int:
    range_ = network(subnet.properties.get("CidrBlock"))
    return range_.num_addresses if range_ else 0


def _others(plan: Plan) -> Iterator[tuple[Resource, str, int]]:
    for balancer in plan.of(LOAD_BALANCER):
        for subnet in plan.all_named(balancer.properties.get("Subnets"), SUBNET):
            yield subnet, balancer.id, BALANCER
    for each in plan.of("AWS::EC2::VPCEndpoint"):
        for subnet in plan.all_named(each.properties.get("SubnetIds"), SUBNET):
            yield subnet, each.id, 1

"""ECS services as the rules see them: how many tasks, in which zones, who uses what.

Takes a plan, gives plain facts of its services. Where a template holds a symbol that
cannot be known, a function gives nothing rather than a guess. What several rules ask is
worked out once: a plan is known by itself, and few are looked at in one process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.check.view import TARGET_GROUP
from seatrial.graph.values import Zone
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, number, written

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"
SUBNET = "AWS::EC2::Subnet"
GROUP = "AWS::EC2::SecurityGroup"


FOREIGN = ("", "template")
"""How the environment of a template that others wrote is called: it may well be production."""


def in_production(plan: Plan) -> bool:
    """Tell whether customers depend on this: in `production`, its second region, or unknown."""
    environment = plan.graph.environment
    return environment in FOREIGN or environment.startswith("prod")


@dataclass(frozen=True, slots=True)
class Tasks:
    """How many tasks a service runs at least and at most, and what scales it."""

    least: int
    most: int
    scaled: Resource | None


@lru_cache(maxsize=4)
def _scaled(plan: Plan) -> dict[str, Resource]:
    return {
        service.id: target
        for target in plan.of(SCALABLE)
        for service in plan.all_named(target.properties.get("ResourceId"), SERVICE)
    }


def tasks(plan: Plan, service: Resource) -> Tasks | None:
    """Give a service's bounds, scheduled ones among them; None where they are not known."""
    scaled = _scaled(plan).get(service.id)
    if scaled is None:
        desired = number(plan.known(service.properties.get("DesiredCount", 1)))
        return None if desired is None else Tasks(int(desired), int(desired), None)
    actions = maps(scaled.properties.get("ScheduledActions"))
    most = [scaled.properties.get("MaxCapacity")]
    most += [at(each, "ScalableTargetAction", "MaxCapacity") for each in actions]
    known = [int(each) for one in most if (each := number(plan.known(one))) is not None]
    least = number(plan.known(scaled.properties.get("MinCapacity")))
    if least is None or not known:
        return None
    return Tasks(int(least), max(known), scaled)


def task_of(plan: Plan, service: Resource) -> Resource | None:
    """Give a service's task definition, where the template holds it."""
    return plan.named(service.properties.get("TaskDefinition"), TASK)


def target_groups(plan: Plan, service: Resource) -> list[Resource]:
    """Give the target groups that a service's tasks join first; none without a load balancer."""
    entries = maps(service.properties.get("LoadBalancers"))
    named = (plan.named(each.get("TargetGroupArn"), TARGET_GROUP) for each in entries)
    return [each for each in named if each is not None]


def attribute(resource: Resource, key: str, otherwise: str) -> Any:
    """Give one attribute of a load balancer or a target group."""
    for name in ("TargetGroupAttributes", "LoadBalancerAttributes"):
        for each in maps(resource.properties.get(name)):
            if each.get("Key") == key:
                return each.get("Value")
    return otherwise


def subnets(service: Resource) -> Any:
    """Give what a service says of its subnets."""
    return at(service.properties, "NetworkConfiguration", "AwsvpcConfiguration", "Subnets")


def zone(subnet: Resource) -> str:
    """Give a subnet's zone in one spelling, "" where it is not known."""
    given = subnet.properties.get("AvailabilityZone")
    if isinstance(given, Zone):
        return f"zone {given.index + 1}"
    return written(given)


def zones(plan: Plan, given: Any) -> set[str]:
    """Give the zones of a list of subnets; none where one of them is not known."""
    if not isinstance(given, list):
        return set()
    found = {zone(each) if (each := plan.named(one, SUBNET)) else "" for one in given}
    return set() if "" in found else found


def service_groups(plan: Plan, service: Resource) -> list[Resource]:
    """Give the security groups of a service's tasks."""
    network = at(service.properties, "NetworkConfiguration", "AwsvpcConfiguration")
    return plan.all_named(at(network, "SecurityGroups"), GROUP)


@lru_cache(maxsize=4)
def _callers(plan: Plan) -> dict[str, set[str]]:
    """Give the security groups that each group lets in."""
    found: dict[str, set[str]] = {}
    for group in plan.of(GROUP):
        for each in maps(group.properties.get("SecurityGroupIngress")):
            for source in plan.all_named(each.get("SourceSecurityGroupId"), GROUP):
                found.setdefault(group.id, set()).add(source.id)
    for door in plan.of("AWS::EC2::SecurityGroupIngress"):
        for group in plan.all_named(door.properties.get("GroupId"), GROUP):
            for source in plan.all_named(door.properties.get("SourceSecurityGroupId"), GROUP):
                found.setdefault(group.id, set()).add(source.id)
    return found


@lru_cache(maxsize=4)
def _members(plan: Plan) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for service in plan.of(SERVICE):
        for group in service_groups(plan, service):
            found.setdefault(group.id, []).append(service)
    return found


def callers(plan: Plan, groups: Any) -> set[str]:
    """Give the security groups that the groups named in a value let in."""
    return {
        source
        for group in plan.all_named(groups, GROUP)
        for source in _callers(plan).get(group.id, ())
    }


def services_that_reach(plan: Plan, groups: Any) -> list[Resource]:
    """Give the services whose security groups the groups named in a value let in."""
    members = _members(plan)
    found = {each.id: each for id in sorted(callers(plan, groups)) for each in members.get(id, ())}
    return list(found.values())


def spread(plan: Plan, groups: Any) -> set[str]:
    """Give the zones of the services that these groups let in; of all where that is not said."""
    services: Iterable[Resource] = services_that_reach(plan, groups) or plan.of(SERVICE)
    return {each for service in services for each in zones(plan, subnets(service))}


def listed(names: Iterable[str]) -> str:
    """Give names as one list to read, in order."""
    return ", ".join(sorted(names))

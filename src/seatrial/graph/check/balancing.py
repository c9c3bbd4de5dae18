"""What Elastic Load Balancing refuses."""

import re

from seatrial.graph.check.rule import Found, integer, items, rule, text
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
SUBNET = "AWS::EC2::Subnet"
NAME = re.compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")


def zones_of(subnets: list[Resource]) -> set[str]:
    """Give the zones that subnets are in, each in one spelling."""
    return {repr(each.properties.get("AvailabilityZone", each.id)) for each in subnets}


@rule("balancer-name", BALANCER, TARGET_GROUP, source=API + "API_CreateLoadBalancer.html")
def balancer_name(resource: Resource, _: View) -> Found:
    """Refuse names other than 32 letters, digits and hyphens."""
    name = text(resource.properties.get("Name"))
    if len(name) > 32:
        yield "Name", f"has {len(name)} characters", "AWS takes 32 or fewer."
    elif name and not NAME.fullmatch(name):
        yield "Name", f"is {name!r}", "AWS takes letters, digits and hyphens between them."
    elif resource.type == BALANCER and name.startswith("internal-"):
        yield "Name", f"is {name!r}", "AWS keeps names that begin with 'internal-' to itself."


@rule("balancer-zones", BALANCER, source=API + "API_CreateLoadBalancer.html")
def balancer_zones(balancer: Resource, view: View) -> Found:
    """Refuse an application load balancer in one zone."""
    if (balancer.properties.get("Type") or "application") != "application":
        return
    name = "Subnets" if "Subnets" in balancer.properties else "SubnetMappings"
    given = balancer.properties.get(name)
    asked = items(given)
    subnets = [each for item in asked for each in view.all_named(item, SUBNET)]
    one = asked and len(subnets) == len(asked) and len(zones_of(subnets)) < 2
    # One item that is no symbol of ours may still be a list of subnets, so only texts count.
    if one or (asked and len(asked) < 2 and text(asked[0])):
        yield name, "are in one zone", "An application load balancer needs two zones."


@rule("health-check-time", TARGET_GROUP, source=API + "API_CreateTargetGroup.html")
def health_check_time(group: Resource, _: View) -> Found:
    """Refuse a health check that outlasts its interval."""
    timeout = integer(group.properties.get("HealthCheckTimeoutSeconds"))
    interval = integer(group.properties.get("HealthCheckIntervalSeconds", 30))
    if timeout is not None and interval is not None and timeout >= interval:
        problem = f"is {timeout}, not less than the interval of {interval} seconds"
        yield "HealthCheckTimeoutSeconds", problem, "Make it shorter than the interval."


@rule("rule-priority", LISTENER, source=API + "API_CreateRule.html")
def rule_priority(listener: Resource, view: View) -> Found:
    """Refuse two rules of one priority."""
    taken: dict[int, str] = {}
    for each in view.rules_of.get(listener.id, ()):
        priority = integer(each.properties.get("Priority"))
        if priority is None:
            continue
        if priority in taken:
            problem = f"has two rules of priority {priority}: {taken[priority]} and {each.id}"
            yield "", problem, "Give each rule its own."
        taken.setdefault(priority, each.id)

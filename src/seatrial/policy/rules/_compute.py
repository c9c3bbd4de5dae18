"""What runs programs, the ports they listen on, and the load balancers before them."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.graph.check.view import LISTENER, LOAD_BALANCER, TARGET_GROUP
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, number
from seatrial.policy.rules._services import SERVICE, target_groups, task_of

COMPUTE = (SERVICE, "AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup")


def container_ports(plan: Plan, service: Resource) -> tuple[int, ...]:
    """Give the ports on which a service's containers listen."""
    task = task_of(plan, service)
    found = []
    for container in maps(at(task.properties, "ContainerDefinitions") if task else None):
        for mapping in maps(container.get("PortMappings")):
            port = number(mapping.get("ContainerPort"))
            if port is not None:
                found.append(int(port))
    return tuple(found)


def balanced(plan: Plan) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Give each service with the load balancers that send it requests, and the target group."""
    for service in plan.of(SERVICE):
        # Also the group that a blue-green deployment moves to.
        for group in plan.all_named(service.properties.get("LoadBalancers"), TARGET_GROUP):
            for balancer in balancers(plan, group):
                yield service, balancer, group


def balancers_of(plan: Plan, service: Resource) -> list[Resource]:
    """Give the load balancers that forward to a service, each once."""
    groups = target_groups(plan, service)
    found = {each.id: each for group in groups for each in balancers(plan, group)}
    return [*found.values()]


def listeners_of(plan: Plan, balancer: Resource) -> list[Resource]:
    """Give the listeners of a load balancer."""
    return [each for each in plan.users.get(balancer.id, ()) if each.type == LISTENER]


def balancers(plan: Plan, group: Resource) -> list[Resource]:
    """Give the load balancers that forward to a target group."""
    found: dict[str, Resource] = {}
    for id in plan.forwarding.get(group.id, ()):
        each = plan.graph[id]
        listener = plan.named(each.properties.get("ListenerArn"), LISTENER) or each
        balancer = plan.named(listener.properties.get("LoadBalancerArn"), LOAD_BALANCER)
        if balancer:
            found[balancer.id] = balancer
    return [*found.values()]

"""What ECS refuses of a service."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph.check.rule import Found, inside, integer, items, rule, text
from seatrial.graph.check.tasks import GUIDE, TASK, containers, is_fargate
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource
from seatrial.graph.scalars import truth
from seatrial.mistake import closest

API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
SERVICE = "AWS::ECS::Service"
CLUSTER = "AWS::ECS::Cluster"
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENERS = (
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
)
SHIFTING = ("BLUE_GREEN", "CANARY", "LINEAR")


def balanced(service: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a service's load-balancer entries with their paths."""
    for index, entry in enumerate(items(service.properties.get("LoadBalancers"))):
        if isinstance(entry, dict):
            yield f"LoadBalancers[{index}]", entry


def task_of(service: Resource, view: View) -> Resource | None:
    """Give the service's task definition, where the graph has it."""
    return view.named(service.properties.get("TaskDefinition"), TASK)


@rule("balanced-container", SERVICE, source=API + "API_LoadBalancer.html")
def balanced_container(service: Resource, view: View) -> Found:
    """Refuse a balanced container or port that the task definition does not have."""
    task = task_of(service, view)
    if task is None:
        return
    named = {text(each.get("Name")): each for _, each in containers(task)}
    for path, entry in balanced(service):
        name, port = entry.get("ContainerName"), integer(entry.get("ContainerPort"))
        if not isinstance(name, str):
            continue
        if name not in named:
            problem = f"is {name!r}, but {task.id} has no such container"
            yield f"{path}.ContainerName", problem, closest(name, named)
            continue
        mappings = items(named[name].get("PortMappings"))
        ports = [integer(inside(each, "ContainerPort")) for each in mappings]
        if port is not None and None not in ports and port not in ports:
            problem = f"is {port}, but container {name!r} of {task.id} does not listen there"
            known = ", ".join(map(str, ports))
            right = f"It has {known}." if known else "It maps no port."
            yield f"{path}.ContainerPort", problem, right


@rule("service-after-listener", SERVICE, source=GUIDE + "service-load-balancing.html")
def service_after_listener(service: Resource, view: View) -> Found:
    """Refuse a service created before a listener forwards to its target group."""
    for path, entry in balanced(service):
        group = view.named(entry.get("TargetGroupArn"), TARGET_GROUP)
        if group is None:
            continue
        listeners = view.forwarding.get(group.id, [])
        if not listeners:
            problem = f"names {group.id}, to which no listener forwards"
            yield f"{path}.TargetGroupArn", problem, "Let a listener or a rule forward to it."
        elif not view.comes_after(service, listeners):
            problem = f"lacks {listeners[0]}, which forwards to {group.id}"
            right = "ECS refuses a target group before a load balancer uses it: add DependsOn."
            yield "DependsOn", problem, right


@rule("target-type", SERVICE, source=GUIDE + "service-load-balancing.html")
def target_type(service: Resource, view: View) -> Found:
    """Refuse targets by instance for tasks with an interface of their own."""
    task = task_of(service, view)
    if task is None or task.properties.get("NetworkMode") != "awsvpc":
        return
    for path, entry in balanced(service):
        group = view.named(entry.get("TargetGroupArn"), TARGET_GROUP)
        kind = group.properties.get("TargetType", "instance") if group else None
        if group is not None and isinstance(kind, str) and kind != "ip":
            problem = f"names {group.id}, whose TargetType is {kind!r}"
            yield f"{path}.TargetGroupArn", problem, "Tasks in awsvpc mode need 'ip'."


@rule("launch-type", SERVICE, source=API + "API_CreateService.html")
def launch_type(service: Resource, _: View) -> Found:
    """Refuse a launch type beside a capacity provider strategy."""
    if service.properties.get("LaunchType") and service.properties.get("CapacityProviderStrategy"):
        yield "LaunchType", "stands beside CapacityProviderStrategy", "Leave LaunchType out."


@rule("fargate-service", SERVICE, source=GUIDE + "fargate-tasks-services.html")
def fargate_service(service: Resource, view: View) -> Found:
    """Refuse a service on Fargate whose task definition is not made for it."""
    task = task_of(service, view)
    strategy = items(service.properties.get("CapacityProviderStrategy"))
    providers = {text(inside(each, "CapacityProvider")) for each in strategy}
    on_fargate = service.properties.get("LaunchType") == "FARGATE" or providers & {
        "FARGATE",
        "FARGATE_SPOT",
    }
    if task is not None and on_fargate and not is_fargate(task):
        problem = f"is {task.id}, which does not say that it runs on Fargate"
        yield "TaskDefinition", problem, "Set its RequiresCompatibilities to ['FARGATE']."


@rule("service-network", SERVICE, source=GUIDE + "task-networking-awsvpc.html")
def service_network(service: Resource, view: View) -> Found:
    """Refuse tasks with an interface of their own and no subnet to put it into."""
    task = task_of(service, view)
    if task is None or task.properties.get("NetworkMode") != "awsvpc":
        return
    if not service.properties.get("NetworkConfiguration"):
        problem = f"is missing: {task.id} is in awsvpc mode"
        yield "NetworkConfiguration", problem, "Give the subnets and security groups."


@rule("capacity-provider", SERVICE, source=GUIDE + "fargate-capacity-providers.html")
def capacity_provider(service: Resource, view: View) -> Found:
    """Refuse a capacity provider that the cluster does not have."""
    cluster = view.named(service.properties.get("Cluster"), CLUSTER)
    if cluster is None:
        return
    has = items(cluster.properties.get("CapacityProviders"))
    for each in view.of(ASSOCIATIONS):
        if view.named(each.properties.get("Cluster"), CLUSTER) is cluster:
            has += items(each.properties.get("CapacityProviders"))
    for index, entry in enumerate(items(service.properties.get("CapacityProviderStrategy"))):
        provider = inside(entry, "CapacityProvider")
        if isinstance(provider, str) and provider not in has:
            path = f"CapacityProviderStrategy[{index}].CapacityProvider"
            problem = f"is {provider!r}, which cluster {cluster.id} does not have"
            yield path, problem, "Name it in the cluster's CapacityProviders."


@rule("circuit-breaker", SERVICE, source=GUIDE + "deployment-circuit-breaker.html")
def circuit_breaker(service: Resource, _: View) -> Found:
    """Refuse the circuit breaker for anything but a rolling deployment."""
    deployment = service.properties.get("DeploymentConfiguration")
    if not truth(inside(deployment, "DeploymentCircuitBreaker", "Enable")):
        return
    strategy = text(inside(deployment, "Strategy")) or "ROLLING"
    controller = text(inside(service.properties, "DeploymentController", "Type")) or "ECS"
    if strategy != "ROLLING" or controller != "ECS":
        path = "DeploymentConfiguration.DeploymentCircuitBreaker"
        other = strategy if strategy != "ROLLING" else controller
        yield path, f"stands beside {other}", "It works for rolling deployments by ECS only."


@rule("traffic-shift", SERVICE, source=API + "API_AdvancedConfiguration.html")
def traffic_shift(service: Resource, _: View) -> Found:
    """Refuse a shift of traffic without a second target group and a rule to shift."""
    deployment = service.properties.get("DeploymentConfiguration")
    if text(inside(deployment, "Strategy")) not in SHIFTING:
        return
    for path, entry in balanced(service):
        for name in ("AlternateTargetGroupArn", "ProductionListenerRule", "RoleArn"):
            if entry.get("TargetGroupArn") and not inside(entry, "AdvancedConfiguration", name):
                where = f"{path}.AdvancedConfiguration.{name}"
                yield where, "is missing: the deployment shifts traffic", ""

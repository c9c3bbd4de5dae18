"""Interfaces of what runs programs: ECS tasks, instances, functions, models, VPN clients.

Takes a graph's resources of these types; gives their interfaces, with the ports that
their definitions say they listen on, and what gives them a public address.
"""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.annotations import RunsBefore
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.instances import GROUP_OF_INSTANCES, autoscaling, instances
from seatrial.reach.interfaces import LINUX, Interface, Site
from seatrial.reach.ports import Ports
from seatrial.reach.rules import GROUP, Property
from seatrial.reach.values import UNKNOWN

TASK = "AWS::ECS::TaskDefinition"


def machines(site: Site) -> Iterator[Interface]:
    """Give the interfaces of everything here."""
    yield from instances(site)
    yield from _tasks(site)
    for each in site.graph.of("AWS::Lambda::Function"):
        # A function has no public address, in whatever subnet it is.
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
        yield from site.interface(
            each,
            "function",
            site.reading.get(each, "VpcConfig", "SubnetIds"),
            site.reading.get(each, "VpcConfig", "SecurityGroupIds"),
            "VpcConfig.SecurityGroupIds",
            ports.NONE,
            listening=Property(each.id),
            closed=Property(each.id, "VpcConfig"),
            six=False,
        )
    for each in site.graph.of("AWS::CodeBuild::Project"):
        yield from site.interface(
            each,
            "builds",
            site.reading.get(each, "VpcConfig", "Subnets"),
            site.reading.get(each, "VpcConfig", "SecurityGroupIds"),
            "VpcConfig.SecurityGroupIds",
            ports.NONE,
            closed=Property(each.id, "VpcConfig"),
            six=False,
        )
    for each in site.graph.of("AWS::SageMaker::Model"):
        yield from site.interface(
            each,
            "model",
            site.reading.get(each, "VpcConfig", "Subnets"),
            site.reading.get(each, "VpcConfig", "SecurityGroupIds"),
            "VpcConfig.SecurityGroupIds",
            ports.NONE,  # it is asked through SageMaker's API
            closed=Property(each.id, "VpcConfig"),
            six=False,
        )
    yield from _vpns(site)


def _vpns(site: Site) -> Iterator[Interface]:
    reading = site.reading
    for each in site.graph.of("AWS::EC2::ClientVpnEndpoint"):
        subnets = [
            other.properties.get("SubnetId")
            for other in site.graph.of("AWS::EC2::ClientVpnTargetNetworkAssociation")
            if reading.name(other.properties.get("ClientVpnEndpointId"), other.id) == each.id
        ]
        yield from site.interface(
            each,
            "VPN clients",
            subnets,
            each.properties.get("SecurityGroupIds"),
            "SecurityGroupIds",
            ports.NONE,
            closed=Property(each.id),
            six=False,
        )


def _tasks(site: Site) -> Iterator[Interface]:
    graph, reading = site.graph, site.reading
    before = {each.task_definition: each.service for each in graph.annotated(RunsBefore)}
    placed: set[str] = set()
    first: Any = None
    for service in graph.of("AWS::ECS::Service", "AWS::ECS::TaskSet"):
        task = graph.resources.get(
            reading.name(service.properties.get("TaskDefinition"), service.id)
        )
        network = reading.get(service, "NetworkConfiguration", "AwsvpcConfiguration")
        if task is not None:
            placed.add(task.id)
        if not isinstance(network, dict):
            yield from _on_instances(site, service, task)
            continue
        first = first or service
        yield from _task(site, service, task, network, "NetworkConfiguration.AwsvpcConfiguration")
    for schedule in graph.of("AWS::Scheduler::Schedule", "AWS::Events::Rule"):
        targets = (
            [reading.get(schedule, "Target")]
            if schedule.type == "AWS::Scheduler::Schedule"
            else reading.records(schedule.properties.get("Targets"), schedule.id)
        )
        for target in targets:
            given = reading.fields(target, schedule.id).get("EcsParameters")
            ecs = reading.fields(given, schedule.id)
            network = _network(ecs)
            if ecs and network:
                task = graph.resources.get(reading.name(ecs.get("TaskDefinitionArn"), schedule.id))
                owner = task or schedule
                placed.add(owner.id)
                at = "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration"
                yield from _task(site, owner, task, network, at, schedule)
    for task in graph.of(TASK):
        service = graph.resources.get(before.get(task.id, ""), first)
        if task.id in placed or service is None:
            continue
        part = task.part
        own = [g for g in graph.of(GROUP) if part and g.part == part]
        network = reading.get(service, "NetworkConfiguration", "AwsvpcConfiguration")
        if own and isinstance(network, dict):
            reading.assume(task.id, f"it runs in the subnets of {service.id}")
            beside = {**network, "SecurityGroups": [own[0].ref], "AssignPublicIp": "DISABLED"}
            at = "NetworkConfiguration.AwsvpcConfiguration"
            yield from _task(site, task, task, beside, at, service)


def _network(ecs: Any) -> Any:
    """Give where a scheduled task runs; EventBridge and its scheduler spell it in two ways."""
    outer = (ecs or {}).get("NetworkConfiguration")
    if not isinstance(outer, dict):
        return None
    return outer.get("AwsvpcConfiguration") or outer.get("AwsVpcConfiguration")


def _task(
    site: Site,
    resource: Resource,
    task: Resource | None,
    network: dict[str, Value],
    path: str,
    owner: Resource | None = None,
) -> Iterator[Interface]:
    holder = owner or resource
    at = Property(holder.id, f"{path}.AssignPublicIp")
    given = site.reading.plain(network.get("AssignPublicIp", "DISABLED"), holder.id)
    if given is UNKNOWN or not isinstance(given, str):
        site.reading.assume(holder.id, "AssignPublicIp is not known: taken to be ENABLED")
        given = "ENABLED"
    listens, listening = container_ports(site, task)
    aliases = (task.id,) if task is not None and task is not resource else ()
    yield from site.interface(
        resource,
        "tasks",
        network.get("Subnets"),
        network.get("SecurityGroups"),
        f"{path}.SecurityGroups",
        listens,
        listening=listening,
        public=at if given == "ENABLED" else None,
        closed=None if given == "ENABLED" else at,
        clients=LINUX,
        aliases=aliases,
        owner=holder,
    )


def container_ports(site: Site, task: Resource | None) -> tuple[Ports, Property | None]:
    """Give the ports that a task's containers listen on; every one where none can be told."""
    if task is None:
        return ports.ALL, None
    found: list[Ports] = []
    at = None
    containers = site.reading.records(task.properties.get("ContainerDefinitions"), task.id)
    for index, container in enumerate(containers):
        mappings = site.reading.records(container.get("PortMappings"), task.id)
        for mapping in mappings:
            port = site.reading.number(mapping.get("ContainerPort"), task.id)
            protocol = site.reading.plain(mapping.get("Protocol", "tcp"), task.id)
            if port is None:
                site.reading.assume(task.id, "a ContainerPort is not known: taken to be any")
                return ports.ALL, Property(task.id, f"ContainerDefinitions.{index}.PortMappings")
            found.append(ports.of(protocol, port, port))
            at = at or Property(task.id, f"ContainerDefinitions.{index}.PortMappings")
    # In awsvpc mode whatever a program listens on is reached, whether it is mapped or not; what
    # maps nothing is taken to listen to nothing.
    return ports.union(found), at or Property(task.id, "ContainerDefinitions")


def _on_instances(site: Site, service: Resource, task: Resource | None) -> Iterator[Interface]:
    """Give a service whose tasks share the network interfaces of their cluster's instances."""
    if service.type != "AWS::ECS::Service":
        return
    groups = site.graph.of(GROUP_OF_INSTANCES)
    if not groups:
        return
    site.reading.assume(service.id, f"its tasks run on the instances of {groups[0].id}")
    for each in autoscaling(site, groups[0]):
        yield Interface(
            service.id,
            site.part(service),
            "tasks",
            each.subnets,
            each.groups,
            each.grouped,
            ports.union([ports.TCP_ALL, ports.UDP_ALL]),
            None,
            public=each.public,
            closed=each.closed,
            six=each.six,
            aliases=(task.id,) if task is not None else (),
        )

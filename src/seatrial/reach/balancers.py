"""Load balancers: their interfaces, and what they pass on to whom.

Takes a graph's load balancers, listeners, rules and target groups; gives interfaces, and
one `Forward` for each thing that a listener may send a request to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.values import Value, referred
from seatrial.reach import ports
from seatrial.reach.addresses import Address
from seatrial.reach.interfaces import Interface, Site
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
DYNAMIC = ports.tcp(32768, 65535)
"""Ports of an instance that Docker chooses from for a container."""


@dataclass(frozen=True, slots=True)
class Forward:
    """What one resource passes on: asked on `ports`, it asks `target` on `to`.

    `keeps` tells that the target sees the client's own address; `inside` that CloudFront
    asks through a network interface in the VPC; `only` says in words when it is passed on;
    `family` is that of the addresses that it asks, where it is one alone.
    """

    by: str
    ports: Ports
    target: str
    to: Ports
    at: Property
    keeps: bool = False
    inside: bool = False
    only: str = ""
    family: int = 0

    def shown(self, client: Address) -> tuple[Address, ...]:
        """Give the address that the target sees, none where it is one of what passes on.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        """
        return (client,) if self.keeps and client.family == (self.family or client.family) else ()


def balancers(site: Site) -> Iterator[Interface]:
    """Give the interfaces of load balancers; each listens where it has a listener."""
    listening: dict[str, list[Ports]] = {}
    for each in site.graph.of(LISTENER):
        owner = site.reading.name(each.properties.get("LoadBalancerArn"), each.id)
        listening.setdefault(owner, []).append(_asked(site, each))
    for each in site.graph.of(BALANCER):
        kind = site.reading.get(each, "Type", default="application")
        if kind == "gateway":
            continue
        subnets = each.properties.get("Subnets") or [
            mapping.get("SubnetId")
            for mapping in site.reading.records(each.properties.get("SubnetMappings"), each.id)
        ]
        stack = str(site.reading.get(each, "IpAddressType", default="ipv4"))
        yield from _balancer(
            site,
            each,
            subnets,
            each.properties.get("SecurityGroups"),
            ports.union(listening.get(each.id, [])),
            stack.startswith("dualstack"),
            network=kind == "network",
            without4=stack.endswith("without-public-ipv4"),
        )
    for each in site.graph.of(CLASSIC):
        asked = [
            ports.tcp(port)
            for one in site.reading.records(each.properties.get("Listeners"), each.id)
            if (port := site.reading.number(one.get("LoadBalancerPort"), each.id)) is not None
        ]
        subnets, groups = each.properties.get("Subnets"), each.properties.get("SecurityGroups")
        yield from _balancer(site, each, subnets, groups, ports.union(asked), False)


def _balancer(
    site: Site,
    each: Resource,
    subnets: Value,
    groups: Value,
    listens: Ports,
    dual: bool,
    network: bool = False,
    without4: bool = False,
) -> Iterator[Interface]:
    at = Property(each.id, "Scheme")
    internal = site.reading.get(each, "Scheme") == "internal"
    hidden = internal or without4
    yield from site.interface(
        each,
        "load balancer",
        subnets,
        groups,
        "SecurityGroups",
        listens,
        listening=Property(each.id),
        public=None if hidden else at,
        closed=at if hidden else None,
        calls=False,
        forwards=True,
        six=dual and not internal,
        unguarded=network,
    )


def _asked(site: Site, listener: Resource) -> Ports:
    port = site.reading.number(listener.properties.get("Port"), listener.id)
    if port is None:
        site.reading.assume(listener.id, "its Port is not known: it is taken to be any")
        return ports.TCP_ALL
    protocol = site.reading.get(listener, "Protocol", default="HTTP")
    return _protocol(str(protocol), port)


def _protocol(protocol: str, port: int) -> Ports:
    if protocol == "UDP":
        return ports.udp(port)
    if protocol in ("TCP_UDP", "QUIC", "TCP_QUIC"):
        return ports.union([ports.tcp(port), ports.udp(port)])
    return ports.tcp(port)


def forwards(site: Site, interfaces: dict[str, Interface]) -> Iterator[Forward]:
    """Give what load balancers pass on."""
    members = _members(site, interfaces)
    reading = site.reading
    listeners = {each.id: each for each in site.graph.of(LISTENER)}
    for each in site.graph.of(LISTENER, RULE):
        listener: Resource | None = each
        if each.type == RULE:
            given = each.properties.get("ListenerArn")
            listener = listeners.get(reading.name(given, each.id))
        if listener is None:
            continue
        balancer = reading.name(listener.properties.get("LoadBalancerArn"), listener.id)
        name = "Actions" if each.type == RULE else "DefaultActions"
        only = _conditions(site, each)
        for index, group in _groups(site, each, name):
            at = Property(each.id, f"{name}.{index}")
            for target, to, keeps, family in members.get(group, ()):
                asked = _asked(site, listener)
                yield Forward(balancer, asked, target, to, at, keeps, only=only, family=family)
    yield from _classic(site, interfaces)


def _groups(site: Site, each: Resource, name: str) -> Iterator[tuple[int, str]]:
    for index, action in enumerate(site.reading.records(each.properties.get(name), each.id)):
        if not isinstance(action, dict) or action.get("Type") != "forward":
            continue
        found = [action.get("TargetGroupArn")]
        config = site.reading.fields(action.get("ForwardConfig"), each.id)
        several = site.reading.records(config.get("TargetGroups"), each.id)
        found += [one.get("TargetGroupArn") for one in several]
        names = [site.reading.name(one, each.id) for one in found if one is not None]
        for group in dict.fromkeys(names):
            yield index, group


def _conditions(site: Site, each: Resource) -> str:
    """Say when a rule passes something on."""
    said = []
    for condition in site.reading.records(each.properties.get("Conditions"), each.id):
        if not isinstance(condition, dict):
            continue
        header = site.reading.fields(condition.get("HttpHeaderConfig"), each.id)
        config = next((v for k, v in condition.items() if k.endswith("Config")), condition)
        config = site.reading.fields(config, each.id)
        values = site.reading.items(config.get("Values", condition.get("Values")), each.id)
        if header:
            said.append(f"with the right header {header.get('HttpHeaderName')}")
        else:
            words = ", ".join(each if isinstance(each, str) else "..." for each in values)
            said.append(f"{condition.get('Field')} {words}".strip())
    return "; ".join(said)


def _keeps(site: Site, group: Resource) -> bool:
    """Tell whether a target sees the client's address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    protocol = str(site.reading.get(group, "Protocol", default="HTTP"))
    if protocol not in ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"):
        return False
    if protocol not in ("TCP", "TLS"):
        return True  # that cannot be switched off
    for each in site.reading.records(group.properties.get("TargetGroupAttributes"), group.id):
        if each.get("Key") == "preserve_client_ip.enabled":
            return bool(site.reading.truth(each.get("Value"), group.id))
    return bool(site.reading.get(group, "TargetType", default="instance") == "instance")


Member = tuple[str, Ports, bool, int]


def _members(site: Site, interfaces: dict[str, Interface]) -> dict[str, list[Member]]:
    """Give what is in each target group, with the port that it is asked on."""
    reading = site.reading
    groups = {each.id: each for each in site.graph.of(TARGETS)}
    found: dict[str, list[Member]] = {}

    def add(group: str, target: str, port: int | None) -> None:
        there = groups.get(group)
        if there is None or target not in interfaces:
            return
        protocol = str(reading.get(there, "Protocol", default="HTTP"))
        if port is None:
            port = reading.number(there.properties.get("Port"), group)
        to = _protocol(protocol, port) if port else interfaces[target].listens
        family = 6 if reading.get(there, "IpAddressType") == "ipv6" else 4
        member = (target, to, _keeps(site, there), family)
        if member not in found.setdefault(group, []):
            found[group].append(member)

    for each in site.graph.of("AWS::ECS::Service", "AWS::ECS::TaskSet"):
        for one in reading.records(each.properties.get("LoadBalancers"), each.id):
            advanced = reading.fields(one.get("AdvancedConfiguration"), each.id)
            port = reading.number(one.get("ContainerPort"), each.id)
            shared = "NetworkConfiguration" not in each.properties
            if shared:
                port = _host_port(site, each, port)
            for arn in (one.get("TargetGroupArn"), advanced.get("AlternateTargetGroupArn")):
                if arn is not None:
                    name = reading.name(arn, each.id)
                    add(name, each.id, port)
                    if shared and port is None and name in found:
                        found[name][-1] = (each.id, DYNAMIC, *found[name][-1][2:])
    for each in site.graph.of("AWS::AutoScaling::AutoScalingGroup"):
        for group in reading.names(each.properties.get("TargetGroupARNs"), each.id):
            add(group, each.id, None)
    for there in groups.values():
        for one in reading.records(there.properties.get("Targets"), there.id):
            for target in _targets(site, one, interfaces, there.id):
                add(there.id, target, reading.number(one.get("Port"), there.id))
    return found


def _host_port(site: Site, service: Resource, container: int | None) -> int | None:
    """Give the port of the instance that a container's port is mapped to; None: one of many.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    """
    name = site.reading.name(service.properties.get("TaskDefinition"), service.id)
    task = site.graph.resources.get(name)
    if task is None:
        return container
    if site.reading.get(task, "NetworkMode") == "host":
        return container
    for definition in site.reading.records(task.properties.get("ContainerDefinitions"), task.id):
        for mapping in site.reading.records(definition.get("PortMappings"), task.id):
            if site.reading.number(mapping.get("ContainerPort"), task.id) == container:
                return site.reading.number(mapping.get("HostPort", 0), task.id) or None
    return None


def _targets(
    site: Site, one: dict[str, Any], interfaces: dict[str, Interface], group: str
) -> Iterator[str]:
    named = [id for id in referred(one.get("Id")) if id in interfaces]
    if named:
        yield from named
        return
    block = site.reading.block(one.get("Id"), group)
    for each in interfaces.values():
        if block is not None and block in each.addresses:
            yield each.id


def _classic(site: Site, interfaces: dict[str, Interface]) -> Iterator[Forward]:
    reading = site.reading
    for each in site.graph.of(CLASSIC):
        names = reading.names(each.properties.get("Instances"), each.id)
        for group in site.graph.of("AWS::AutoScaling::AutoScalingGroup", "AWS::ECS::Service"):
            if group.type == "AWS::ECS::Service":
                ones = reading.records(group.properties.get("LoadBalancers"), group.id)
                named = [reading.name(one.get("LoadBalancerName"), group.id) for one in ones]
            else:
                named = reading.names(group.properties.get("LoadBalancerNames"), group.id)
            if each.id in named:
                names.append(group.id)
        listeners = reading.records(each.properties.get("Listeners"), each.id)
        for index, one in enumerate(listeners):
            asked = reading.number(one.get("LoadBalancerPort"), each.id)
            to = reading.number(one.get("InstancePort"), each.id)
            for target in names:
                if target in interfaces and asked is not None and to is not None:
                    at = Property(each.id, f"Listeners.{index}")
                    to_ = ports.tcp(to)
                    yield Forward(each.id, ports.tcp(asked), target, to_, at, family=4)

"""Interfaces of instances, alone or in a group that scales: from their launch templates, too.

Takes a graph's instances, groups, launch templates and configurations, network interfaces
and elastic addresses; gives interfaces. What listens on an instance is not known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.annotations import Composed
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.addresses import Block
from seatrial.reach.interfaces import Interface, Site
from seatrial.reach.rules import Property

GROUP_OF_INSTANCES = "AWS::AutoScaling::AutoScalingGroup"
TEMPLATE = "AWS::EC2::LaunchTemplate"


@dataclass(frozen=True, slots=True)
class Card:
    """A network interface as it is written: its properties, whose they are, the path before.

    `id` is the resource that it is where it is one; AWS gives such a one no public address.
    """

    settings: dict[str, Any]
    home: Resource
    where: str
    id: str = ""


Layers = list[tuple[dict[str, Any], Resource, str]]
"""What an instance says itself, then what its template says, each with its path."""


class Extras:
    """What is given to instances from beside: elastic addresses, and further interfaces."""

    def __init__(self, site: Site) -> None:
        self.elastic: dict[str, Property] = {}
        self.attached: dict[str, list[Resource]] = {}
        for each in site.graph.of("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"):
            for name in ("InstanceId", "NetworkInterfaceId"):
                if name in each.properties:
                    given = site.reading.name(each.properties[name], each.id)
                    self.elastic[given] = Property(each.id, name)
        for each in site.graph.of("AWS::EC2::NetworkInterfaceAttachment"):
            instance = site.reading.name(each.properties.get("InstanceId"), each.id)
            self.attached.setdefault(instance, []).append(each)


def instances(site: Site) -> Iterator[Interface]:
    """Give the interfaces of instances, and of groups of them."""
    graph = site.graph
    composed: dict[str, list[str]] = {}
    for note in graph.annotated(Composed):
        composed.setdefault(note.machine, []).append(note.program)
    extras = Extras(site)
    for each in graph.of("AWS::EC2::Instance"):
        template = _template(site, each.properties.get("LaunchTemplate"), each)
        aliases = tuple(composed.get(each.id, ()))
        yield from _machine(site, each, each, template, None, extras, aliases)
    for each in graph.of(GROUP_OF_INSTANCES):
        yield from autoscaling(site, each)


def autoscaling(site: Site, each: Resource) -> Iterator[Interface]:
    """Give the interface of a group of instances, from what it launches."""
    reading = site.reading
    chosen = each.properties.get("LaunchTemplate")
    policy = reading.record(each, "MixedInstancesPolicy", "LaunchTemplate")
    mixed = policy.get("LaunchTemplateSpecification")
    template = _template(site, chosen or mixed, each)
    if "LaunchConfigurationName" in each.properties:
        name = reading.name(each.properties["LaunchConfigurationName"], each.id)
        template = site.graph.resources.get(name)
    if template is not None:
        subnets = each.properties.get("VPCZoneIdentifier")
        yield from _machine(site, each, template, template, subnets)


def _template(site: Site, value: Value, resource: Resource) -> Resource | None:
    found = site.reading.plain(value, resource.id)
    if not isinstance(found, dict):
        return None
    name = found.get("LaunchTemplateId") or found.get("LaunchTemplateName")
    return site.graph.resources.get(site.reading.name(name, resource.id))


def _settings(site: Site, holder: Resource | None) -> tuple[dict[str, Any], str]:
    """Give what an instance, launch template or configuration says, and the path before it."""
    if holder is None:
        return {}, ""
    if holder.type == TEMPLATE:
        return site.reading.record(holder, "LaunchTemplateData"), "LaunchTemplateData."
    return holder.properties, ""


def _cards(site: Site, resource: Resource, layers: Layers, more: list[Resource]) -> list[Card]:
    """Give an instance's network interfaces, the one with the lowest device index first."""
    reading = site.reading
    found: list[tuple[int, Card]] = []

    def add(place: Any, other: int, settings: dict[str, Any], home: Resource, path: str) -> None:
        number = reading.number(place, resource.id)
        named = reading.name(settings.get("NetworkInterfaceId", ""), resource.id)
        card = Card(settings, home, path)
        if there := site.graph.resources.get(named):
            card = Card({**settings, **there.properties}, there, "", there.id)
        found.append((other if number is None else number, card))

    for settings, home, path in layers:
        cards = reading.records(settings.get("NetworkInterfaces"), resource.id)
        for index, each in enumerate(cards):
            before = f"{path}NetworkInterfaces.{index}."
            add(each.get("DeviceIndex"), index, each, home, before)
        if found:
            break
    if not found:
        _, home, path = layers[0]
        found.append((0, Card({}, home, path)))
    for attachment in more:
        there = attachment.properties
        add(there.get("DeviceIndex"), len(found), dict(there), attachment, "")
    return [card for _, card in sorted(found, key=lambda each: each[0])]


def _machine(
    site: Site,
    resource: Resource,
    holder: Resource,
    template: Resource | None,
    subnets: Value,
    extras: Extras | None = None,
    aliases: tuple[str, ...] = (),
) -> Iterator[Interface]:
    """Give an instance's interfaces: what it says itself stands before what its template says."""
    own, path = _settings(site, holder)
    shared, shared_path = _settings(site, template)
    layers: Layers = [(own, holder, path)]
    if template is not None:
        layers.append((shared, template, shared_path))
    more = extras.attached.get(resource.id, []) if extras else []
    for index, card in enumerate(_cards(site, resource, layers, more)):
        elastic = extras.elastic.get(card.id) if extras and card.id else None
        if index == 0:
            elastic = elastic or (extras.elastic.get(resource.id) if extras else None)
            named = (*aliases, card.id) if card.id else aliases
            yield from _one(site, resource, card, layers, subnets, elastic, named)
        else:
            # What the instance itself says is of its first interface.
            for each in _one(site, resource, card, layers, subnets, elastic, (), first=False):
                yield replace(each, id=card.id or f"{resource.id}.{index}", beside=resource.id)


def _one(
    site: Site,
    resource: Resource,
    card: Card,
    layers: Layers,
    subnets: Value,
    elastic: Property | None,
    aliases: tuple[str, ...],
    first: bool = True,
) -> Iterator[Interface]:
    """Give one network interface of an instance."""
    settings, home = card.settings, card.home
    groups = settings.get("Groups") or settings.get("GroupSet")
    name = f"{card.where}Groups" if "Groups" in settings else f"{card.where}GroupSet"
    for there, holder, before in layers if first else ():
        for key in ("SecurityGroupIds", "SecurityGroups"):
            if not groups and there.get(key):
                groups, name, home = there[key], f"{before}{key}", holder
    written = [settings, *(there for there, _, _ in layers)] if first else [settings]
    subnet = next((each["SubnetId"] for each in written if each.get("SubnetId")), None)
    homes = subnets or ([subnet] if subnet else ["default VPC's subnets"])
    fixed = _fixed(site, written[:2], resource)
    public, closed = _public(site, resource, replace(card, home=home), homes, elastic, first)
    yield from site.interface(
        resource,
        "instances" if resource.type == GROUP_OF_INSTANCES else "instance",
        homes,
        groups,
        name,
        ports.ALL,
        public=public,
        closed=closed,
        addresses=fixed,
        aliases=aliases,
        owner=home,
        six=_six(site, written[:2], homes, resource),
    )


def _fixed(site: Site, written: list[dict[str, Any]], resource: Resource) -> tuple[Block, ...]:
    """Give the addresses that are written: one of IPv4, any number of IPv6's."""
    values = [e["PrivateIpAddress"] for e in written if e.get("PrivateIpAddress")][:1]
    for settings in written:
        several = site.reading.records(settings.get("Ipv6Addresses"), resource.id)
        values += [each.get("Ipv6Address") for each in several]
    blocks = [site.reading.block(each, resource.id) for each in values]
    return tuple(each for each in blocks if each is not None)


def _six(site: Site, written: list[dict[str, Any]], homes: Value, resource: Resource) -> bool:
    for settings in written:
        if settings.get("Ipv6AddressCount") or settings.get("Ipv6Addresses"):
            return True
    names = site.reading.names(homes, resource.id)
    return all(site.network.subnet(each).gives_six for each in names)


def _public(
    site: Site,
    resource: Resource,
    card: Card,
    homes: Value,
    elastic: Property | None,
    first: bool,
) -> tuple[Property | None, Property | None]:
    """Tell what gives an instance a public address, or keeps it from having one.

    A subnet gives one to a first interface alone, and to none that was there before:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html
    """
    if elastic is not None:
        return elastic, None
    own = card.home.properties.get("AssociatePublicIpAddress")
    asked = card.settings.get("AssociatePublicIpAddress", own)
    at = Property(card.home.id, f"{card.where}AssociatePublicIpAddress")
    said = site.reading.truth(asked, resource.id)
    if said is not None:
        return (at, None) if said else (None, at)
    for each in site.reading.names(homes, resource.id) if first and not card.id else ():
        subnet = site.network.subnet(each)
        if subnet.gives_public:
            return Property(subnet.id, "MapPublicIpOnLaunch"), None
    return None, Property(card.home.id) if card.id else at

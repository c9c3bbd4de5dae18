"""Interfaces of instances, alone or in a group that scales: from their launch templates, too.

Takes a graph's instances, groups, launch templates and configurations, network interfaces
and elastic addresses; gives interfaces. What listens on an instance is not known.
"""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.annotations import Composed
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.interfaces import Interface, Site
from seatrial.reach.rules import Property

GROUP_OF_INSTANCES = "AWS::AutoScaling::AutoScalingGroup"
TEMPLATE = "AWS::EC2::LaunchTemplate"


def instances(site: Site) -> Iterator[Interface]:
    """Give the interfaces of instances, and of groups of them."""
    reading, graph = site.reading, site.graph
    composed: dict[str, list[str]] = {}
    for note in graph.annotated(Composed):
        composed.setdefault(note.machine, []).append(note.program)
    elastic: dict[str, Property] = {}
    for each in graph.of("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"):
        for name in ("InstanceId", "NetworkInterfaceId"):
            if name in each.properties:
                elastic[reading.name(each.properties[name], each.id)] = Property(each.id, name)
    for each in graph.of("AWS::EC2::Instance"):
        template = _template(site, each.properties.get("LaunchTemplate"), each)
        aliases = tuple(composed.get(each.id, ()))
        yield from _machine(site, each, each, template, None, elastic.get(each.id), aliases)
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


def _machine(
    site: Site,
    resource: Resource,
    holder: Resource,
    template: Resource | None,
    subnets: Value,
    elastic: Property | None = None,
    aliases: tuple[str, ...] = (),
) -> Iterator[Interface]:
    """Give an instance's interface: what it says itself stands before what its template says."""
    reading = site.reading
    own, path = _settings(site, holder)
    shared, shared_path = _settings(site, template)
    card: dict[str, Any] = {}
    home, where = holder, path
    for settings, there, before in ((own, holder, path), (shared, template, shared_path)):
        cards = reading.records(settings.get("NetworkInterfaces"), resource.id)
        if cards and isinstance(cards[0], dict) and there is not None:
            card, home, where = cards[0], there, f"{before}NetworkInterfaces.0."
            break
    named = reading.name(card.get("NetworkInterfaceId", ""), resource.id)
    attached = site.graph.resources.get(named)
    if attached is not None:
        card, home, where = {**card, **attached.properties}, attached, ""
        elastic = elastic or _elastic(site, attached)
    groups = card.get("Groups") or card.get("GroupSet")
    name = f"{where}Groups" if "Groups" in card else f"{where}GroupSet"
    for settings, there, before in ((own, holder, path), (shared, template, shared_path)):
        for key in ("SecurityGroupIds", "SecurityGroups"):
            if not groups and settings.get(key) and there is not None:
                groups, name, home = settings[key], f"{before}{key}", there
    subnet = card.get("SubnetId") or own.get("SubnetId") or shared.get("SubnetId")
    homes = subnets or ([subnet] if subnet else ["default VPC's subnets"])
    private = card.get("PrivateIpAddress") or own.get("PrivateIpAddress")
    fixed = reading.block(private, resource.id) if private else None
    public, closed = _public(site, resource, home, card, where, homes, elastic)
    yield from site.interface(
        resource,
        "instances" if resource.type == GROUP_OF_INSTANCES else "instance",
        homes,
        groups,
        name,
        ports.ALL,
        public=public,
        closed=closed,
        addresses=(fixed,) if fixed else (),
        aliases=aliases,
        owner=home,
        six=_six(site, own, card, homes, resource),
    )


def _six(
    site: Site, own: dict[str, Any], card: dict[str, Any], homes: Value, resource: Resource
) -> bool:
    for settings in (own, card):
        if settings.get("Ipv6AddressCount") or settings.get("Ipv6Addresses"):
            return True
    names = site.reading.names(homes, resource.id)
    return all(site.network.subnet(each).gives_six for each in names)


def _elastic(site: Site, attached: Resource) -> Property | None:
    for each in site.graph.of("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"):
        given = each.properties.get("NetworkInterfaceId")
        if given is not None and site.reading.name(given, each.id) == attached.id:
            return Property(each.id, "NetworkInterfaceId")
    return None


def _public(
    site: Site,
    resource: Resource,
    home: Resource,
    card: dict[str, Any],
    where: str,
    homes: Value,
    elastic: Property | None,
) -> tuple[Property | None, Property | None]:
    """Tell what gives an instance a public address, or keeps it from having one."""
    if elastic is not None:
        return elastic, None
    asked = card.get("AssociatePublicIpAddress", home.properties.get("AssociatePublicIpAddress"))
    at = Property(home.id, f"{where}AssociatePublicIpAddress")
    said = site.reading.truth(asked, resource.id)
    if said is not None:
        return (at, None) if said else (None, at)
    for each in site.reading.names(homes, resource.id):
        subnet = site.network.subnet(each)
        if subnet.gives_public:
            return Property(subnet.id, "MapPublicIpOnLaunch"), None
    return None, at

"""What EC2 refuses of a network."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from seatrial.graph.check.balancing import BALANCER, SUBNET
from seatrial.graph.check.rule import Found, inside, integer, items, rule, text
from seatrial.graph.check.view import View, route_key
from seatrial.graph.graph import Resource

GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/"
API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
DEPENDS_ON = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-attribute-dependson.html"
)
VPC = "AWS::EC2::VPC"
ROUTE = "AWS::EC2::Route"
EIP = "AWS::EC2::EIP"
GATEWAY = "AWS::EC2::InternetGateway"
ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
MORE_RANGES = "AWS::EC2::VPCCidrBlock"
ACL_ENTRY = "AWS::EC2::NetworkAclEntry"
PORTED = ("tcp", "udp", "6", "17")


def network_of(resource: Resource) -> IPv4Network | None:
    """Give a VPC's or subnet's addresses, None where they are no literal."""
    try:
        return IPv4Network(text(resource.properties.get("CidrBlock")), strict=False)
    except ValueError:
        return None


@rule("network-size", VPC, SUBNET, source=GUIDE + "vpc-cidr-blocks.html")
def network_size(resource: Resource, _: View) -> Found:
    """Refuse a VPC or subnet with fewer than 16 or more than 65,536 addresses."""
    network = network_of(resource)
    if network is not None and not 16 <= network.prefixlen <= 28:
        problem = f"is {network}, with {network.num_addresses:,} addresses"
        yield "CidrBlock", problem, "AWS takes /16 to /28."


@rule("subnet-range", VPC, source=GUIDE + "subnet-sizing.html")
def subnet_range(vpc: Resource, view: View) -> Found:
    """Refuse subnets outside of their VPC, and such that overlap."""
    whole = network_of(vpc)
    last: tuple[IPv4Network, str] | None = None
    subnets = view.subnets_of.get(vpc.id, ())
    placed = [(network, each.id) for each in subnets if (network := network_of(each))]
    # A VPC may have further ranges; they are not looked into.
    more = any(view.named(e.properties.get("VpcId"), VPC) is vpc for e in view.of(MORE_RANGES))
    for network, id in sorted(placed):
        if whole is not None and not more and not network.subnet_of(whole):
            problem = f"is {whole}; subnet {id} with {network} is outside"
            yield "CidrBlock", problem, "Give the subnet addresses of its VPC."
        elif last is not None and network.overlaps(last[0]):
            problem = f"has subnets that overlap: {last[1]} with {last[0]}, {id} with {network}"
            yield "", problem, "Give each subnet its own addresses."
            return
        if last is None or network.broadcast_address > last[0].broadcast_address:
            last = network, id


@rule("gateway-attached", ROUTE, EIP, BALANCER, source=DEPENDS_ON)
def gateway_attached(resource: Resource, view: View) -> Found:
    """Refuse the use of an internet gateway before it is attached."""
    if resource.type == ROUTE:
        gateway = view.named(resource.properties.get("GatewayId"), GATEWAY)
        if gateway is None:
            return
        attachments = view.attached.get(gateway.id, [])
        if not attachments:
            problem = f"names {gateway.id}, which is attached to no VPC"
            yield "GatewayId", problem, f"Add an {ATTACHMENT}."
            return
        why = "a route to a gateway that is not attached yet fails"
    else:
        if resource.type == BALANCER and resource.properties.get("Scheme") == "internal":
            return
        attachments = [id for ids in view.attached.values() for id in ids]
        why = "it needs a VPC that has its internet gateway"
    if attachments and not view.comes_after(resource, attachments):
        yield "DependsOn", f"lacks {attachments[0]}", f"Add it: {why}."


@rule("route-destination", ROUTE, source=API + "API_CreateRoute.html")
def route_destination(route: Resource, view: View) -> Found:
    """Refuse two routes of one table to one destination."""
    first = view.routes.get(route_key(route))
    if first is not None and first is not route:
        problem = f"goes where {first.id} goes in the same route table"
        yield "DestinationCidrBlock", problem, "A table has one route to each destination."


def port_rules(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Give a resource's security-group rules with the beginning of their paths."""
    if resource.type != GROUP:
        yield "", resource.properties
    for name in ("SecurityGroupIngress", "SecurityGroupEgress") if resource.type == GROUP else ():
        for index, each in enumerate(items(resource.properties.get(name))):
            yield f"{name}[{index}].", each


@rule("port-order", GROUP, INGRESS, EGRESS, ACL_ENTRY, source=API + "API_IpPermission.html")
def port_order(resource: Resource, _: View) -> Found:
    """Refuse a range of ports that begins with the higher one."""
    if resource.type == ACL_ENTRY:
        first, last = (integer(inside(resource.properties, "PortRange", n)) for n in ("From", "To"))
        if first is not None and last is not None and first > last:
            yield "PortRange", f"goes from {first} to {last}", "Begin with the lower port."
        return
    for path, each in port_rules(resource):
        if str(inside(each, "IpProtocol")).lower() not in PORTED:
            continue
        first, last = integer(inside(each, "FromPort")), integer(inside(each, "ToPort"))
        if first is not None and last is not None and first > last:
            yield f"{path}FromPort", f"is {first}, ToPort {last}", "Begin with the lower port."
        for name, port in (("FromPort", first), ("ToPort", last)):
            if port is not None and not 0 <= port <= 65535:
                yield f"{path}{name}", f"is {port}", "Ports go from 0 to 65535."

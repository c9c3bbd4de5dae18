"""The network as rules look at it: security groups, ways out, network ACLs.

Takes the indexed graph; gives facts that stand in properties. Whether one end reaches
another it never says: that is `reaches`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal

from seatrial.graph import Resource
from seatrial.graph.check.view import View
from seatrial.policy.read import at, is_true, maps, number, written

GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
SUBNET = "AWS::EC2::Subnet"
EVERYONE = ("0.0.0.0/0", "::/0")
SUBNET_GROUPS = (
    "AWS::RDS::DBSubnetGroup",
    "AWS::DocDB::DBSubnetGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Neptune::DBSubnetGroup",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::MemoryDB::SubnetGroup",
)
WAYS = {
    "GatewayId": "internet gateway",
    "NatGatewayId": "NAT gateway",
    "EgressOnlyInternetGatewayId": "egress-only gateway",
    "TransitGatewayId": "transit gateway",
    "InstanceId": "instance",
    "NetworkInterfaceId": "network interface",
    "VpcPeeringConnectionId": "peering",
    "VpcEndpointId": "endpoint",
    "LocalGatewayId": "local gateway",
    "CarrierGatewayId": "carrier gateway",
    "CoreNetworkArn": "core network",
}
"""Where a route may lead -> its name."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule of a security group.

    `resource` and `path` say where it stands. `peer` is the id of a group of this graph, a
    network in CIDR form, or the text of whatever else was named. Ports are 0 to 65535 where
    all are meant; `protocol` is `tcp`, `udp`, `icmp`, another number, or `-1` for all.
    """

    group: str
    resource: str
    path: str
    direction: Literal["in", "out"]
    protocol: str
    low: int
    high: int
    peer: str
    kind: Literal["group", "network", "other"]

    @property
    def by_everyone(self) -> bool:
        """Tell whether the whole internet is meant."""
        return self.peer in EVERYONE

    def covers(self, port: int) -> bool:
        """Tell whether TCP on a port is meant."""
        return self.protocol in ("tcp", "6", "-1") and self.low <= port <= self.high

    @property
    def ports(self) -> str:
        """Give the ports in words."""
        if self.protocol == "-1":
            return "every port"
        if (self.low, self.high) == (0, 65535):
            return f"every {self.protocol} port"
        return f"port {self.low}" if self.low == self.high else f"ports {self.low} to {self.high}"


class Network:
    """The network of one graph, indexed as it is asked for."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def openings(self) -> list[Opening]:
        """Give every rule of every security group of the graph."""
        return [*self._openings()]

    @cached_property
    def into(self) -> dict[str, list[Opening]]:
        """Give what lets traffic into each group."""
        found: dict[str, list[Opening]] = {}
        for each in self.openings:
            if each.direction == "in":
                found.setdefault(each.group, []).append(each)
        return found

    def _openings(self) -> Iterator[Opening]:
        for group in self.view.of(GROUP):
            for name, direction in (("SecurityGroupIngress", "in"), ("SecurityGroupEgress", "out")):
                for index, each in enumerate(maps(group.properties.get(name))):
                    yield self._opening(group.id, group.id, f"{name}.{index}.", direction, each)
        for type_, direction in ((INGRESS, "in"), (EGRESS, "out")):
            for resource in self.view.of(type_):
                owner = self.view.named(resource.properties.get("GroupId"), GROUP)
                if owner is not None:
                    yield self._opening(owner.id, resource.id, "", direction, resource.properties)

    def _opening(
        self, group: str, resource: str, path: str, direction: Any, rule: dict[str, Any]
    ) -> Opening:
        protocol = str(rule.get("IpProtocol", "-1")).lower()
        low, high = number(rule.get("FromPort")), number(rule.get("ToPort"))
        if protocol == "-1" or low is None or high is None or low < 0:
            low, high = 0, 65535
        side = "Source" if direction == "in" else "Destination"
        names = ("CidrIp", "CidrIpv6", f"{side}SecurityGroupId", "SourceSecurityGroupName")
        for name in (*names, f"{side}PrefixListId"):
            if (peer := rule.get(name)) is not None:
                break
        other = self.view.named(peer, GROUP)
        if other is not None:
            who, kind = other.id, "group"
        else:
            who, kind = written(peer), "network" if name.startswith("Cidr") else "other"
        at_ = path + name if peer is not None else path.rstrip(".")
        return Opening(
            group,
            resource,
            at_,
            direction,
            protocol,
            int(low),
            int(high),
            who,
            kind,  # type: ignore[arg-type]  # one of three, above
        )

    @cached_property
    def holders(self) -> dict[str, list[Resource]]:
        """Give the resources that hold each security group."""
        found: dict[str, list[Resource]] = {}
        apart = {GROUP, INGRESS, EGRESS}
        for id, wanted in self.view.needs.items():
            resource = self.view.graph.resources[id]
            if resource.type in apart:
                continue
            for other in wanted:
                if self.view.graph.resources[other].type == GROUP:
                    found.setdefault(other, []).append(resource)
        return found

    def groups(self, resource: Resource) -> list[Resource]:
        """Give the security groups that a resource holds."""
        return self.view.used(resource, GROUP)

    def subnets(self, resource: Resource) -> list[Resource]:
        """Give the subnets that a resource lies in, also through its subnet group."""
        found = self.view.used(resource, SUBNET)
        for group in self.view.used(resource, *SUBNET_GROUPS):
            found += self.view.used(group, SUBNET)
        return [*{each.id: each for each in found}.values()]

    @cached_property
    def _table_of(self) -> dict[str, str]:
        """Give the route table of each subnet that is associated with one."""
        found = {}
        for each in self.view.of("AWS::EC2::SubnetRouteTableAssociation"):
            subnet = self.view.named(each.properties.get("SubnetId"), SUBNET)
            table = self.view.named(each.properties.get("RouteTableId"), "AWS::EC2::RouteTable")
            if subnet and table:
                found[subnet.id] = table.id
        return found

    @cached_property
    def _default_routes(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for route in self.view.of("AWS::EC2::Route"):
            table = self.view.named(route.properties.get("RouteTableId"), "AWS::EC2::RouteTable")
            if table and route.properties.get("DestinationCidrBlock") in EVERYONE:
                found.setdefault(table.id, []).append(route)
        return found

    def table(self, subnet: Resource) -> str:
        """Give the id of a subnet's route table; "" where the graph associates none."""
        return self._table_of.get(subnet.id, "")

    def default_route(self, subnet: Resource) -> Resource | None:
        """Give the route that a subnet's packets to the internet take."""
        routes = self._default_routes.get(self.table(subnet), [])
        return routes[0] if routes else None

    def way_out(self, subnet: Resource) -> str:
        """Name where a subnet's default route leads; "" where there is none, or none is known."""
        route = self.default_route(subnet)
        for name, way in WAYS.items():
            if route is None or (target := route.properties.get(name)) is None:
                continue
            gateway = self.view.named(target, "AWS::EC2::VPNGateway")
            return "VPN gateway" if gateway else way
        return ""

    @cached_property
    def _acl_of(self) -> dict[str, str]:
        found = {}
        for each in self.view.of("AWS::EC2::SubnetNetworkAclAssociation"):
            subnet = self.view.named(each.properties.get("SubnetId"), SUBNET)
            acl = self.view.named(each.properties.get("NetworkAclId"), "AWS::EC2::NetworkAcl")
            if subnet and acl:
                found[subnet.id] = acl.id
        return found

    @cached_property
    def _entries(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for entry in self.view.of("AWS::EC2::NetworkAclEntry"):
            acl = self.view.named(entry.properties.get("NetworkAclId"), "AWS::EC2::NetworkAcl")
            if acl:
                found.setdefault(acl.id, []).append(entry)
        for entries in found.values():
            entries.sort(key=lambda each: number(each.properties.get("RuleNumber")) or 0)
        return found

    def acl(self, subnet: Resource) -> str:
        """Give the id of a subnet's own network ACL; "" for the VPC's default, which is open."""
        return self._acl_of.get(subnet.id, "")

    def refused(self, acl: str, direction: str, network: str, low: int, high: int) -> int | None:
        """Give the first TCP port of a range that an ACL refuses a network; None for none.

        An entry that speaks of a part of the network alone is taken to allow and to deny
        nothing: half of a network is neither.
        """
        open_: list[tuple[int, int]] = [(low, high)]
        for entry in self._entries.get(acl, ()):
            rule = entry.properties
            if is_true(rule.get("Egress")) != (direction == "out"):
                continue
            if str(rule.get("Protocol")) not in ("-1", "6"):
                continue
            if not covers(rule.get("CidrBlock"), network):
                continue
            ports = at(rule, "PortRange") if str(rule.get("Protocol")) == "6" else None
            first = number(at(ports, "From")) if ports else 0
            last = number(at(ports, "To")) if ports else 65535
            if first is None or last is None:
                return None
            if str(rule.get("RuleAction")).lower() == "deny":
                hit = [max(first, a) for a, b in open_ if first <= b and a <= last]
                if hit:
                    return int(min(hit))
            open_ = [
                piece
                for a, b in open_
                for piece in ((a, min(b, int(first) - 1)), (max(a, int(last) + 1), b))
                if piece[0] <= piece[1]
            ]
            if not open_:
                return None
        return open_[0][0]


def covers(wide: Any, narrow: str) -> bool:
    """Tell whether one network holds another; what is no network holds nothing."""
    outer, inner = network(wide), network(narrow)
    if outer is None or inner is None or outer.version != inner.version:
        return False
    return inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version, as said above


def network(text: Any) -> IPv4Network | IPv6Network | None:
    """Read a network in CIDR form; None where it is none."""
    return _read(text) if isinstance(text, str) else None


@cache
def _read(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None

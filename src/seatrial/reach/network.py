"""The network of a graph: VPCs, subnets, route tables, gateways, and how a packet is routed.

Takes a graph; gives each subnet with its addresses, its network ACL and its routes, as
AWS would have them: the main route table and the default ACL where nothing is
associated. A subnet that is only named, by a parameter, is taken to lead everywhere, and
that is noted.
"""

from dataclasses import dataclass, field

from seatrial.graph import Graph, Resource
from seatrial.reach.addresses import Address, Block, internet, known
from seatrial.reach.rules import Property, Rulebook, covers
from seatrial.reach.values import UNKNOWN, Reading

DEFAULT_VPC = "default VPC"
LOCAL, GATEWAY, NAT, OUT_ONLY, ENDPOINT, OTHER = (
    "local",
    "internet gateway",
    "NAT gateway",
    "egress-only internet gateway",
    "gateway endpoint",
    "other",
)
# Where a route leads to, by the property that says so.
TARGETS = {
    "GatewayId": GATEWAY,
    "NatGatewayId": NAT,
    "EgressOnlyInternetGatewayId": OUT_ONLY,
    "VpcPeeringConnectionId": OTHER,
    "TransitGatewayId": OTHER,
    "InstanceId": OTHER,
    "NetworkInterfaceId": OTHER,
    "VpcEndpointId": OTHER,
    "CarrierGatewayId": OTHER,
    "LocalGatewayId": OTHER,
    "CoreNetworkArn": OTHER,
}


@dataclass(frozen=True, slots=True)
class Route:
    """One route: where packets to a block, or to a prefix list's addresses, are sent."""

    kind: str
    target: str
    at: Property
    block: Block | None = None
    list: str = ""
    listed: bool = False
    """Whether its block is of a prefix list, which stands back behind a block of its own."""


@dataclass(slots=True)
class Table:
    """A route table."""

    id: str
    routes: list[Route] = field(default_factory=list)


@dataclass(slots=True)
class Vpc:
    """A VPC: its blocks, and the internet gateway that is attached to it."""

    id: str
    blocks: list[Block] = field(default_factory=list)
    gateway: str = ""
    attachment: Property | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet: its usable addresses, its route table and its network ACL."""

    id: str
    vpc: str
    blocks: tuple[Block, ...]
    table: str
    acl: str
    gives_public: bool = False
    gives_six: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Nat:
    """A NAT gateway: where it is, and whether it has a public address."""

    id: str
    subnet: str
    public: bool


class Network:
    """One graph's network."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.reading = Reading(graph)
        self.rules = Rulebook(graph, self.reading)
        self.vpcs: dict[str, Vpc] = {}
        self.tables: dict[str, Table] = {}
        self.subnets: dict[str, Subnet] = {}
        self.nats: dict[str, Nat] = {}
        self._found: dict[tuple[str, Address], Route | None] = {}
        for each in graph.of("AWS::EC2::VPC"):
            self._vpc(each)
        self._attachments()
        for each in graph.of("AWS::EC2::RouteTable"):
            self.tables[each.id] = Table(each.id)
        for each in graph.of("AWS::EC2::Route"):
            self._route(each)
        self._endpoints()
        self._subnets()
        for each in graph.of("AWS::EC2::NatGateway"):
            kind = self.reading.get(each, "ConnectivityType", default="public")
            home = self.subnet(self.reading.name(each.properties.get("SubnetId"), each.id))
            self.nats[each.id] = Nat(each.id, home.id, kind != "private")
        own = [block for vpc in self.vpcs.values() for block in vpc.blocks]
        self.outside = internet(own)
        """The addresses of the internet."""

    def vpc(self, id: str) -> Vpc:
        """Give a VPC; one that is only named has an internet gateway, as a default VPC does."""
        if id not in self.vpcs:
            self.vpcs[id] = Vpc(id, known=False, gateway=id, attachment=Property(id))
            if id != UNKNOWN:
                self.reading.assume(id, f"VPC {id} is not in this template")
        return self.vpcs[id]

    def subnet(self, id: str, vpc: str = "") -> Subnet:
        """Give a subnet; one that is only named leads everywhere."""
        if id not in self.subnets:
            alone = next(iter(self.vpcs)) if len(self.vpcs) == 1 else UNKNOWN
            said = f"subnet {id} is not in this template: it is taken to lead to the internet"
            self.reading.assume(id, f"{said}, with the default network ACL")
            self.subnets[id] = Subnet(id, vpc or alone, (), "", f"{id}.acl", True, known=False)
        return self.subnets[id]

    def together(self, one: Subnet, other: Subnet) -> bool:
        """Tell whether two subnets are in one VPC; what nobody knows is taken to be."""
        if UNKNOWN in (one.vpc, other.vpc):
            return True
        return one.vpc == other.vpc or not (one.known and other.known)

    def route(self, subnet: Subnet, to: Address) -> Route | None:
        """Give the route that a packet takes: the longest prefix wins, and local ones first."""
        key = (subnet.table or subnet.id, to)
        if key not in self._found:
            self._found[key] = self._lookup(subnet, to)
        return self._found[key]

    def _lookup(self, subnet: Subnet, to: Address) -> Route | None:
        if not subnet.known:
            kind = LOCAL if to.private else GATEWAY
            return Route(kind, subnet.vpc, Property(subnet.id))
        vpc = self.vpc(subnet.vpc)
        local = Route(LOCAL, vpc.id, Property(vpc.id, "CidrBlock"))
        if not vpc.known and subnet.table not in self.tables:
            return local if to.private else Route(GATEWAY, vpc.id, Property(vpc.id))
        found = [(each.size, 0, local) for each in vpc.blocks if covers(each, to)]
        if to.private and (to.number is None or not vpc.blocks):
            found.append((1 << 128, 0, local))
        for route in self.tables.get(subnet.table, Table("")).routes:
            if route.block is not None and covers(route.block, to):
                # https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
                found.append((route.block.size, 2 if route.listed else 1, route))
            elif route.list and route.list in to.lists:
                # https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
                found.append((0, 1, route))
        return min(found, key=_rank)[2] if found else None

    def attached(self, route: Route, subnet: Subnet) -> bool:
        """Tell whether the internet gateway that a route names is attached to the subnet's VPC."""
        if not subnet.known or route.target not in self.graph.resources:
            return True
        return self.vpc(subnet.vpc).gateway == route.target

    def _vpc(self, resource: Resource) -> None:
        vpc = Vpc(resource.id)
        self.vpcs[resource.id] = vpc
        block = self.reading.block(resource.properties.get("CidrBlock"), resource.id)
        if block is not None:
            vpc.blocks.append(block)
        else:
            self.reading.assume(resource.id, "CidrBlock is not known")
        for each in self.graph.of("AWS::EC2::VPCCidrBlock"):
            if self.reading.name(each.properties.get("VpcId"), each.id) != resource.id:
                continue
            if self.reading.truth(each.properties.get("AmazonProvidedIpv6CidrBlock"), each.id):
                vpc.blocks.append(known(self.reading.vpc6(resource.id)))
            for name in ("CidrBlock", "Ipv6CidrBlock"):
                more = self.reading.block(each.properties.get(name), each.id)
                if more is not None:
                    vpc.blocks.append(more)

    def _attachments(self) -> None:
        name = self.reading.name
        for each in self.graph.of("AWS::EC2::VPCGatewayAttachment"):
            if "InternetGatewayId" in each.properties:
                vpc = self.vpc(name(each.properties.get("VpcId"), each.id))
                vpc.gateway = name(each.properties["InternetGatewayId"], each.id)
                vpc.attachment = Property(each.id, "InternetGatewayId")

    def _route(self, resource: Resource) -> None:
        reading, id, properties = self.reading, resource.id, resource.properties
        table = self.tables.setdefault(
            name := reading.name(properties.get("RouteTableId"), id), Table(name)
        )
        property_ = next((each for each in TARGETS if properties.get(each) is not None), "")
        if not property_:
            return
        kind, target = TARGETS[property_], reading.name(properties[property_], id)
        there = self.graph.resources.get(target)
        if property_ == "GatewayId":
            if target == LOCAL:
                kind = LOCAL
            elif there is not None and there.type != "AWS::EC2::InternetGateway":
                kind = OTHER
            elif there is None:
                reading.assume(id, f"gateway {target} is taken to be an internet gateway")
        at = Property(id, property_)
        for destination in ("DestinationCidrBlock", "DestinationIpv6CidrBlock"):
            if destination in properties:
                block = reading.block(properties[destination], id)
                if block is None:
                    reading.assume(id, f"{destination} is not known: the route is left out")
                else:
                    table.routes.append(Route(kind, target, at, block))
        if "DestinationPrefixListId" in properties:
            value = properties["DestinationPrefixListId"]
            for block in self.rules.listed(value, id):
                table.routes.append(Route(kind, target, at, block, listed=True))
            label = self.rules.label(value, id)
            if label:
                table.routes.append(Route(kind, target, at, list=label))

    def _endpoints(self) -> None:
        """Add the routes to gateway endpoints, which AWS writes into the tables that they name."""
        for each in self.graph.of("AWS::EC2::VPCEndpoint"):
            if self.reading.get(each, "VpcEndpointType", default="Gateway") != "Gateway":
                continue
            label = service(self.reading, each)
            tables = self.reading.names(each.properties.get("RouteTableIds"), each.id)
            for table in tables:
                home = self.tables.setdefault(table, Table(table))
                at = Property(each.id, "RouteTableIds")
                home.routes.append(Route(ENDPOINT, each.id, at, list=label))

    def _subnets(self) -> None:
        tables, acls = {}, {}
        name = self.reading.name
        for each in self.graph.of("AWS::EC2::SubnetRouteTableAssociation"):
            tables[name(each.properties.get("SubnetId"), each.id)] = name(
                each.properties.get("RouteTableId"), each.id
            )
        for each in self.graph.of("AWS::EC2::SubnetNetworkAclAssociation"):
            acls[name(each.properties.get("SubnetId"), each.id)] = name(
                each.properties.get("NetworkAclId"), each.id
            )
        for each in self.graph.of("AWS::EC2::Subnet"):
            vpc = self.vpc(name(each.properties.get("VpcId", DEFAULT_VPC), each.id))
            blocks = []
            for property_ in ("CidrBlock", "Ipv6CidrBlock"):
                if property_ not in each.properties:
                    continue
                block = self.reading.block(each.properties[property_], each.id)
                if block is None:
                    self.reading.assume(each.id, f"{property_} is not known")
                else:
                    blocks.append(usable(block))
            self.subnets[each.id] = Subnet(
                each.id,
                vpc.id,
                tuple(blocks),
                tables.get(each.id, f"{vpc.id}.main"),
                acls.get(each.id, f"{vpc.id}.DefaultNetworkAcl"),
                self.reading.truth(each.properties.get("MapPublicIpOnLaunch"), each.id) or False,
                self.reading.truth(each.properties.get("AssignIpv6AddressOnCreation"), each.id)
                or False,
            )


def service(reading: Reading, endpoint: Resource) -> str:
    """Give the short name of the service behind an endpoint: `s3`, `ecr.api`."""
    full = str(reading.plain(endpoint.properties.get("ServiceName"), endpoint.id))
    words = full.split(".")
    return ".".join(words[3:]) if len(words) > 3 else full


def usable(block: Block) -> Block:
    """Leave out the first four addresses and the last, which AWS keeps for itself.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    if block.size < 16:
        return block
    return Block(block.family, block.low + 4, block.high - 1)


def _rank(each: tuple[int, int, Route]) -> tuple[int, int]:
    return each[:2]

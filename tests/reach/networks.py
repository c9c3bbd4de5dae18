"""Small random networks: plain data to walk through packet by packet, and the same as a graph.

A network follows from its seed alone. Addresses are IPv4 and written as numbers; a range
is (low, high). Nothing of `seatrial.reach` is used here.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network
from random import Random

from seatrial.graph import Graph, Resource
from seatrial.graph.values import GetAtt, Ref

ALL = (0, 0xFFFFFFFF)
VPC = "10.0.0.0/24"
CIDRS = (
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/24",
    "10.0.0.0/24",
    "10.0.0.0/28",
    "10.0.0.16/28",
    "10.0.0.0/27",
    "10.0.0.4/30",
    "10.0.0.8/29",
    "10.0.0.21/32",
    "10.0.0.5/32",
    "198.51.100.0/24",
    "203.0.113.0/25",
    "203.0.113.0/24",
)
# (protocol, first port, last port) as a rule has them.
RANGES = (
    ("-1", 0, 65535),
    ("-1", 0, 65535),
    ("tcp", 22, 22),
    ("tcp", 80, 80),
    ("tcp", 80, 443),
    ("tcp", 443, 443),
    ("tcp", 5432, 5432),
    ("tcp", 8000, 8000),
    ("udp", 53, 53),
    ("tcp", 0, 65535),
    ("tcp", 0, 1023),
    ("tcp", 1024, 65535),
    ("tcp", 32768, 61000),
    ("tcp", 61001, 65535),
    ("udp", 1024, 65535),
)
NUMBERS = {"-1": -1, "tcp": 6, "udp": 17}


def span(cidr: str) -> tuple[int, int]:
    """Give a block's first and last address."""
    network = ip_network(cidr)
    return int(network.network_address), int(network.broadcast_address)


@dataclass
class Rule:
    """A security group's rule; `group` or `cidr` is the other end."""

    protocol: str
    low: int
    high: int
    cidr: str = ""
    group: int = -1


@dataclass
class Entry:
    """A network ACL's entry."""

    number: int
    allow: bool
    protocol: str
    low: int
    high: int
    cidr: str


@dataclass
class Subnet:
    """A /28: its routes (`None`: the main table), and its ACL (`None`: the default one)."""

    cidr: str
    routes: list[tuple[str, str]] | None
    inbound: list[Entry] | None
    outbound: list[Entry] | None


@dataclass
class Node:
    """Something with addresses: `fixed` is its own; else any of its subnets'."""

    name: str
    kind: str
    subnets: list[int]
    groups: list[int] | None
    listens: list[tuple[str, int]] | None
    fixed: str = ""
    public: bool = False
    clients: tuple[int, int] = (1024, 65535)


@dataclass
class Forward:
    """What a load balancer passes on: asked on a port, it asks a node on another."""

    by: str
    port: int
    target: str
    to: int
    keeps: bool


@dataclass
class Net:
    """One network."""

    seed: int
    attached: bool = True
    subnets: list[Subnet] = field(default_factory=list)
    nat: int = -1
    groups: list[tuple[list[Rule], list[Rule] | None]] = field(default_factory=list)
    main: list[tuple[str, str]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    forwards: list[Forward] = field(default_factory=list)


def network(seed: int) -> Net:
    """Make one network from a seed."""
    dice = Random(seed)
    net = Net(seed, attached=dice.random() < 0.9)
    count = dice.randint(2, 3)
    net.nat = dice.choice([-1, *range(count)])
    for index in range(count):
        own = dice.random() < 0.8
        acl = dice.random() < 0.5
        net.subnets.append(
            Subnet(
                f"10.0.0.{16 * index}/28",
                _routes(dice, net.nat) if own else None,
                _entries(dice) if acl else None,
                _entries(dice) if acl else None,
            )
        )
    net.main = []
    for _ in range(dice.randint(2, 4)):
        net.groups.append(([], None))
    for index in range(len(net.groups)):
        ingress = [_rule(dice, len(net.groups)) for _ in range(dice.randint(0, 4))]
        egress = None
        if dice.random() < 0.5:
            egress = [_rule(dice, len(net.groups)) for _ in range(dice.randint(1, 3))]
        net.groups[index] = (ingress, egress)
    for index in range(dice.randint(2, 4)):
        net.nodes.append(_node(dice, net, index))
    if dice.random() < 0.6:
        _balancer(dice, net)
    return net


def _groups(dice: Random, net: Net) -> list[int]:
    return dice.sample(range(len(net.groups)), dice.randint(1, min(2, len(net.groups))))


def _node(dice: Random, net: Net, index: int) -> Node:
    kind = dice.choice(["instance", "instance", "service", "database"])
    public = dice.random() < 0.5
    if kind == "instance":
        home = dice.randrange(len(net.subnets))
        fixed = f"10.0.0.{16 * home + dice.choice([4, 5, 6, 8, 9, 12, 14])}"
        return Node(f"Instance{index}", kind, [home], _groups(dice, net), None, fixed, public)
    homes = dice.sample(range(len(net.subnets)), dice.randint(1, 2))
    if kind == "database":
        listens = [("tcp", 5432)]
        return Node(f"Database{index}", kind, homes, _groups(dice, net), listens, "", public)
    listens = dice.sample([("tcp", 8000), ("tcp", 80), ("udp", 53)], dice.randint(1, 2))
    clients = (32768, 61000)
    name = f"Service{index}"
    return Node(name, kind, homes, _groups(dice, net), listens, "", public, clients)


def _balancer(dice: Random, net: Net) -> None:
    kind = dice.choice(["application", "application", "network"])
    groups = None if kind == "network" and dice.random() < 0.5 else _groups(dice, net)
    homes = dice.sample(range(len(net.subnets)), 2)
    port = dice.choice([80, 443])
    name = "Balancer"
    public = dice.random() < 0.6
    net.nodes.append(Node(name, kind, homes, groups, [("tcp", port)], "", public))
    for each in net.nodes:
        if each.kind == "instance" or (each.kind == "service" and ("tcp", 8000) in each.listens):
            keeps = kind == "network" and (each.kind == "instance" or dice.random() < 0.5)
            to = 8000 if each.kind == "service" else 80
            net.forwards.append(Forward(name, port, each.name, to, keeps))
            return


def _routes(dice: Random, nat: int) -> list[tuple[str, str]]:
    targets = ["igw", "igw", *(["nat", "nat"] if nat >= 0 else []), ""]
    found = [("0.0.0.0/0", dice.choice(targets))]
    if dice.random() < 0.3:
        found.append(("198.51.100.0/24", dice.choice(targets)))
    return [each for each in found if each[1]]


def _entries(dice: Random) -> list[Entry]:
    numbers = sorted(dice.sample(range(1, 100), dice.randint(1, 4)))
    found = []
    for number in numbers:
        protocol, low, high = dice.choice(RANGES)
        allow = dice.random() < 0.7
        found.append(Entry(number, allow, protocol, low, high, dice.choice(CIDRS)))
    if dice.random() < 0.6:
        found.append(Entry(200, True, "-1", 0, 65535, "0.0.0.0/0"))
    return found


def _rule(dice: Random, groups: int) -> Rule:
    protocol, low, high = dice.choice(RANGES)
    if dice.random() < 0.4:
        return Rule(protocol, low, high, group=dice.randrange(groups))
    return Rule(protocol, low, high, cidr=dice.choice(CIDRS))


def graph(net: Net) -> Graph:
    """Give a network as a graph of CloudFormation resources."""
    made = Graph("random", str(net.seed), "us-east-1")

    def add(id: str, type: str, **properties: object) -> None:  # noqa: A002
        made.add(
            Resource(id, f"AWS::{type}", {k: v for k, v in properties.items() if v is not None})
        )

    dice = Random(net.seed + 1)
    add("Vpc", "EC2::VPC", CidrBlock=VPC)
    add("Gateway", "EC2::InternetGateway")
    if net.attached:
        add("At", "EC2::VPCGatewayAttachment", VpcId=Ref("Vpc"), InternetGatewayId=Ref("Gateway"))
    for index, subnet in enumerate(net.subnets):
        add(f"Subnet{index}", "EC2::Subnet", VpcId=Ref("Vpc"), CidrBlock=subnet.cidr)
        here = Ref(f"Subnet{index}")
        if subnet.routes is not None:
            add(f"Table{index}", "EC2::RouteTable", VpcId=Ref("Vpc"))
            table = Ref(f"Table{index}")
            add(
                f"Table{index}Here",
                "EC2::SubnetRouteTableAssociation",
                SubnetId=here,
                RouteTableId=table,
            )
            for n, (cidr, target) in enumerate(subnet.routes):
                add(
                    f"Route{index}x{n}",
                    "EC2::Route",
                    RouteTableId=table,
                    DestinationCidrBlock=cidr,
                    GatewayId=Ref("Gateway") if target == "igw" else None,
                    NatGatewayId=Ref("Nat") if target == "nat" else None,
                )
        if subnet.inbound is not None and subnet.outbound is not None:
            add(f"Acl{index}", "EC2::NetworkAcl", VpcId=Ref("Vpc"))
            acl = Ref(f"Acl{index}")
            add(
                f"Acl{index}Here",
                "EC2::SubnetNetworkAclAssociation",
                SubnetId=here,
                NetworkAclId=acl,
            )
            for word, entries in (("In", subnet.inbound), ("Out", subnet.outbound)):
                for n, entry in enumerate(dice.sample(entries, len(entries))):
                    whole = entry.protocol == "-1"
                    add(
                        f"Acl{index}{word}{n}",
                        "EC2::NetworkAclEntry",
                        NetworkAclId=acl,
                        RuleNumber=entry.number,
                        Protocol=NUMBERS[entry.protocol],
                        RuleAction="allow" if entry.allow else "deny",
                        Egress=word == "Out",
                        CidrBlock=entry.cidr,
                        PortRange=None if whole else {"From": entry.low, "To": entry.high},
                    )
    if net.nat >= 0:
        add("NatAddress", "EC2::EIP", Domain="vpc")
        add(
            "Nat",
            "EC2::NatGateway",
            SubnetId=Ref(f"Subnet{net.nat}"),
            AllocationId=GetAtt("NatAddress", "AllocationId"),
        )
    for index, (ingress, egress) in enumerate(net.groups):
        inline = [each for each in ingress if dice.random() < 0.5]
        apart = [each for each in ingress if each not in inline]
        add(
            f"Group{index}",
            "EC2::SecurityGroup",
            GroupDescription="random",
            VpcId=Ref("Vpc"),
            SecurityGroupIngress=[_written(each, "Source") for each in inline] or None,
            SecurityGroupEgress=None
            if egress is None
            else [_written(each, "Destination") for each in egress],
        )
        for n, each in enumerate(apart):
            add(
                f"Group{index}In{n}",
                "EC2::SecurityGroupIngress",
                GroupId=GetAtt(f"Group{index}", "GroupId"),
                **_written(each, "Source"),
            )
    for node in net.nodes:
        _add(add, net, node)
    _listen(add, net)
    return made


def _written(rule: Rule, end: str) -> dict[str, object]:
    found: dict[str, object] = {"IpProtocol": rule.protocol}
    if rule.protocol != "-1":
        found |= {"FromPort": rule.low, "ToPort": rule.high}
    if rule.cidr:
        return found | {"CidrIp": rule.cidr}
    return found | {f"{end}SecurityGroupId": GetAtt(f"Group{rule.group}", "GroupId")}


def _add(add, net: Net, node: Node) -> None:
    subnets = [Ref(f"Subnet{each}") for each in node.subnets]
    groups = [GetAtt(f"Group{each}", "GroupId") for each in node.groups or ()]
    if node.kind == "instance":
        add(
            node.name,
            "EC2::Instance",
            NetworkInterfaces=[
                {
                    "DeviceIndex": "0",
                    "SubnetId": subnets[0],
                    "GroupSet": groups,
                    "PrivateIpAddress": node.fixed,
                    "AssociatePublicIpAddress": node.public,
                }
            ],
        )
    elif node.kind == "service":
        ports = [{"ContainerPort": p, "Protocol": w} for w, p in node.listens or ()]
        add(
            f"{node.name}Task",
            "ECS::TaskDefinition",
            NetworkMode="awsvpc",
            ContainerDefinitions=[{"Name": "app", "PortMappings": ports}],
        )
        balanced = [
            {"TargetGroupArn": Ref("Targets"), "ContainerPort": each.to, "ContainerName": "app"}
            for each in net.forwards
            if each.target == node.name
        ]
        add(
            node.name,
            "ECS::Service",
            TaskDefinition=Ref(f"{node.name}Task"),
            LoadBalancers=balanced or None,
            NetworkConfiguration={
                "AwsvpcConfiguration": {
                    "Subnets": subnets,
                    "SecurityGroups": groups,
                    "AssignPublicIp": "ENABLED" if node.public else "DISABLED",
                }
            },
        )
    elif node.kind == "database":
        add(f"{node.name}Subnets", "RDS::DBSubnetGroup", SubnetIds=subnets)
        add(
            node.name,
            "RDS::DBInstance",
            Engine="postgres",
            DBSubnetGroupName=Ref(f"{node.name}Subnets"),
            VPCSecurityGroups=groups,
            PubliclyAccessible=node.public,
        )
    else:
        add(
            node.name,
            "ElasticLoadBalancingV2::LoadBalancer",
            Type=node.kind,
            Scheme="internet-facing" if node.public else "internal",
            Subnets=subnets,
            SecurityGroups=groups or None,
        )


def _listen(add, net: Net) -> None:
    """Add the listener of the load balancer, and the target group behind it."""
    kinds = {each.name: each for each in net.nodes}
    balancer = kinds.get("Balancer")
    if balancer is None:
        return
    protocol = "TCP" if balancer.kind == "network" else "HTTP"
    action: dict[str, object] = {"Type": "fixed-response"}
    for each in net.forwards:
        target = kinds[each.target]
        alone = target.kind == "instance"
        keeps = {"Key": "preserve_client_ip.enabled", "Value": str(each.keeps).lower()}
        add(
            "Targets",
            "ElasticLoadBalancingV2::TargetGroup",
            VpcId=Ref("Vpc"),
            Protocol=protocol,
            Port=each.to,
            TargetType="instance" if alone else "ip",
            Targets=[{"Id": Ref(target.name), "Port": each.to}] if alone else None,
            TargetGroupAttributes=[keeps] if protocol == "TCP" else None,
        )
        action = {"Type": "forward", "TargetGroupArn": Ref("Targets")}
    ((_, port),) = balancer.listens
    add(
        "Listener",
        "ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=Ref("Balancer"),
        Port=port,
        Protocol=protocol,
        DefaultActions=[action],
    )

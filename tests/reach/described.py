"""A random network as a graph of CloudFormation resources.

What may be written in several ways is written in one or another, as the seed has it: rules in
a group or beside it, entries in any order, addresses by a subnet's default or a card's own.
"""

from collections.abc import Callable
from random import Random

from seatrial.graph import Graph, Resource
from seatrial.graph.values import REGION, GetAtt, Ref, join
from tests.reach.networks import Card, Net, Node, Targets
from tests.reach.traffic import LISTS, Rule

NUMBERS = {"-1": -1, "tcp": 6, "udp": 17}
APIS = {
    "s3": "S3::Bucket",
    "dynamodb": "DynamoDB::Table",
    "secretsmanager": "SecretsManager::Secret",
}
Add = Callable[..., None]


def graph(net: Net) -> Graph:
    """Give a network as a graph."""
    made = Graph("random", str(net.seed), "us-east-1")

    def add(id: str, type: str, **properties: object) -> None:  # noqa: A002 - AWS's own word
        given = {name: value for name, value in properties.items() if value is not None}
        made.add(Resource(id, f"AWS::{type}", given))

    dice = Random(net.seed + 1)
    for index, cidrs in enumerate(LISTS):
        entries = [{"Cidr": each} for each in cidrs]
        add(f"List{index}", "EC2::PrefixList", Entries=entries)
    for index, vpc in enumerate(net.vpcs):
        add(f"Vpc{index}", "EC2::VPC", CidrBlock=vpc.cidr)
        here = Ref(f"Vpc{index}")
        if vpc.six:
            add(f"Vpc{index}Six", "EC2::VPCCidrBlock", VpcId=here, Ipv6CidrBlock=vpc.six)
            add(f"Out{index}", "EC2::EgressOnlyInternetGateway", VpcId=here)
        add(f"Gateway{index}", "EC2::InternetGateway")
        add(f"Peer{index}", "EC2::VPCPeeringConnection", VpcId=here, PeerVpcId="vpc-1")
        if vpc.attached:
            both = {"VpcId": here, "InternetGatewayId": Ref(f"Gateway{index}")}
            add(f"At{index}", "EC2::VPCGatewayAttachment", **both)
    for index in range(len(net.subnets)):
        _subnet(add, net, index)
        _acl(add, net, index, dice)
    for index, nat in enumerate(net.nats):
        add(f"Nat{index}Address", "EC2::EIP", Domain="vpc")
        add(
            f"Nat{index}",
            "EC2::NatGateway",
            SubnetId=Ref(f"Subnet{nat.subnet}"),
            AllocationId=GetAtt(f"Nat{index}Address", "AllocationId") if nat.public else None,
            ConnectivityType=None if nat.public else "private",
        )
    for index in range(len(net.groups)):
        _group(add, net, index, dice)
    for node in net.nodes:
        _node(add, net, node, dice)
    for service in net.apis:
        add("Api", APIS[service])
        tables = [Ref(f"Table{n}") for n, each in enumerate(net.subnets) if each.endpoints]
        if tables:
            name = join("com.amazonaws.", REGION, f".{service}")
            add("Gate", "EC2::VPCEndpoint", ServiceName=name, RouteTableIds=tables)
    _listeners(add, net)
    return made


def _subnet(add: Add, net: Net, index: int) -> None:
    subnet = net.subnets[index]
    vpc = Ref(f"Vpc{subnet.vpc}")
    add(
        f"Subnet{index}",
        "EC2::Subnet",
        VpcId=vpc,
        CidrBlock=subnet.cidr,
        Ipv6CidrBlock=subnet.six or None,
        AssignIpv6AddressOnCreation=True if subnet.six else None,
        MapPublicIpOnLaunch=True if subnet.public else None,
    )
    if subnet.routes is None:
        return
    add(f"Table{index}", "EC2::RouteTable", VpcId=vpc)
    table = Ref(f"Table{index}")
    both = {"SubnetId": Ref(f"Subnet{index}"), "RouteTableId": table}
    add(f"Table{index}Here", "EC2::SubnetRouteTableAssociation", **both)
    for n, (to, target) in enumerate(subnet.routes):
        name = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
        where: object = to
        if to.startswith("list"):
            name, where = "DestinationPrefixListId", Ref(to.capitalize())
        way, there = {
            "igw": ("GatewayId", f"Gateway{subnet.vpc}"),
            "out": ("EgressOnlyInternetGatewayId", f"Out{subnet.vpc}"),
            "peer": ("VpcPeeringConnectionId", f"Peer{subnet.vpc}"),
        }.get(target, ("NatGatewayId", target.capitalize()))
        given = {name: where, way: Ref(there)}
        add(f"Route{index}x{n}", "EC2::Route", RouteTableId=table, **given)


def _acl(add: Add, net: Net, index: int, dice: Random) -> None:
    subnet = net.subnets[index]
    if subnet.inbound is None or subnet.outbound is None:
        return
    add(f"Acl{index}", "EC2::NetworkAcl", VpcId=Ref(f"Vpc{subnet.vpc}"))
    acl = Ref(f"Acl{index}")
    both = {"SubnetId": Ref(f"Subnet{index}"), "NetworkAclId": acl}
    add(f"Acl{index}Here", "EC2::SubnetNetworkAclAssociation", **both)
    for word, entries in (("In", subnet.inbound), ("Out", subnet.outbound)):
        for n, entry in enumerate(dice.sample(entries, len(entries))):
            whole = entry.protocol == "-1"
            name = "Ipv6CidrBlock" if ":" in entry.cidr else "CidrBlock"
            add(
                f"Acl{index}{word}{n}",
                "EC2::NetworkAclEntry",
                NetworkAclId=acl,
                RuleNumber=entry.number,
                Protocol=NUMBERS[entry.protocol],
                RuleAction="allow" if entry.allow else "deny",
                Egress=word == "Out",
                PortRange=None if whole else {"From": entry.low, "To": entry.high},
                **{name: entry.cidr},
            )


def _group(add: Add, net: Net, index: int, dice: Random) -> None:
    group = net.groups[index]
    if group.default:
        return
    inline = [each for each in group.ingress if dice.random() < 0.5]
    beside = [each for each in group.ingress if each not in inline]
    egress = group.egress
    add(
        f"Group{index}",
        "EC2::SecurityGroup",
        GroupDescription="random",
        VpcId=Ref(f"Vpc{group.vpc}"),
        SecurityGroupIngress=[_written(net, each, "Source") for each in inline] or None,
        SecurityGroupEgress=egress and [_written(net, each, "Destination") for each in egress],
    )
    own = GetAtt(f"Group{index}", "GroupId")
    for n, each in enumerate(beside):
        rule = _written(net, each, "Source")
        add(f"Group{index}In{n}", "EC2::SecurityGroupIngress", GroupId=own, **rule)
    for n, each in enumerate(group.apart):
        rule = _written(net, each, "Destination")
        add(f"Group{index}Out{n}", "EC2::SecurityGroupEgress", GroupId=own, **rule)


def _written(net: Net, rule: Rule, end: str) -> dict[str, object]:
    found: dict[str, object] = {"IpProtocol": rule.protocol}
    if rule.protocol != "-1":
        found |= {"FromPort": rule.low, "ToPort": rule.high}
    if rule.cidr:
        return found | {"CidrIpv6" if ":" in rule.cidr else "CidrIp": rule.cidr}
    if rule.list:
        here = rule.list.isdecimal()
        return found | {f"{end}PrefixListId": Ref(f"List{rule.list}") if here else "pl-s3"}
    return found | {f"{end}SecurityGroupId": _named(net, rule.group)}


def _named(net: Net, group: int) -> GetAtt:
    there = net.groups[group]
    if there.default:
        return GetAtt(f"Vpc{there.vpc}", "DefaultSecurityGroup")
    return GetAtt(f"Group{group}", "GroupId")


def _held(net: Net, card: Card) -> list[GetAtt] | None:
    """Write a card's groups; its VPC's own one has it where nothing is written."""
    groups = [each for each in card.groups or () if not net.groups[each].default]
    return [_named(net, each) for each in groups] or None


def _node(add: Add, net: Net, node: Node, dice: Random) -> None:
    card = node.cards[0]
    subnets = [Ref(f"Subnet{each}") for each in card.subnets]
    groups = _held(net, card)
    config = {"SubnetIds": subnets, "SecurityGroupIds": groups}
    if node.kind == "instance":
        _instance(add, net, node, dice)
    elif node.kind == "service":
        _service(add, net, node, subnets, groups)
    elif node.kind == "function":
        add(node.name, "Lambda::Function", VpcConfig=config)
    elif node.kind == "endpoint":
        name = join("com.amazonaws.", REGION, ".secretsmanager")
        add(
            node.name,
            "EC2::VPCEndpoint",
            VpcEndpointType="Interface",
            ServiceName=name,
            **{key: value for key, value in config.items() if value},
        )
    elif node.kind == "database":
        add(f"{node.name}Subnets", "RDS::DBSubnetGroup", SubnetIds=subnets)
        add(
            node.name,
            "RDS::DBInstance",
            Engine="postgres",
            DBSubnetGroupName=Ref(f"{node.name}Subnets"),
            VPCSecurityGroups=groups,
            PubliclyAccessible=None if card.how == "unwritten" else card.public,
        )
    else:
        add(
            node.name,
            "ElasticLoadBalancingV2::LoadBalancer",
            Type=node.kind,
            Scheme="internet-facing" if card.public else "internal",
            IpAddressType="dualstack" if card.six else None,
            Subnets=subnets,
            SecurityGroups=groups,
        )


def _instance(add: Add, net: Net, node: Node, dice: Random) -> None:
    """Add an instance; a second card is written in it or attached to it."""
    cards = []
    for index, card in enumerate(node.cards):
        written: dict[str, object] = {
            "SubnetId": Ref(f"Subnet{card.subnets[0]}"),
            "GroupSet": _held(net, card),
            "PrivateIpAddress": card.fixed,
        }
        written = {name: value for name, value in written.items() if value is not None}
        apart = f"{node.name}Card{index}"
        if len(node.cards) > 1:
            add(apart, "EC2::NetworkInterface", **written)
            if card.how == "elastic":
                add(f"{apart}Address", "EC2::EIP", NetworkInterfaceId=Ref(apart))
            here = {"InstanceId": Ref(node.name), "NetworkInterfaceId": Ref(apart)}
            if index and dice.random() < 0.5:
                add(f"{apart}At", "EC2::NetworkInterfaceAttachment", DeviceIndex="1", **here)
            else:
                here.pop("InstanceId")
                cards.append({"DeviceIndex": str(index), **here})
            continue
        if card.how in ("asked", "never"):
            written["AssociatePublicIpAddress"] = card.how == "asked"
        if card.how == "elastic":
            add(f"{apart}Address", "EC2::EIP", InstanceId=Ref(node.name))
        cards.append({"DeviceIndex": "0", **written})
    dice.shuffle(cards)
    add(node.name, "EC2::Instance", NetworkInterfaces=cards)


def _service(
    add: Add, net: Net, node: Node, subnets: list[Ref], groups: list[GetAtt] | None
) -> None:
    ports = [{"ContainerPort": p, "Protocol": w} for w, p in node.listens or ()]
    containers = [{"Name": "app", "PortMappings": ports}]
    task = f"{node.name}Task"
    add(task, "ECS::TaskDefinition", NetworkMode="awsvpc", ContainerDefinitions=containers)
    balanced = [
        {"TargetGroupArn": Ref(f"Targets{n}"), "ContainerPort": each.port, "ContainerName": "app"}
        for n, each in enumerate(net.targets)
        if node.name in each.members
    ]
    network = {
        "Subnets": subnets,
        "AssignPublicIp": "ENABLED" if node.cards[0].public else "DISABLED",
    }
    if groups:
        network["SecurityGroups"] = groups
    add(
        node.name,
        "ECS::Service",
        TaskDefinition=Ref(task),
        LoadBalancers=balanced or None,
        NetworkConfiguration={"AwsvpcConfiguration": network},
    )


def _listeners(add: Add, net: Net) -> None:
    """Add the load balancer's listeners and rules, and the target groups behind them."""
    kinds = {each.name: each for each in net.nodes}
    balancer = kinds.get("Balancer")
    if balancer is None:
        return
    alone = balancer.kind == "network"
    for index, there in enumerate(net.targets):
        keeps = {"Key": "preserve_client_ip.enabled", "Value": str(there.keeps).lower()}
        add(
            f"Targets{index}",
            "ElasticLoadBalancingV2::TargetGroup",
            VpcId=Ref(f"Vpc{net.subnets[balancer.cards[0].subnets[0]].vpc}"),
            Protocol=there.word.upper() if alone else "HTTP",
            Port=there.port,
            TargetType="instance" if there.kind == "instance" else "ip",
            Targets=_members(there, kinds),
            TargetGroupAttributes=None if there.keeps is None else [keeps],
        )
    for index, listener in enumerate(net.listeners):
        groups = [Ref(f"Targets{each}") for each in listener.to]
        actions = [{"Type": "forward", "TargetGroupArn": each} for each in groups]
        add(
            f"Listener{index}",
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=Ref("Balancer"),
            Port=listener.port,
            Protocol=listener.word.upper() if alone else "HTTP",
            DefaultActions=actions[:1] or [{"Type": "fixed-response"}],
        )
        for n, action in enumerate(actions[1:]):
            add(
                f"Listener{index}Rule{n}",
                "ElasticLoadBalancingV2::ListenerRule",
                ListenerArn=Ref(f"Listener{index}"),
                Priority=n + 1,
                Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
                Actions=[action],
            )


def _members(there: Targets, kinds: dict[str, Node]) -> list[dict[str, object]] | None:
    """Write the members; an instance by its id, or by the address of its last card."""
    if there.kind == "service":
        return None
    ids = [
        Ref(each) if there.kind == "instance" else kinds[each].cards[-1].fixed
        for each in there.members
    ]
    return [{"Id": each, "Port": there.port} for each in ids]

"""The network: a VPC over the zones, with public and private subnets.

Public subnets hold the load balancer and the NAT gateways; tasks and databases
live in the private ones. S3's gateway endpoint is always there because it is
free and image layers come through it; interface endpoints cost more than the
NAT gateways they would replace here ($7.30 a month each and zone).
"""

from ipaddress import ip_network

from seatrial.graph.values import REGION, Ref, Zone, join
from seatrial.lower.context import Lowering, tagged

ANYWHERE = "0.0.0.0/0"
TCP, ALL = 6, -1


def lower(lowering: Lowering) -> None:
    """Add the VPC, its subnets, gateways, routes and network ACLs."""
    add = lowering.add
    name = lowering.name
    vpc = add(
        None,
        "Vpc",
        "AWS::EC2::VPC",
        {
            "CidrBlock": lowering.system.cidr,
            "EnableDnsSupport": True,
            "EnableDnsHostnames": True,
            "Tags": tagged(name),
        },
    )
    gateway = add(None, "InternetGateway", "AWS::EC2::InternetGateway", {"Tags": tagged(name)})
    attachment = add(
        None,
        "InternetGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": vpc.ref, "InternetGatewayId": gateway.ref},
    )
    public = add(
        None,
        "PublicRouteTable",
        "AWS::EC2::RouteTable",
        {"VpcId": vpc.ref, "Tags": tagged(f"{name}-public")},
    )
    add(
        None,
        "PublicDefaultRoute",
        "AWS::EC2::Route",
        {
            "RouteTableId": public.ref,
            "DestinationCidrBlock": ANYWHERE,
            "GatewayId": gateway.ref,
        },
        depends_on=(attachment.id,),
    )
    tables = []
    for zone in range(1, lowering.zones + 1):
        _subnet(lowering, "Public", zone, 0)
        add(
            None,
            f"PublicSubnet{zone}Routes",
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": Ref(f"PublicSubnet{zone}"), "RouteTableId": public.ref},
        )
        _nat(lowering, zone, attachment.id)
        tables.append(_private(lowering, zone))
    add(
        None,
        "S3Endpoint",
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": vpc.ref,
            "ServiceName": join("com.amazonaws.", REGION, ".s3"),
            "VpcEndpointType": "Gateway",
            "RouteTableIds": tables,
        },
    )
    _acl(lowering, "Public", inbound=[(80, 80, ANYWHERE), (443, 443, ANYWHERE)])
    _acl(lowering, "Private", inbound=[])


def _subnet(lowering: Lowering, kind: str, zone: int, shift: int) -> None:
    block = list(ip_network(lowering.system.cidr).subnets(new_prefix=24))[shift + zone]
    lowering.add(
        None,
        f"{kind}Subnet{zone}",
        "AWS::EC2::Subnet",
        {
            "VpcId": Ref("Vpc"),
            "CidrBlock": str(block),
            "AvailabilityZone": Zone(zone - 1),
            "Tags": tagged(f"{lowering.name}-{kind.lower()}-{zone}"),
        },
    )


def _nat(lowering: Lowering, zone: int, attachment: str) -> None:
    wanted: str = lowering.environment.setting("nat")
    if wanted == "none" or (wanted == "one" and zone > 1):
        return
    address = lowering.add(
        None,
        f"NatAddress{zone}",
        "AWS::EC2::EIP",
        {"Domain": "vpc", "Tags": tagged(f"{lowering.name}-nat-{zone}")},
        depends_on=(attachment,),
    )
    lowering.add(
        None,
        f"NatGateway{zone}",
        "AWS::EC2::NatGateway",
        {
            "AllocationId": address.att("AllocationId"),
            "SubnetId": Ref(f"PublicSubnet{zone}"),
            "Tags": tagged(f"{lowering.name}-{zone}"),
        },
        depends_on=(attachment,),
    )


def _private(lowering: Lowering, zone: int) -> Ref:
    _subnet(lowering, "Private", zone, 10)
    table = lowering.add(
        None,
        f"PrivateRouteTable{zone}",
        "AWS::EC2::RouteTable",
        {"VpcId": Ref("Vpc"), "Tags": tagged(f"{lowering.name}-private-{zone}")},
    )
    lowering.add(
        None,
        f"PrivateSubnet{zone}Routes",
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": Ref(f"PrivateSubnet{zone}"), "RouteTableId": table.ref},
    )
    wanted: str = lowering.environment.setting("nat")
    if wanted != "none":
        lowering.add(
            None,
            f"PrivateDefaultRoute{zone}",
            "AWS::EC2::Route",
            {
                "RouteTableId": table.ref,
                "DestinationCidrBlock": ANYWHERE,
                "NatGatewayId": Ref(f"NatGateway{zone if wanted == 'each zone' else 1}"),
            },
        )
    return table.ref


def _acl(lowering: Lowering, kind: str, inbound: list[tuple[int, int, str]]) -> None:
    """Add a network ACL: the VPC itself, answers from outside, and what `inbound` names.

    An ACL keeps no state: answers come back on ephemeral ports, which AWS
    documents as 1024-65535 for clients and NAT gateways.
    """
    acl = lowering.add(
        None,
        f"{kind}Acl",
        "AWS::EC2::NetworkAcl",
        {"VpcId": Ref("Vpc"), "Tags": tagged(f"{lowering.name}-{kind.lower()}")},
    )
    rules = [(1024, 65535, ANYWHERE), *inbound]
    lowering.add(
        None,
        f"{kind}AclFromVpc",
        "AWS::EC2::NetworkAclEntry",
        {
            "NetworkAclId": acl.ref,
            "RuleNumber": 100,
            "Protocol": ALL,
            "RuleAction": "allow",
            "CidrBlock": lowering.system.cidr,
        },
    )
    for position, (low, high, source) in enumerate(rules):
        lowering.add(
            None,
            f"{kind}AclIn{low}",
            "AWS::EC2::NetworkAclEntry",
            {
                "NetworkAclId": acl.ref,
                "RuleNumber": 110 + 10 * position,
                "Protocol": TCP,
                "RuleAction": "allow",
                "CidrBlock": source,
                "PortRange": {"From": low, "To": high},
            },
        )
    lowering.add(
        None,
        f"{kind}AclOut",
        "AWS::EC2::NetworkAclEntry",
        {
            "NetworkAclId": acl.ref,
            "RuleNumber": 100,
            "Egress": True,
            "Protocol": ALL,
            "RuleAction": "allow",
            "CidrBlock": ANYWHERE,
        },
    )
    for zone in range(1, lowering.zones + 1):
        lowering.add(
            None,
            f"{kind}Subnet{zone}Acl",
            "AWS::EC2::SubnetNetworkAclAssociation",
            {"SubnetId": Ref(f"{kind}Subnet{zone}"), "NetworkAclId": acl.ref},
        )

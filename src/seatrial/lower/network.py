"""The network: a VPC over the zones, with public and private subnets.

Public subnets hold the load balancer and the NAT gateways; tasks and databases
live in the private ones, or databases and brokers in data subnets, from which
nothing leads out. S3's gateway endpoint is always there because it is
free and image layers come through it; interface endpoints cost more than the
NAT gateways they would replace here ($7.30 a month each and zone), so a system
has those that it names.
"""

import re
from ipaddress import ip_network

from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import REGION, GetAtt, Ref, Zone, join
from seatrial.language.system import ENDPOINTS
from seatrial.lower.context import Lowering, kept, tagged

ANYWHERE = "0.0.0.0/0"
TCP, ALL = 6, -1
NOWHERE = {
    "CidrIp": "255.255.255.255/32",
    "IpProtocol": "icmp",
    "FromPort": 252,
    "ToPort": 86,
    "Description": "Nothing goes out: an address and a type that do not exist",
}
"""A group without a rule would get AWS's default, which lets everything out."""


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
    if lowering.system.data_subnets:
        _data(lowering)
    if lowering.environment.setting("endpoints"):
        _endpoints(lowering)
    if lowering.environment.setting("flow_logs"):
        _flow_logs(lowering)


def endpoints(lowering: Lowering) -> dict[str, str]:
    """Give the interface endpoints: their ids, and what AWS calls them."""
    named = lowering.environment.setting("endpoints")
    names = [name for each in named for name in ENDPOINTS[each]]
    return {"".join(map(str.capitalize, re.split("[.-]", n))) + "Endpoint": n for n in names}


def _endpoints(lowering: Lowering) -> None:
    """Add the interface endpoints: AWS's own names lead to addresses in the private subnets."""
    lowering.add(
        None,
        "EndpointsGroup",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "Endpoints of AWS services",
            "VpcId": Ref("Vpc"),
            "SecurityGroupIngress": [
                {
                    "CidrIp": lowering.system.cidr,
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "Description": "The private network",
                }
            ],
            "SecurityGroupEgress": [NOWHERE],
        },
    )
    for id, name in endpoints(lowering).items():
        lowering.add(
            None,
            id,
            "AWS::EC2::VPCEndpoint",
            {
                "VpcId": Ref("Vpc"),
                "ServiceName": join("com.amazonaws.", REGION, f".{name}"),
                "VpcEndpointType": "Interface",
                "PrivateDnsEnabled": True,
                "SubnetIds": lowering.private_subnets,
                "SecurityGroupIds": [GetAtt("EndpointsGroup", "GroupId")],
            },
        )


def _flow_logs(lowering: Lowering) -> None:
    group = lowering.add(
        None,
        "FlowLogs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/vpc/{lowering.name}",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(lowering.environment.production),
    )
    may_write = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": group.att("Arn"),
    }
    role = lowering.add(
        None,
        "FlowLogsRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("vpc-flow-logs.amazonaws.com"),
            "Policies": [
                {
                    "PolicyName": "write",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [may_write]},
                }
            ],
        },
    )
    lowering.add(
        None,
        "FlowLog",
        "AWS::EC2::FlowLog",
        {
            "ResourceId": Ref("Vpc"),
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": group.ref,
            "DeliverLogsPermissionArn": role.att("Arn"),
            "MaxAggregationInterval": 60,
            "Tags": tagged(lowering.name),
        },
    )


def _subnet(lowering: Lowering, kind: str, zone: int, shift: int) -> None:
    whole = ip_network(lowering.system.cidr)
    block = ip_network((int(whole.network_address) + (shift + zone) * 2**8, 24))
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


def _data(lowering: Lowering) -> None:
    """Add a subnet a zone that only the VPC reaches, and that reaches nothing else."""
    table = lowering.add(
        None,
        "DataRouteTable",
        "AWS::EC2::RouteTable",
        {"VpcId": Ref("Vpc"), "Tags": tagged(f"{lowering.name}-data")},
    )
    for zone in range(1, lowering.zones + 1):
        _subnet(lowering, "Data", zone, 20)
        lowering.add(
            None,
            f"DataSubnet{zone}Routes",
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": Ref(f"DataSubnet{zone}"), "RouteTableId": table.ref},
        )
    _acl(lowering, "Data", inbound=None)


def _acl(lowering: Lowering, kind: str, inbound: list[tuple[int, int, str]] | None) -> None:
    """Add a network ACL: the VPC itself, answers from outside, and what `inbound` names.

    With `inbound=None` nothing from outside, answers neither.

    An ACL keeps no state: answers come back on ephemeral ports, which AWS
    documents as 1024-65535 for clients and NAT gateways.
    """
    acl = lowering.add(
        None,
        f"{kind}Acl",
        "AWS::EC2::NetworkAcl",
        {"VpcId": Ref("Vpc"), "Tags": tagged(f"{lowering.name}-{kind.lower()}")},
    )
    rules = [] if inbound is None else [(1024, 65535, ANYWHERE), *inbound]
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

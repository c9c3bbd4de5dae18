"""Networks written down shortly: the pieces of which the documented cases are made."""

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Annotation
from seatrial.graph.values import REGION as HERE
from seatrial.graph.values import GetAtt, Intrinsic, Ref, Value, join
from seatrial.reach import Answer, Reach

ANYWHERE, ANYWHERE6 = "0.0.0.0/0", "::/0"
Rule = dict[str, Value]


def tcp(port: int, peer: str, to: int | None = None) -> Rule:
    """Write a rule: a CIDR, an IPv6 CIDR, `pl-...`, or a security group's logical id."""
    ports: Rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": to or port}
    return ports | _peer(peer)


def every(peer: str) -> Rule:
    """Write a rule for every protocol and port."""
    return {"IpProtocol": "-1"} | _peer(peer)


def _peer(peer: str) -> Rule:
    if ":" in peer:
        return {"CidrIpv6": peer}
    if "/" in peer:
        return {"CidrIp": peer}
    if peer.startswith("pl-"):
        return {"PrefixListId": peer}
    return {"SecurityGroupId": peer}


class Drawn:
    """A graph that is written piece by piece: a VPC with an internet gateway to begin with."""

    def __init__(self, cidr: str = "10.0.0.0/16", gateway: bool = True, six: bool = False) -> None:
        self.graph = Graph("drawn", "test", "us-east-1")
        self.add("Vpc", "EC2::VPC", CidrBlock=cidr)
        if six:
            self.add("Six", "EC2::VPCCidrBlock", VpcId=Ref("Vpc"), AmazonProvidedIpv6CidrBlock=True)
        if gateway:
            self.add("Gateway", "EC2::InternetGateway")
            both = {"VpcId": Ref("Vpc"), "InternetGatewayId": Ref("Gateway")}
            self.add("Attachment", "EC2::VPCGatewayAttachment", **both)
        self.added = 0

    def add(self, id: str, type: str, **properties: Value) -> None:  # noqa: A002 - AWS's own word
        """Add a resource; what is None is left out."""
        given = {name: value for name, value in properties.items() if value is not None}
        self.graph.add(Resource(id, f"AWS::{type}", given))

    def note(self, annotation: Annotation) -> None:
        """Add an annotation."""
        self.graph.annotations.append(annotation)

    def subnet(
        self,
        id: str,
        cidr: str,
        routes: dict[str, str] | None = None,
        six: int | None = None,
        vpc: str = "Vpc",
        **properties: Value,
    ) -> None:
        """Add a subnet; `routes` leads from destinations to logical ids, None: the main table."""
        if six is not None:
            blocks = Intrinsic("Fn::Cidr", [Intrinsic("Fn::Select", [0, _blocks(vpc)]), 8, 64])
            properties["Ipv6CidrBlock"] = Intrinsic("Fn::Select", [six, blocks])
            properties["AssignIpv6AddressOnCreation"] = True
        self.add(id, "EC2::Subnet", VpcId=Ref(vpc), CidrBlock=cidr, **properties)
        if routes is None:
            return
        self.add(f"{id}Table", "EC2::RouteTable", VpcId=Ref(vpc))
        table = Ref(f"{id}Table")
        here = {"SubnetId": Ref(id), "RouteTableId": table}
        self.add(f"{id}Routed", "EC2::SubnetRouteTableAssociation", **here)
        for index, (to, target) in enumerate(routes.items()):
            kind = self.graph[target].type
            name = {
                "AWS::EC2::NatGateway": "NatGatewayId",
                "AWS::EC2::EgressOnlyInternetGateway": "EgressOnlyInternetGatewayId",
                "AWS::EC2::VPCPeeringConnection": "VpcPeeringConnectionId",
            }.get(kind, "GatewayId")
            to_name = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
            route = {"RouteTableId": table, to_name: to, name: Ref(target)}
            self.add(f"{id}Route{index}", "EC2::Route", **route)

    def nat(self, id: str, subnet: str, kind: str | None = None) -> None:
        """Add a NAT gateway."""
        self.add(f"{id}Address", "EC2::EIP", Domain="vpc")
        address = GetAtt(f"{id}Address", "AllocationId")
        given = {"SubnetId": Ref(subnet), "AllocationId": address, "ConnectivityType": kind}
        self.add(id, "EC2::NatGateway", **given)

    def group(
        self, id: str, ingress: list[Rule] | None = None, egress: list[Rule] | None = None
    ) -> None:
        """Add a security group; without `egress` everything goes out."""
        self.add(
            id,
            "EC2::SecurityGroup",
            GroupDescription=id,
            VpcId=Ref("Vpc"),
            SecurityGroupIngress=[_ended(each, "Source") for each in ingress or []] or None,
            SecurityGroupEgress=[_ended(each, "Destination") for each in egress or []] or None,
        )

    def acl(self, id: str, subnets: list[str], entries: list[tuple[object, ...]]) -> None:
        """Add a network ACL: (in or out, number, allow or deny, first port, last port, CIDR)."""
        self.add(id, "EC2::NetworkAcl", VpcId=Ref("Vpc"))
        for subnet in subnets:
            both = {"SubnetId": Ref(subnet), "NetworkAclId": Ref(id)}
            self.add(f"{subnet}Acl", "EC2::SubnetNetworkAclAssociation", **both)
        for way, number, action, low, high, cidr in entries:
            self.add(
                f"{id}{str(way).capitalize()}{number}",
                "EC2::NetworkAclEntry",
                NetworkAclId=Ref(id),
                Egress=way == "out",
                RuleNumber=number,
                RuleAction=action,
                Protocol=6,
                PortRange={"From": low, "To": high},
                CidrBlock=cidr,
            )

    def instance(self, id: str, subnet: str, *groups: str, public: bool | None = None) -> None:
        """Add an instance; `public` None leaves it to the subnet."""
        card = {
            "DeviceIndex": "0",
            "SubnetId": Ref(subnet),
            "GroupSet": [GetAtt(each, "GroupId") for each in groups],
        }
        if public is not None:
            card["AssociatePublicIpAddress"] = public
        self.add(id, "EC2::Instance", NetworkInterfaces=[card])

    def service(
        self,
        id: str,
        port: int,
        subnets: list[str],
        *groups: str,
        public: bool = False,
        targets: str = "",
    ) -> None:
        """Add an ECS service on Fargate, in a target group where one is named."""
        mapped = [{"ContainerPort": port}]
        containers = [{"Name": "app", "PortMappings": mapped}]
        self.add(
            f"{id}Task",
            "ECS::TaskDefinition",
            NetworkMode="awsvpc",
            ContainerDefinitions=containers,
        )
        network = {
            "Subnets": [Ref(each) for each in subnets],
            "SecurityGroups": [GetAtt(each, "GroupId") for each in groups],
            "AssignPublicIp": "ENABLED" if public else "DISABLED",
        }
        balanced = {"TargetGroupArn": Ref(targets), "ContainerPort": port, "ContainerName": "app"}
        self.add(
            id,
            "ECS::Service",
            TaskDefinition=Ref(f"{id}Task"),
            NetworkConfiguration={"AwsvpcConfiguration": network},
            LoadBalancers=[balanced] if targets else None,
        )

    def database(
        self, id: str, subnets: list[str], *groups: str, public: bool | None = False, **more: Value
    ) -> None:
        """Add a database of RDS for MySQL."""
        self.add(f"{id}Subnets", "RDS::DBSubnetGroup", SubnetIds=[Ref(each) for each in subnets])
        self.add(
            id,
            "RDS::DBInstance",
            Engine="mysql",
            DBSubnetGroupName=Ref(f"{id}Subnets"),
            VPCSecurityGroups=[GetAtt(each, "GroupId") for each in groups],
            PubliclyAccessible=public,
            **more,
        )

    def balancer(
        self,
        id: str,
        subnets: list[str],
        *groups: str,
        port: int = 80,
        to: int = 80,
        internal: bool = False,
        network: bool = False,
        targets: list[Value] | None = None,
        kind: str = "ip",
    ) -> None:
        """Add a load balancer with one listener, and its target group `...Targets`."""
        self.add(
            id,
            "ElasticLoadBalancingV2::LoadBalancer",
            Type="network" if network else "application",
            Scheme="internal" if internal else None,
            Subnets=[Ref(each) for each in subnets],
            SecurityGroups=[GetAtt(each, "GroupId") for each in groups] or None,
        )
        protocol = "TCP" if network else "HTTP"
        self.add(
            f"{id}Targets",
            "ElasticLoadBalancingV2::TargetGroup",
            VpcId=Ref("Vpc"),
            Protocol=protocol,
            Port=to,
            TargetType=kind,
            Targets=targets,
        )
        self.add(
            f"{id}Listener",
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=Ref(id),
            Port=port,
            Protocol=protocol,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": Ref(f"{id}Targets")}],
        )

    def endpoint(self, id: str, service: str, **properties: Value) -> None:
        """Add a VPC endpoint."""
        name = join("com.amazonaws.", HERE, f".{service}")
        self.add(id, "EC2::VPCEndpoint", VpcId=Ref("Vpc"), ServiceName=name, **properties)

    def ask(self, source: str, target: str) -> Answer:
        """Answer a question."""
        return Reach(self.graph).ask(source, target)

    def open(self, source: str, target: str) -> bool:
        """Tell whether one end reaches another."""
        return self.ask(source, target).yes


def _blocks(vpc: str) -> Value:
    return GetAtt(vpc, "Ipv6CidrBlocks")


def _ended(rule: Rule, end: str) -> Rule:
    """Say at which end the peer of a rule is."""
    found = dict(rule)
    for name in ("SecurityGroupId", "PrefixListId"):
        if name in found:
            value = found.pop(name)
            found[f"{end}{name}"] = GetAtt(value, "GroupId") if name[0] == "S" else value
    return found

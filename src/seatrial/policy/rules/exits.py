"""The ways out of a VPC, and whether each zone has its own."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import (
    SERVICE,
    SUBNET,
    in_production,
    listed,
    subnets,
    zone,
    zones,
)

NAT = "AWS::EC2::NatGateway"
ENDPOINT = "AWS::EC2::VPCEndpoint"


@rule(
    "ST521",
    "nat-in-another-zone",
    "warning",
    "availability",
    why="When the gateway's zone is lost, the tasks of the other zones reach nothing outside.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
)
def nat_in_another_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of a NAT gateway of production through which tasks of other zones leave.

    Without it a new task cannot fetch its image, read its secrets or call anybody outside,
    so the zones that stand cannot take over either.

    Bad:
        Public1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref Public1}}
        Table: {Type: AWS::EC2::RouteTable}
        Out:
          Type: AWS::EC2::Route
          Properties:
            RouteTableId: !Ref Table
            DestinationCidrBlock: 0.0.0.0/0
            NatGatewayId: !Ref Nat
        Joined:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref S2, RouteTableId: !Ref Table}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S2]}}}

    Good:
        Public2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref Public2}}
        Table: {Type: AWS::EC2::RouteTable}
        Out:
          Type: AWS::EC2::Route
          Properties:
            RouteTableId: !Ref Table
            DestinationCidrBlock: 0.0.0.0/0
            NatGatewayId: !Ref Nat
        Joined:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref S2, RouteTableId: !Ref Table}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S2]}}}
    """
    if not in_production(plan):
        return
    used = {
        subnet.id: subnet
        for service in plan.of(SERVICE)
        for subnet in plan.all_named(subnets(service), SUBNET)
    }
    cut: dict[str, set[str]] = {}
    for subnet in used.values():
        route = plan.network.default_route(subnet)
        gateway = plan.named(route.properties.get("NatGatewayId"), NAT) if route else None
        if gateway is None:
            continue
        home, here = _home(plan, gateway), zone(subnet)
        if home and here and home != here:
            cut.setdefault(gateway.id, set()).add(here)
    for id, away in cut.items():
        place = _home(plan, plan.graph.resources[id])
        yield Fault(
            id,
            "SubnetId",
            f"Tasks in {listed(away)} leave through this gateway in {place}.",
            "Give each zone a gateway, and its route table a route to it.",
            "System(..., nat='each zone')",
        )


def _home(plan: Plan, gateway: Resource) -> str:
    subnet = plan.named(gateway.properties.get("SubnetId"), SUBNET)
    return zone(subnet) if subnet else ""


@rule(
    "ST522",
    "endpoint-in-one-zone",
    "warning",
    "availability",
    why="When the endpoint's zone is lost, the tasks of the others reach that service no more.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def endpoint_in_one_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of an interface endpoint of production that misses zones where tasks run.

    Bad:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Logs:
          Type: AWS::EC2::VPCEndpoint
          Properties: {VpcEndpointType: Interface, PrivateDnsEnabled: true, SubnetIds: [!Ref S1]}

    Good:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Logs:
          Type: AWS::EC2::VPCEndpoint
          Properties:
            VpcEndpointType: Interface
            PrivateDnsEnabled: true
            SubnetIds: [!Ref S1, !Ref S2]
    """
    if not in_production(plan):
        return
    services = [(each, zones(plan, subnets(each))) for each in plan.of(SERVICE)]
    running = {one for _, where in services for one in where}
    for endpoint in plan.of(ENDPOINT):
        if endpoint.properties.get("VpcEndpointType") != "Interface":
            continue
        own = zones(plan, endpoint.properties.get("SubnetIds"))
        if own and len(own) == 1 and running - own:
            users = listed({each.label for each, where in services if where - own})
            yield Fault(
                endpoint.id,
                "SubnetIds",
                f"The endpoint is in {listed(own)} only; {users} run in "
                f"{listed(running - own)} too.",
                f"Name a subnet in {listed(running - own)}.",
            )

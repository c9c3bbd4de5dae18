"""What is paid for and used by nobody."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import GROUP, callers
from seatrial.policy.rules._stores import REPLICATION_GROUP, databases

VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/"
NAT = "AWS::EC2::NatGateway"
EIP = "AWS::EC2::EIP"


@rule(
    "ST822",
    "idle-address",
    "note",
    "cost",
    why="AWS bills every public address by the hour, used or not.",
    source=VPC + "vpc-eips.html",
)
def idle_address(plan: Plan) -> Iterator[Fault]:
    """Tell of an elastic address that nothing in the template holds.

    Bad:
        Address: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}

    Good:
        Address: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
        Nat: {Type: AWS::EC2::NatGateway, Properties: {AllocationId: !GetAtt Address.AllocationId}}
    """
    told = {id for out in plan.graph.outputs.values() for id in _named(plan, out.value)}
    for address in plan.of(EIP):
        held = address.properties.get("InstanceId") or plan.users.get(address.id)
        if not held and address.id not in told:
            yield Fault(address.id, "", "Nothing uses this address.", f"Take {address.id} out.")


def _named(plan: Plan, value: object) -> set[str]:
    return {each.id for each in plan.all_named(value, EIP)}


@rule(
    "ST823",
    "idle-nat",
    "note",
    "cost",
    why="A NAT gateway costs by the hour, whether or not a route leads to it.",
    source=VPC + "nat-gateway-pricing.html",
)
def idle_nat(plan: Plan) -> Iterator[Fault]:
    """Tell of a NAT gateway that no route of the template leads to.

    Bad:
        Nat: {Type: AWS::EC2::NatGateway}

    Good:
        Nat: {Type: AWS::EC2::NatGateway}
        Out:
          Type: AWS::EC2::Route
          Properties: {DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
    """
    told = {
        each.id for out in plan.graph.outputs.values() for each in plan.all_named(out.value, NAT)
    }
    for gateway in plan.of(NAT):
        routes = [u for u in plan.users.get(gateway.id, ()) if u.type != "AWS::CloudWatch::Alarm"]
        if not routes and gateway.id not in told:
            yield Fault(gateway.id, "", "No route leads to it.", f"Take {gateway.id} out.")


@rule(
    "ST827",
    "paid-and-unreachable",
    "warning",
    "cost",
    why="A store, a replica or a proxy whose security groups let nobody in is paid for and unused.",
    source=VPC + "security-group-rules.html",
)
def paid_and_unreachable(plan: Plan) -> Iterator[Fault]:
    """Tell of a database, cache, broker, search domain or proxy that nobody can connect to.

    Only where every one of its security groups is in the template and lets nothing in.

    Bad:
        Closed: {Type: AWS::EC2::SecurityGroup}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {SecurityGroupIds: [!Ref Closed]}

    Good:
        Tasks: {Type: AWS::EC2::SecurityGroup}
        Open:
          Type: AWS::EC2::SecurityGroup
          Properties: {SecurityGroupIngress: [{SourceSecurityGroupId: !Ref Tasks}]}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {SecurityGroupIds: [!Ref Open]}
    """
    more = ("AWS::MSK::Cluster", "AWS::OpenSearchService::Domain", "AWS::RDS::DBProxy")
    inward = {
        group.id
        for each in plan.of("AWS::EC2::SecurityGroupIngress")
        for group in plan.all_named(each.properties.get("GroupId"), GROUP)
    }
    for store in [*databases(plan), *plan.of(REPLICATION_GROUP, *more)]:
        groups = _groups(store)
        named = plan.all_named(groups, GROUP)
        if not groups or len(named) != len(groups):
            continue
        # The tasks that it lets in by group, and any rule at all: one by address counts.
        rules = [each.properties.get("SecurityGroupIngress") for each in named]
        if (
            not any(rules)
            and not inward & {each.id for each in named}
            and not callers(plan, groups)
        ):
            yield Fault(
                store.id,
                "",
                f"Nothing may connect to {store.label}: its security groups let nobody in.",
                "Take it out, or let in who should use it.",
                f"Name {store.label} in a service's uses=[...], or take it out.",
            )


def _groups(store: Resource) -> list[object]:
    given = store.properties
    for value in (
        given.get("VPCSecurityGroups"),
        given.get("VpcSecurityGroupIds"),
        given.get("SecurityGroupIds"),
        at(given, "BrokerNodeGroupInfo", "SecurityGroups"),
        at(given, "VPCOptions", "SecurityGroupIds"),
    ):
        if isinstance(value, list):
            return value
    return []

"""What security groups open: ways that nobody uses, wider than needed, or held by nobody."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.network import GROUP, Opening
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import container_ports
from seatrial.policy.stores import STORES, ports

GROUPS = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"


@rule(
    "ST104",
    "opening-nobody-uses",
    "warning",
    "network",
    why="A way that no part of the system uses serves only whoever breaks into one of them.",
    source=GROUPS,
)
def opening_nobody_uses(plan: Plan) -> Iterator[Fault]:
    """Find a security-group rule between two parts, where neither uses the other.

    The arrows are what `uses` says; a template that others wrote has none, and nothing is
    found there.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Worker: worker, Api: api, Db: db, FromWorker: db}
            Annotations: [{Kind: Uses, part: api, used: db, access: write}]
        Resources:
          Api: {Type: AWS::EC2::SecurityGroup}
          Worker: {Type: AWS::EC2::SecurityGroup}
          Db: {Type: AWS::EC2::SecurityGroup}
          FromWorker:
            Type: AWS::EC2::SecurityGroupIngress
            Properties:
              GroupId: !Ref Db
              SourceSecurityGroupId: !Ref Worker
              IpProtocol: tcp
              FromPort: 5432
              ToPort: 5432

    Good:
        Metadata:
          Seatrial:
            Parts: {Worker: worker, Api: api, Db: db, FromApi: db}
            Annotations: [{Kind: Uses, part: api, used: db, access: write}]
        Resources:
          Api: {Type: AWS::EC2::SecurityGroup}
          Db: {Type: AWS::EC2::SecurityGroup}
          FromApi:
            Type: AWS::EC2::SecurityGroupIngress
            Properties:
              GroupId: !Ref Db
              SourceSecurityGroupId: !Ref Api
              IpProtocol: tcp
              FromPort: 5432
              ToPort: 5432
    """
    if not plan.uses:
        return
    for opening in plan.network.openings:
        if opening.kind != "group" or opening.direction != "in":
            continue
        to = plan.graph[opening.group].part
        source = plan.graph[opening.peer].part
        if not plan.own(to) or not plan.own(source) or source == to:
            continue
        if (source, to) not in plan.uses:
            yield Fault(
                opening.resource,
                opening.path,
                f"{source} is let into {to} on {opening.ports}, and does not use it.",
                "Take the rule out.",
                f"Write uses=[{to}] in {source} if it does.",
                part=to,
            )


@rule(
    "ST105",
    "opening-wider-than-needed",
    "warning",
    "network",
    why="Only the parts that use it need a way in, and only to the port where it listens.",
    source=GROUPS,
)
def opening_wider_than_needed(plan: Plan) -> Iterator[Fault]:
    """Find a group of a store or a service that opens ports or networks that nobody needs.

    A store listens on its port, a service on those of its containers; any other port in a
    rule is too much. A whole network in a rule lets in every neighbour; the security groups
    of those who use it are enough.

    Bad:
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
              - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.0.0/16}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Group]}

    Good:
        Api: {Type: AWS::EC2::SecurityGroup}
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
              - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref Api}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Group]}
    """
    for group in plan.of(GROUP):
        holders = plan.network.holders.get(group.id, [])
        listening = _listening(plan, holders)
        if not listening:
            continue
        for opening in plan.network.into.get(group.id, ()):
            if opening.protocol not in ("tcp", "6", "-1") or opening.peer == group.id:
                continue
            if opening.kind == "network" and not _single(opening):
                what = f"every address of {opening.peer} is let in, not those who use it."
            elif _beyond(opening, listening):
                where = ", ".join(map(str, sorted(listening)))
                what = f"{opening.ports} is open, and it listens on {where}."
            else:
                continue
            yield Fault(
                opening.resource,
                opening.path,
                what,
                "Name the security group of each user, and the port.",
                "uses=[...] opens just this; add no rule by hand.",
                part=group.part,
            )


def _beyond(opening: Opening, listening: set[int]) -> bool:
    """Tell whether a rule opens a port on which nobody listens."""
    heard = sum(opening.low <= port <= opening.high for port in listening)
    return opening.high - opening.low + 1 > heard


def _listening(plan: Plan, holders: list[Resource]) -> set[int]:
    """Give every port that the holders of a group listen on; none where one is not known."""
    found: set[int] = set()
    for each in holders:
        if each.type in STORES:
            mine = ports(each) or _of_cluster(plan, each)
        elif each.type == "AWS::ECS::Service":
            mine = container_ports(plan, each)
        else:
            return set()
        if not mine:
            return set()
        found.update(mine)
    return found


def _of_cluster(plan: Plan, instance: Resource) -> tuple[int, ...]:
    source = instance.properties.get("SourceDBInstanceIdentifier")
    there = plan.named(source, "AWS::RDS::DBInstance")
    return ports(there) if there else ()


def _single(opening: Opening) -> bool:
    return opening.peer.endswith(("/32", "/128"))


@rule(
    "ST106",
    "idle-group-open-to-internet",
    "warning",
    "network",
    why="The next one who takes the group opens a machine to the world without a word of it.",
    source=GROUPS,
)
def idle_group_open_to_internet(plan: Plan) -> Iterator[Fault]:
    """Find a security group that nobody holds and that lets everyone in.

    Bad:
        Old:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}]

    Good:
        Front:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {SecurityGroups: [!Ref Front]}
    """
    told = {
        each
        for output in plan.graph.outputs.values()
        for each in (found.id for found in plan.all_named(output.value, GROUP))
    }
    for group in plan.of(GROUP):
        if group.id in plan.network.holders or group.id in told:
            continue
        for opening in plan.network.into.get(group.id, ()):
            if opening.by_everyone:
                yield Fault(
                    opening.resource,
                    opening.path,
                    f"everyone is let in on {opening.ports}, and nothing holds {group.id}.",
                    "Take the group out, or the rule.",
                    part=group.part,
                )

"""Security groups: one for each part, or for the one machine, and a rule for each `uses`.

Nothing is open that no part asked for. Rules between groups are resources of
their own, so that groups that name each other never form a circle.
"""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.graph.values import GetAtt, Ref
from seatrial.language import Vpn
from seatrial.language.part import Part
from seatrial.language.service import Program
from seatrial.lower.context import Lowering
from seatrial.lower.door_name import MACHINE
from seatrial.lower.kinds import kind_of
from seatrial.lower.load_balancer import door
from seatrial.lower.network import ANYWHERE, NOWHERE

OUTWARD: dict[str, object] = {
    "CidrIp": ANYWHERE,
    "IpProtocol": "-1",
    "Description": "AWS's own services, and the internet through NAT",
}


def lower(lowering: Lowering) -> None:
    """Add the groups, then the rules that `uses` asks for."""
    if lowering.machine:
        _machine(lowering)
    else:
        _tasks(lowering)
    for vpn in lowering.of(Vpn):
        inside = {
            "CidrIp": lowering.system.cidr,
            "IpProtocol": "tcp",
            "FromPort": 0,
            "ToPort": 65535,
            "Description": "The private network",
        }
        _group(lowering, vpn, f"Who is connected to {vpn.name}", [inside])
    for part in lowering.parts:
        kind = kind_of(lowering, part)
        if kind and kind.ports(part) and not isinstance(part, Program):
            out = OUTWARD if kind.outward else NOWHERE
            _group(lowering, part, f"{kind.noun.capitalize()} {part.name}", [out])
    users: list[Program | Vpn] = [*lowering.programs, *lowering.of(Vpn)]
    known: set[tuple[Part, str, str, int]] = set()
    for user in users:
        on_machine = lowering.machine and isinstance(user, Program)
        word = MACHINE if on_machine else _word(user)
        source = GetAtt(f"{MACHINE}Group" if on_machine else lowering.id(user, "Group"), "GroupId")
        for home, gate in _homes(lowering, user):
            kind = kind_of(lowering, home)
            for port in kind.ports(home) if kind else ():
                # Two topics of one cluster are one rule, two programs of one machine too.
                if (home, gate, word, port) not in known:
                    known.add((home, gate, word, port))
                    _rule(lowering, home, word, source, port, gate)


def _tasks(lowering: Lowering) -> None:
    if lowering.web:
        _load_balancer(lowering)
    for program in lowering.programs:
        _group(lowering, program, f"Tasks of {program.name}", [OUTWARD])
    for service in lowering.web:
        assert service.port is not None
        _rule(lowering, service, "LoadBalancer", Ref("LoadBalancerGroup"), service.port)


def _machine(lowering: Lowering) -> None:
    """Add the machine's group: CloudFront alone comes in, where anything does."""
    lowering.add(
        None,
        f"{MACHINE}Group",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "The machine that runs every program",
            "VpcId": Ref("Vpc"),
            "SecurityGroupIngress": [_from_edge(lowering, 80)] if lowering.web else None,
            "SecurityGroupEgress": [
                {**OUTWARD, "Description": "AWS's own services, and the internet"}
            ],
        },
    )


def _from_edge(lowering: Lowering, port: int) -> dict[str, object]:
    # The list counts as 55 rules of the 60 that a group may have: one port, and no more.
    return {
        "SourcePrefixListId": door(lowering),
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "Description": "CloudFront alone",
    }


def _homes(lowering: Lowering, user: Program | Vpn) -> Iterator[tuple[Part, str]]:
    """Give the parts whose machines a user reaches, and through which group, as it uses them."""
    for access in user.reaches() if isinstance(user, Program) else user.accesses():
        used = lowering.environment.part(access.part)
        if kind := kind_of(lowering, used):
            yield lowering.environment.part(kind.home(used)), kind.gate(used, access)


def _load_balancer(lowering: Lowering) -> None:
    secure = lowering.environment.setting("domain") is not None
    if lowering.behind_the_edge:
        ingress = [_from_edge(lowering, 443 if secure else 80)]
    else:
        ingress = [
            {
                "CidrIp": ANYWHERE,
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "Description": f"The internet, port {port}",
            }
            for port in ([80, 443] if secure else [80])
        ]
    lowering.add(
        None,
        "LoadBalancerGroup",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "Load balancer",
            "VpcId": Ref("Vpc"),
            "SecurityGroupIngress": ingress,
            "SecurityGroupEgress": [NOWHERE],
        },
    )
    for service in lowering.web:
        lowering.add(
            service,
            "FromLoadBalancerOut",
            "AWS::EC2::SecurityGroupEgress",
            {
                "GroupId": GetAtt("LoadBalancerGroup", "GroupId"),
                "DestinationSecurityGroupId": GetAtt(lowering.id(service, "Group"), "GroupId"),
                "IpProtocol": "tcp",
                "FromPort": service.port,
                "ToPort": service.port,
                "Description": f"To {service.name}",
            },
        )


def _group(
    lowering: Lowering, part: Part, description: str, out: list[dict[str, object]]
) -> Resource:
    return lowering.add(
        part,
        "Group",
        "AWS::EC2::SecurityGroup",
        {"GroupDescription": description, "VpcId": Ref("Vpc"), "SecurityGroupEgress": out},
    )


def _rule(
    lowering: Lowering,
    target: Part,
    word: str,
    source: Ref | GetAtt,
    port: int,
    gate: str = "Group",
) -> None:
    if isinstance(source, Ref):
        source = GetAtt(source.id, "GroupId")
    lowering.add(
        target,
        f"{gate.removesuffix('Group')}From{word}",
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": GetAtt(lowering.id(target, gate), "GroupId"),
            "SourceSecurityGroupId": source,
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "Description": f"From {word}",
        },
    )


def _word(part: Part) -> str:
    return "".join(word.capitalize() for word in part.name.split("-"))

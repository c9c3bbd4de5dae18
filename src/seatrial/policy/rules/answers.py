"""Network ACLs, which keep no state: requests that pass, and answers that do not."""

from collections.abc import Iterator
from itertools import product

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.policy.plan import Plan
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import COMPUTE, balanced
from seatrial.policy.stores import STORES

# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
# Linux takes 32768 to 60999; NAT gateways and load balancers take 1024 to 65535.
LINUX = (32768, 60999)
GATEWAYS = (1024, 65535)


@rule(
    "ST110",
    "acl-cuts-answers",
    "error",
    "network",
    why="A network ACL keeps no state: where answers are not let through, nothing connects.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports",
)
def acl_cuts_answers(plan: Plan) -> Iterator[Fault]:
    """Find a network ACL that lets requests through and not their answers.

    Answers come to high ports. A subnet with a way to the internet must let them in from
    everywhere, one with a public load balancer must let them out to everywhere, and between
    two parts that use each other they must pass both subnets' ACLs.

    Bad:
        Acl: {Type: AWS::EC2::NetworkAcl}
        In:
          Type: AWS::EC2::NetworkAclEntry
          Properties:
            {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow,
             CidrBlock: 0.0.0.0/0, PortRange: {From: 443, To: 443}}
        Routes: {Type: AWS::EC2::RouteTable}
        Default:
          Type: AWS::EC2::Route
          Properties:
            RouteTableId: !Ref Routes
            DestinationCidrBlock: 0.0.0.0/0
            NatGatewayId: nat-1
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetAcl:
          Type: AWS::EC2::SubnetNetworkAclAssociation
          Properties: {SubnetId: !Ref Subnet, NetworkAclId: !Ref Acl}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}

    Good:
        Acl: {Type: AWS::EC2::NetworkAcl}
        In:
          Type: AWS::EC2::NetworkAclEntry
          Properties:
            {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow,
             CidrBlock: 0.0.0.0/0, PortRange: {From: 1024, To: 65535}}
        Routes: {Type: AWS::EC2::RouteTable}
        Default:
          Type: AWS::EC2::Route
          Properties:
            RouteTableId: !Ref Routes
            DestinationCidrBlock: 0.0.0.0/0
            NatGatewayId: nat-1
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetAcl:
          Type: AWS::EC2::SubnetNetworkAclAssociation
          Properties: {SubnetId: !Ref Subnet, NetworkAclId: !Ref Acl}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
    """
    seen: set[tuple[str, str]] = set()
    for subnet, direction, there, (low, high), reason in _answers(plan):
        acl = plan.network.acl(subnet)
        if not acl or (acl, direction) in seen:
            continue
        port = plan.network.refused(acl, direction, there, low, high)
        if port is not None:
            seen.add((acl, direction))
            way = "out to" if direction == "out" else "in from"
            yield Fault(
                acl,
                "",
                f"answers are not let {way} {there} on port {port} and others of {low} to {high}: "
                f"{reason}.",
                f"Allow TCP {low}-{high} {way} {there}.",
            )


def _answers(plan: Plan) -> Iterator[tuple[Resource, str, str, tuple[int, int], str]]:
    """Give where answers must pass: subnet, direction, the other side, the ports, why."""
    gateways = {
        subnet.id
        for each in plan.of("AWS::EC2::NatGateway")
        for subnet in plan.network.subnets(each)
    }
    for subnet in plan.of("AWS::EC2::Subnet"):
        way = plan.network.way_out(subnet)
        if way in ("NAT gateway", "internet gateway"):
            ports_ = GATEWAYS if subnet.id in gateways else LINUX
            yield subnet, "in", "0.0.0.0/0", ports_, f"{subnet.id} calls the internet by its {way}"
    for balancer in plan.of(LOAD_BALANCER):
        if balancer.properties.get("Scheme") == "internet-facing":
            for subnet in plan.network.subnets(balancer):
                yield subnet, "out", "0.0.0.0/0", GATEWAYS, f"{balancer.id} answers everyone there"
    for client, server in _talking(plan):
        range_ = GATEWAYS if client.type == LOAD_BALANCER else LINUX
        reason = f"{client.id} asks {server.id}"
        for mine, other in product(plan.network.subnets(client), plan.network.subnets(server)):
            near, far = mine.properties.get("CidrBlock"), other.properties.get("CidrBlock")
            if mine is not other and isinstance(near, str) and isinstance(far, str):
                yield mine, "in", far, range_, reason
                yield other, "out", near, range_, reason


def _talking(plan: Plan) -> Iterator[tuple[Resource, Resource]]:
    """Give each client with each server: the arrows of the system, and load balancers."""
    for source, used in sorted(plan.uses):
        clients = [each for each in plan.parts.get(source, ()) if each.type in COMPUTE]
        servers = [each for each in plan.parts.get(used, ()) if each.type in (*STORES, *COMPUTE)]
        yield from product(clients, servers)
    for service, balancer, _ in balanced(plan):
        yield balancer, service

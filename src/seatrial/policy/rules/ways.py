"""Ways that are used and closed: parts to what they use, load balancers, endpoints."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.network import Opening, covers
from seatrial.policy.plan import Plan
from seatrial.policy.read import is_true, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import COMPUTE, balanced, container_ports
from seatrial.policy.rules._services import SERVICE
from seatrial.policy.stores import STORES, ports


@rule(
    "ST111",
    "endpoint-refuses-its-users",
    "error",
    "network",
    why="With private names every call in the VPC goes to the endpoint: whoever its security "
    "group refuses cannot reach the service at all, not even over the internet.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
)
def endpoint_refuses_its_users(plan: Plan) -> Iterator[Fault]:
    """Find an interface endpoint whose security group keeps out tasks in the same VPC.

    Bad:
        Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-1, CidrBlock: 10.0.1.0/24}}
        Closed: {Type: AWS::EC2::SecurityGroup}
        Endpoint:
          Type: AWS::EC2::VPCEndpoint
          Properties: {VpcId: vpc-1, PrivateDnsEnabled: true, SecurityGroupIds: [!Ref Closed]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}

    Good:
        Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-1, CidrBlock: 10.0.1.0/24}}
        Open:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
              - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/16}
        Endpoint:
          Type: AWS::EC2::VPCEndpoint
          Properties: {VpcId: vpc-1, PrivateDnsEnabled: true, SecurityGroupIds: [!Ref Open]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}
    """
    for endpoint in plan.of("AWS::EC2::VPCEndpoint"):
        groups = plan.network.groups(endpoint)
        openings = [each for group in groups for each in plan.network.into.get(group.id, ())]
        unknown = any(each.kind == "other" for each in openings)
        if not groups or unknown or not is_true(endpoint.properties.get("PrivateDnsEnabled")):
            continue
        refused = [
            user.id
            for user in plan.of(*COMPUTE)
            if _same_network(plan, user, endpoint) and not _let_in(plan, user, openings)
        ]
        if refused:
            name = written(endpoint.properties.get("ServiceName")).rpartition(".")[2]
            yield Fault(
                endpoint.id,
                "SecurityGroupIds",
                f"{', '.join(refused)} cannot reach {name or 'it'}: port 443 is closed to them.",
                f"Let the VPC into {groups[0].id} on port 443.",
            )


def _same_network(plan: Plan, user: Resource, endpoint: Resource) -> bool:
    mine = endpoint.properties.get("VpcId")
    return any(each.properties.get("VpcId") == mine for each in plan.network.subnets(user))


def _let_in(plan: Plan, user: Resource, openings: list[Opening]) -> bool:
    groups = {each.id for each in plan.network.groups(user)}
    networks = [written(each.properties.get("CidrBlock")) for each in plan.network.subnets(user)]
    return any(
        opening.covers(443)
        and (opening.peer in groups or any(covers(opening.peer, each) for each in networks))
        for opening in openings
    )


@rule(
    "ST112",
    "used-and-unreachable",
    "error",
    "network",
    why="What a part uses and cannot reach fails on its first request.",
    source="https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html",
)
def used_and_unreachable(plan: Plan) -> Iterator[Fault]:
    """Find a part that uses a store or a service to which no way is open.

    A load balancer uses the services that it forwards to. A way takes a route, a rule of
    both security groups and both network ACLs; `seatrial reach` tells what closes it.

    Bad:
        Reaches: []
        Metadata:
          Seatrial:
            Parts: {Api: api, Db: db}
            Annotations: [{Kind: Uses, part: api, used: db, access: write}]
        Resources:
          Mine: {Type: AWS::EC2::SecurityGroup}
          Its: {Type: AWS::EC2::SecurityGroup}
          Api:
            Type: AWS::ECS::Service
            Properties:
              NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Mine]}}
          Db:
            Type: AWS::RDS::DBInstance
            Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Its]}

    Good:
        Reaches: [[Api, Db, 5432]]
        Metadata:
          Seatrial:
            Parts: {Api: api, Db: db}
            Annotations: [{Kind: Uses, part: api, used: db, access: write}]
        Resources:
          Mine: {Type: AWS::EC2::SecurityGroup}
          Its: {Type: AWS::EC2::SecurityGroup}
          Api:
            Type: AWS::ECS::Service
            Properties:
              NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Mine]}}
          Db:
            Type: AWS::RDS::DBInstance
            Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Its]}
    """
    for source, used in sorted(plan.uses):
        clients = [each for each in _placed(plan, source) if each.type in COMPUTE]
        servers = _servers(plan, used)
        for client in clients if source != used else ():
            for server, port in _closed(plan, client, servers):
                at_port = f" on port {port}" if port else ""
                yield Fault(
                    server.id,
                    "",
                    f"{source} uses {used}, and no way to {server.id} is open{at_port}.",
                    f"Let {source}'s security group into that of {used}.",
                )
    seen = set()
    for service, balancer, group in balanced(plan):
        listening = container_ports(plan, service)
        known = plan.network.groups(service) and plan.network.groups(balancer)
        if not listening or not known or (service.id, balancer.id) in seen:
            continue
        seen.add((service.id, balancer.id))
        if not any(plan.reaches(balancer.id, service.id, port) for port in listening):
            yield Fault(
                service.id,
                "LoadBalancers",
                f"{balancer.id} forwards to {group.id}, and does not reach the tasks on "
                f"{', '.join(map(str, listening))}.",
                "Let the load balancer's security group into that of the tasks.",
            )


def _closed(
    plan: Plan, client: Resource, servers: list[tuple[Resource, int | None]]
) -> list[tuple[Resource, int | None]]:
    """Give the servers that a client cannot reach: each that it names, or where none, all."""
    task = plan.named(client.properties.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    named = plan.needs[task.id] if task else set()
    wanted = [each for each in servers if each[0].id in named]
    closed: dict[str, tuple[Resource, int | None]] = {}
    reached = set()
    for server, port in wanted or servers:
        if plan.reaches(client.id, server.id, port):
            reached.add(server.id)
        else:
            closed.setdefault(server.id, (server, port))
    if not wanted:
        return [] if reached else [*closed.values()][:1]
    return [each for id, each in closed.items() if id not in reached]


def _placed(plan: Plan, part: str) -> list[Resource]:
    """Give what of a part holds a security group; where the rest lies, only AWS knows."""
    return [each for each in plan.parts.get(part, ()) if plan.network.groups(each)]


def _servers(plan: Plan, part: str) -> list[tuple[Resource, int | None]]:
    """Give what listens in a part, with its ports; None where they are not known."""
    found: list[tuple[Resource, int | None]] = []
    for each in _placed(plan, part):
        if each.type in STORES:
            found += [(each, port) for port in ports(each)]
        elif each.type == SERVICE:
            found += [(each, port) for port in container_ports(plan, each)]
        elif each.type == "AWS::EC2::Instance":
            found.append((each, None))
    return found

"""Ways that are missing or lead the wrong way: routes, network ACLs, endpoints, arrows."""

from collections.abc import Iterator
from itertools import product

from seatrial.graph import Resource
from seatrial.graph.check.view import LISTENER, LOAD_BALANCER, TARGET_GROUP
from seatrial.policy.network import Opening, covers
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules.network import container_ports
from seatrial.policy.stores import STORES, ports, stores

SERVICE = "AWS::ECS::Service"
COMPUTE = (SERVICE, "AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup")
ENDPOINT = "AWS::EC2::VPCEndpoint"
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
# Linux takes 32768 to 60999; NAT gateways and load balancers take 1024 to 65535.
LINUX = (32768, 60999)
GATEWAYS = (1024, 65535)


@rule(
    "ST107",
    "store-in-public-subnet",
    "warning",
    "network",
    why="One property (a public address, a rule of a security group) then opens the data to "
    "the world; in a private subnet it cannot.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html",
)
def store_in_public_subnet(plan: Plan) -> Iterator[Fault]:
    """Find a store in a subnet whose default route leads to an internet gateway.

    Bad:
        Routes: {Type: AWS::EC2::RouteTable}
        Default:
          Type: AWS::EC2::Route
          Properties: {RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-1}
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
        Subnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [!Ref Subnet]}}
        Db: {Type: AWS::RDS::DBInstance, Properties: {DBSubnetGroupName: !Ref Subnets}}

    Good:
        Routes: {Type: AWS::EC2::RouteTable}
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
        Subnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [!Ref Subnet]}}
        Db: {Type: AWS::RDS::DBInstance, Properties: {DBSubnetGroupName: !Ref Subnets}}
    """
    for store in stores(plan):
        for subnet in plan.network.subnets(store):
            if plan.network.way_out(subnet) == "internet gateway":
                route = plan.network.default_route(subnet)
                yield Fault(
                    store.id,
                    "",
                    f"this {STORES[store.type]} lies in {subnet.id}, whose route "
                    f"{route.id if route else ''} leads to an internet gateway.",
                    "Put it into subnets without a route to an internet gateway.",
                    "System(..., data_subnets=True) gives stores subnets of their own.",
                )
                break


@rule(
    "ST108",
    "task-without-way-out",
    "error",
    "network",
    why="A task that cannot pull its image or read its secrets never starts.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
)
def task_without_way_out(plan: Plan) -> Iterator[Fault]:
    """Find tasks that reach neither the internet nor the endpoints of what they need to start.

    Without a public address a route to an internet gateway leads nowhere: answers do not come
    back. Then a NAT gateway is needed, or endpoints for the registry (`ecr.api`, `ecr.dkr`,
    `s3`), for logs and for secrets.

    Bad:
        Routes: {Type: AWS::EC2::RouteTable}
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}

    Good:
        Routes: {Type: AWS::EC2::RouteTable}
        Default:
          Type: AWS::EC2::Route
          Properties:
            RouteTableId: !Ref Routes
            DestinationCidrBlock: 0.0.0.0/0
            NatGatewayId: nat-1
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}
    """
    endpoints = _endpoints(plan)
    for service in plan.of(SERVICE):
        placed = at(service.properties, "NetworkConfiguration", "AwsvpcConfiguration")
        address = at(placed, "AssignPublicIp") or "DISABLED"
        for subnet in plan.network.subnets(service):
            table = plan.network.table(subnet)
            route = plan.network.default_route(subnet)
            way = plan.network.way_out(subnet)
            blind = address == "DISABLED" and way == "internet gateway"
            if not table or not (blind or route is None):
                continue
            missing = (
                _needed(plan, service) - endpoints.get(table, set()) - endpoints.get("", set())
            )
            if missing:
                leads = "leads to an internet gateway, and the tasks have no public address"
                yield Fault(
                    service.id,
                    "NetworkConfiguration.AwsvpcConfiguration.Subnets",
                    f"{subnet.id} {leads if blind else 'has no default route'}, and no endpoint "
                    f"is there for {', '.join(sorted(missing))}.",
                    f"Route {subnet.id} to a NAT gateway, or add the endpoints.",
                    "System(..., nat='each zone'), or endpoints=['ecr', 'logs', 'secretsmanager'].",
                )
                break


def _endpoints(plan: Plan) -> dict[str, set[str]]:
    """Give the services that each route table has a gateway endpoint to; `""`: interface ones."""
    found: dict[str, set[str]] = {}
    for endpoint in plan.of(ENDPOINT):
        name = ".".join(written(endpoint.properties.get("ServiceName")).split(".")[3:])
        tables = plan.all_named(endpoint.properties.get("RouteTableIds"), "AWS::EC2::RouteTable")
        for table in [each.id for each in tables] or [""]:
            found.setdefault(table, set()).add(name)
    return found


def _needed(plan: Plan, service: Resource) -> set[str]:
    task = plan.named(service.properties.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    needed = {"ecr.api", "ecr.dkr", "s3"}
    for container in maps(at(task.properties, "ContainerDefinitions") if task else None):
        if at(container, "LogConfiguration", "LogDriver") == "awslogs":
            needed.add("logs")
        if container.get("Secrets"):
            needed.add("secretsmanager")
    return needed


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
    for service, balancer, _ in _balanced(plan):
        yield balancer, service


def _balanced(plan: Plan) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Give each service with the load balancers that send it requests, and the target group."""
    for service in plan.of(SERVICE):
        for group in plan.all_named(service.properties.get("LoadBalancers"), TARGET_GROUP):
            for balancer in balancers(plan, group):
                yield service, balancer, group


def balancers(plan: Plan, group: Resource) -> list[Resource]:
    """Give the load balancers that forward to a target group."""
    found: dict[str, Resource] = {}
    for id in plan.forwarding.get(group.id, ()):
        each = plan.graph[id]
        listener = plan.named(each.properties.get("ListenerArn"), LISTENER) or each
        balancer = plan.named(listener.properties.get("LoadBalancerArn"), LOAD_BALANCER)
        if balancer:
            found[balancer.id] = balancer
    return [*found.values()]


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
    for endpoint in plan.of(ENDPOINT):
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
    for service, balancer, group in _balanced(plan):
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

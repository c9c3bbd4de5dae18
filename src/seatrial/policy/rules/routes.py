"""Where routes lead: stores beside the internet, tasks that no way leads out of."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import SERVICE
from seatrial.policy.stores import STORES, stores


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
    `s3`), for logs, secrets and parameters. Tasks on machines of one's own are not judged: the
    machine pulls the image.

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
        if _on_machines(plan, service):
            continue
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
    for endpoint in plan.of("AWS::EC2::VPCEndpoint"):
        name = ".".join(written(endpoint.properties.get("ServiceName")).split(".")[3:])
        tables = plan.all_named(endpoint.properties.get("RouteTableIds"), "AWS::EC2::RouteTable")
        for table in [each.id for each in tables] or [""]:
            found.setdefault(table, set()).add(name)
    return found


def _on_machines(plan: Plan, service: Resource) -> bool:
    """Tell whether a service says that its tasks run on instances, not on Fargate."""
    given = service.properties
    if given.get("LaunchType") in ("EC2", "EXTERNAL"):
        return True
    task = plan.named(given.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    if task and many(task.properties.get("RequiresCompatibilities")) == ["EC2"]:
        return True
    strategy = maps(given.get("CapacityProviderStrategy"))
    names = [written(each.get("CapacityProvider")) for each in strategy]
    return bool(names) and not any(each.startswith("FARGATE") for each in names)


def _needed(plan: Plan, service: Resource) -> set[str]:
    task = plan.named(service.properties.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
    needed = {"ecr.api", "ecr.dkr", "s3"}
    for container in maps(at(task.properties, "ContainerDefinitions") if task else None):
        if at(container, "LogConfiguration", "LogDriver") == "awslogs":
            needed.add("logs")
        for secret in maps(container.get("Secrets")):
            needed.add(_keeper(plan, secret.get("ValueFrom")))
    return needed


def _keeper(plan: Plan, value: Any) -> str:
    """Name the service that keeps a secret: a name that is no ARN is a parameter's."""
    name = isinstance(value, str) and not value.startswith("arn")
    parameter = plan.named(value, "AWS::SSM::Parameter") or ":ssm:" in written(value)
    return "ssm" if name or parameter else "secretsmanager"

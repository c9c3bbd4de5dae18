"""Who gets in: what the internet reaches of machines, tasks and stores."""

from collections.abc import Iterator

from seatrial.policy.plan import Plan
from seatrial.policy.read import at
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import COMPUTE
from seatrial.policy.stores import STORES, ports, stores

ADMINISTRATION = {22: "SSH", 3389: "RDP", 5985: "WinRM", 2375: "Docker"}


@rule(
    "ST101",
    "store-open-to-internet",
    "error",
    "network",
    why="Whoever scans the internet finds it within minutes; a password is then all that holds.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
)
def store_open_to_internet(plan: Plan) -> Iterator[Fault]:
    """Find a database, cache, broker or search domain that the internet reaches.

    It takes all of it: a public address, a route to an internet gateway, and a security
    group and network ACL that let the world in. One of them closed is enough.

    Bad:
        Reaches: [[internet, Db, 5432]]
        Resources:
          Db:
            Type: AWS::RDS::DBInstance
            Properties: {Engine: postgres, PubliclyAccessible: true}

    Good:
        Reaches: [[internet, Api, 443]]
        Resources:
          Db:
            Type: AWS::RDS::DBInstance
            Properties: {Engine: postgres, PubliclyAccessible: false}
    """
    for store in stores(plan):
        for port in ports(store):
            if way := plan.reaches.surely("internet", store.id, port):
                public = "PubliclyAccessible" if "PubliclyAccessible" in store.properties else ""
                kind = STORES[store.type]
                yield Fault(
                    store.id,
                    public,
                    f"the internet reaches this {kind} on port {port}: {way}",
                    "Set PubliclyAccessible to false, use private subnets, and let in only "
                    "the security groups of what uses it.",
                )
                break


@rule(
    "ST102",
    "administration-open-to-internet",
    "error",
    "network",
    why="SSH and remote desktops that everyone reaches are tried by everyone.",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
)
def administration_open_to_internet(plan: Plan) -> Iterator[Fault]:
    """Find a machine or task that the internet reaches on a port for administrators.

    A rule on one security group says little: this follows the way from the internet to the
    machine. AWS Systems Manager's sessions need no open port.

    Bad:
        Reaches: [[internet, Bastion, 22]]
        Resources:
          Bastion:
            Type: AWS::EC2::Instance

    Good:
        Reaches: [[internet, Bastion, 443]]
        Resources:
          Bastion:
            Type: AWS::EC2::Instance
    """
    for machine in plan.of(*COMPUTE):
        open_ = {
            f"{name} on {port}": way
            for port, name in ADMINISTRATION.items()
            if (way := plan.reaches.surely("internet", machine.id, port))
        }
        if open_:
            yield Fault(
                machine.id,
                "",
                f"the internet reaches it by {', '.join(open_)}: {next(iter(open_.values()))}",
                "Take the rule out that opens the port; use Session Manager or a VPN.",
                "Use Vpn(...) for people, and no open port.",
            )


@rule(
    "ST103",
    "task-open-to-internet",
    "warning",
    "network",
    why="Whoever calls a task by its own address goes around the load balancer, its "
    "certificate and its firewall.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/networking-inbound.html",
)
def task_open_to_internet(plan: Plan) -> Iterator[Fault]:
    """Find tasks with public addresses that let the world in past their load balancer.

    A public address alone is a way out; with a security group that lets everyone in, and a
    subnet with a route to the internet gateway, it is a way in.

    Bad:
        Routes: {Type: AWS::EC2::RouteTable}
        Default:
          Type: AWS::EC2::Route
          Properties: {RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-1}
        Subnet: {Type: AWS::EC2::Subnet}
        SubnetRoutes:
          Type: AWS::EC2::SubnetRouteTableAssociation
          Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration:
              AwsvpcConfiguration:
                AssignPublicIp: ENABLED
                Subnets: [!Ref Subnet]
                SecurityGroups: [!Ref Group]

    Good:
        Balancer: {Type: AWS::EC2::SecurityGroup}
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
              - {IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: !Ref Balancer}
        Api:
          Type: AWS::ECS::Service
          Properties:
            NetworkConfiguration:
              AwsvpcConfiguration:
                AssignPublicIp: ENABLED
                SecurityGroups: [!Ref Group]
    """
    for service in plan.of("AWS::ECS::Service"):
        placed = at(service.properties, "NetworkConfiguration", "AwsvpcConfiguration")
        addressed = at(placed, "AssignPublicIp") == "ENABLED"
        subnets = plan.network.subnets(service)
        public = any(plan.network.way_out(each) == "internet gateway" for each in subnets)
        if not addressed or not public:
            continue
        for group in plan.network.groups(service):
            for opening in plan.network.into.get(group.id, ()):
                if opening.by_everyone:
                    yield Fault(
                        opening.resource,
                        opening.path,
                        f"everyone reaches the tasks of {service.id} on {opening.ports} by their "
                        "own addresses.",
                        "Let in the load balancer's security group alone.",
                        "Leave the service in private subnets, which is the default.",
                        part=service.part,
                    )

"""What is paid for and not used, or could be had for less; no price is looked at."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, maps, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import table
from seatrial.policy.rules._services import SERVICE
from seatrial.policy.rules._stores import INSTANCE, REPLICATION_GROUP

VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/"
SMALL = ("development", "dev", "test", "testing", "sandbox", "demo")
NAT = "AWS::EC2::NatGateway"


@rule(
    "ST821",
    "logs-kept-forever",
    "note",
    "cost",
    why="A log group without a retention is stored, and billed, for ever.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
)
def logs_kept_forever(plan: Plan) -> Iterator[Fault]:
    """Tell of a log group that something in the template writes to and that never forgets.

    Bad:
        Logs: {Type: AWS::Logs::LogGroup}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - {LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs}}}

    Good:
        Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - {LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs}}}
    """
    for group in plan.of("AWS::Logs::LogGroup"):
        if "RetentionInDays" not in group.properties and plan.users.get(group.id):
            users = sorted(each.id for each in plan.users[group.id])[:3]
            yield Fault(
                group.id,
                "RetentionInDays",
                f"What {', '.join(users)} write{'s' if len(users) == 1 else ''} is kept for ever.",
                "RetentionInDays: 30",
            )


@rule(
    "ST824",
    "bucket-through-nat",
    "note",
    "cost",
    why="A NAT gateway bills each gigabyte; a gateway endpoint for S3 is free.",
    source=VPC + "nat-gateway-pricing.html",
)
def bucket_through_nat(plan: Plan) -> Iterator[Fault]:
    """Tell of a VPC whose tasks fetch images and objects from S3 through NAT.

    The layers of an image in ECR lie in S3, so that every service has such traffic.

    Bad:
        Vpc: {Type: AWS::EC2::VPC}
        Inside: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
        Nat: {Type: AWS::EC2::NatGateway}
        Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
        Out: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref Table, NatGatewayId: !Ref Nat}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Inside]}}}

    Good:
        Vpc: {Type: AWS::EC2::VPC}
        Inside: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
        Nat: {Type: AWS::EC2::NatGateway}
        Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
        Out: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref Table, NatGatewayId: !Ref Nat}}
        S3:
          Type: AWS::EC2::VPCEndpoint
          Properties:
            VpcId: !Ref Vpc
            ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3"
            RouteTableIds: [!Ref Table]
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Inside]}}}
    """
    free: set[str] = set()
    for endpoint in plan.of("AWS::EC2::VPCEndpoint"):
        given = endpoint.properties
        gateway = given.get("VpcEndpointType", "Gateway") == "Gateway"
        if gateway and written(given.get("ServiceName")).endswith(".s3"):
            free |= {
                t.id for t in plan.all_named(given.get("RouteTableIds"), "AWS::EC2::RouteTable")
            }
    billed: dict[str, str] = {}
    for route in plan.of("AWS::EC2::Route"):
        gateway_ = plan.named(route.properties.get("NatGatewayId"), NAT)
        for routes in plan.all_named(route.properties.get("RouteTableId"), "AWS::EC2::RouteTable"):
            if gateway_ is not None and routes.id not in free:
                billed.setdefault(gateway_.id, routes.id)
    services = any(True for _ in plan.of(SERVICE))
    for id, table_id in billed.items() if services else ():
        yield Fault(
            id,
            "",
            f"Traffic to S3, image layers among it, goes from {table_id} through this gateway.",
            "An AWS::EC2::VPCEndpoint of type Gateway for S3 in its route tables.",
        )


@rule(
    "ST825",
    "older-volume",
    "note",
    "cost",
    why="gp3 has 3,000 IOPS at any size, for what gp2 costs or less.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
)
def older_volume(plan: Plan) -> Iterator[Fault]:
    """Tell of storage of the previous generation under a database, search domain or machine.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {StorageType: gp2}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {StorageType: gp3}}
    """
    for resource in plan.of(INSTANCE, "AWS::OpenSearchService::Domain", "AWS::EC2::Instance"):
        for path, kind in _volumes(resource):
            if kind == "gp2":
                edit = "Postgres(..., storage_type='gp3')" if resource.type == INSTANCE else ""
                yield Fault(resource.id, path, "Its storage is gp2.", f"{path}: gp3", edit)


def _volumes(resource: Resource) -> Iterator[tuple[str, object]]:
    given = resource.properties
    yield "StorageType", given.get("StorageType")
    yield "EBSOptions.VolumeType", at(given, "EBSOptions", "VolumeType")
    for index, each in enumerate(maps(given.get("BlockDeviceMappings"))):
        yield f"BlockDeviceMappings.{index}.Ebs.VolumeType", at(each, "Ebs", "VolumeType")


@rule(
    "ST826",
    "spare-in-development",
    "note",
    "cost",
    why="What survives the loss of a zone costs twice, and nobody waits for development.",
    source="https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/welcome.html",
)
def spare_in_development(plan: Plan) -> Iterator[Fault]:
    """Tell of standbys and of a NAT gateway for each zone in a development environment.

    Bad:
        Metadata: {Seatrial: {Environment: development}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: true}}

    Good:
        Metadata: {Seatrial: {Environment: development}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: false}}
    """
    if plan.graph.environment not in SMALL:
        return
    for database in plan.of(INSTANCE):
        if is_true(database.properties.get("MultiAZ")):
            yield Fault(
                database.id,
                "MultiAZ",
                f"{plan.graph.environment} pays a standby for {database.label}.",
                "MultiAZ: false",
                "change={db: dict(multi_az=False)} in its environment",
            )
    gateways = list(plan.of(NAT))
    if len(gateways) > 1:
        yield Fault(
            gateways[1].id,
            "",
            f"{plan.graph.environment} pays {len(gateways)} NAT gateways.",
            "One gateway for all zones.",
            "system.environment(..., nat='one')",
        )


@rule(
    "ST828",
    "previous-generation",
    "note",
    "cost",
    why="AWS keeps it for who has it; a newer generation does more for its price.",
    source="https://aws.amazon.com/rds/previous-generation/",
)
def previous_generation(plan: Plan) -> Iterator[Fault]:
    """Tell of a class that AWS calls previous generation, under an engine that AWS manages.

    Each engine has its own list: ElastiCache still counts T2, M4 and R4 among the current ones.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceClass: db.m4.large}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceClass: db.m7g.large}}
    """
    known = table("sizes")["previous_generations"]
    for resource in plan.of(*known["types"]):
        path = "CacheNodeType" if resource.type == REPLICATION_GROUP else "DBInstanceClass"
        kind = written(resource.properties.get(path))
        pieces = kind.split(".")
        newer = known["types"][resource.type]["newer"]
        if len(pieces) == 3 and pieces[1] in newer:
            family = newer[pieces[1]]
            size = known["sizes"].get(f"{family}.{pieces[2]}", pieces[2])
            right = f"{pieces[0]}.{family}.{size}"
            yield Fault(
                resource.id,
                path,
                f"{kind} is of a previous generation.",
                f"{path}: {right}",
                f"size={right!r}" if resource.origin else "",
            )

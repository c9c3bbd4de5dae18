"""A small system that AWS accepts, for tests that break it: one service, one database."""

from typing import Any

from seatrial.graph import Graph, Parameter, Resource
from seatrial.graph.graph import Origin
from seatrial.graph.values import (
    REGION,
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    Zone,
    join,
    render,
)
from seatrial.mistake import Place

FILE = "system.py"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def good_graph() -> Graph:
    """Give a graph in which AWS finds nothing wrong."""
    graph = Graph("shop", "production", "us-east-1", "A shop")
    graph.parameters["ApiImage"] = Parameter("ApiImage", "String", "The image of api")
    lines = iter(range(1, 1000))

    def add(part: str, id: str, type_: str, after: tuple[str, ...] = (), **properties: Any) -> None:
        origin = Origin(part, Place(FILE, next(lines)))
        graph.add(Resource(id, type_, properties, origin, depends_on=after))

    _add_network(add)
    _add_database(add)
    _add_service(add)
    return graph


def _add_network(add: Any) -> None:
    add("network", "Vpc", "AWS::EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True)
    add("network", "Gateway", "AWS::EC2::InternetGateway")
    add(
        "network",
        "Attachment",
        "AWS::EC2::VPCGatewayAttachment",
        VpcId=Ref("Vpc"),
        InternetGatewayId=Ref("Gateway"),
    )
    for number in (1, 2):
        for kind, base in (("Public", 0), ("Private", 10)):
            add(
                "network",
                f"{kind}{number}",
                "AWS::EC2::Subnet",
                VpcId=Ref("Vpc"),
                CidrBlock=f"10.0.{base + number}.0/24",
                AvailabilityZone=Zone(number - 1),
                MapPublicIpOnLaunch=False,
            )
    add("network", "PublicTable", "AWS::EC2::RouteTable", VpcId=Ref("Vpc"))
    add(
        "network",
        "PublicRoute",
        "AWS::EC2::Route",
        ("Attachment",),
        RouteTableId=Ref("PublicTable"),
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=Ref("Gateway"),
    )
    add("network", "NatAddress", "AWS::EC2::EIP", ("Attachment",), Domain="vpc")
    add(
        "network",
        "Nat",
        "AWS::EC2::NatGateway",
        SubnetId=Ref("Public1"),
        AllocationId=GetAtt("NatAddress", "AllocationId"),
    )
    add(
        "network",
        "Wall",
        "AWS::EC2::SecurityGroup",
        GroupDescription="api",
        VpcId=Ref("Vpc"),
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
        ],
    )
    add(
        "network",
        "DbRule",
        "AWS::EC2::SecurityGroupIngress",
        GroupId=GetAtt("Wall", "GroupId"),
        IpProtocol="tcp",
        FromPort=5432,
        ToPort=5432,
        SourceSecurityGroupId=GetAtt("Wall", "GroupId"),
    )


def _add_database(add: Any) -> None:
    add(
        "db",
        "DbSecret",
        "AWS::SecretsManager::Secret",
        GenerateSecretString={
            "SecretStringTemplate": '{"username": "app"}',
            "GenerateStringKey": "password",
            "ExcludeCharacters": '"@/\\',
        },
    )
    add(
        "db",
        "DbSubnets",
        "AWS::RDS::DBSubnetGroup",
        DBSubnetGroupDescription="db",
        SubnetIds=[Ref("Private1"), Ref("Private2")],
    )
    add(
        "db",
        "Db",
        "AWS::RDS::DBInstance",
        Engine="postgres",
        EngineVersion="15.19",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        MaxAllocatedStorage=100,
        StorageType="gp3",
        StorageEncrypted=True,
        MultiAZ=True,
        BackupRetentionPeriod=7,
        DBName="app",
        MasterUsername=Secret("DbSecret", "username", dynamic=True),
        MasterUserPassword=Secret("DbSecret", "password", dynamic=True),
        DBSubnetGroupName=Ref("DbSubnets"),
        VPCSecurityGroups=[GetAtt("Wall", "GroupId")],
    )


def _add_service(add: Any) -> None:
    add("api", "Logs", "AWS::Logs::LogGroup", LogGroupName="/ecs/api", RetentionInDays=30)
    add("api", "Role", "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    add(
        "api",
        "Balancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ("Attachment",),
        Name="shop",
        Scheme="internet-facing",
        Subnets=[Ref("Public1"), Ref("Public2")],
        SecurityGroups=[GetAtt("Wall", "GroupId")],
    )
    add(
        "api",
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Name="api",
        VpcId=Ref("Vpc"),
        TargetType="ip",
        Protocol="HTTP",
        Port=8000,
        HealthCheckPath="/healthz",
        HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=5,
    )
    add(
        "api",
        "Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        LoadBalancerArn=Ref("Balancer"),
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": Ref("Targets")}],
    )
    for number, path in ((1, "/users/*"), (2, "/items/*")):
        add(
            "api",
            f"Rule{number}",
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            ListenerArn=Ref("Listener"),
            Priority=number,
            Actions=[{"Type": "forward", "TargetGroupArn": Ref("Targets")}],
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
        )
    add(
        "api",
        "Cluster",
        "AWS::ECS::Cluster",
        CapacityProviders=["FARGATE", "FARGATE_SPOT"],
        ClusterSettings=[{"Name": "containerInsights", "Value": "enabled"}],
    )
    add(
        "api",
        "Task",
        "AWS::ECS::TaskDefinition",
        Family="api",
        RequiresCompatibilities=["FARGATE"],
        NetworkMode="awsvpc",
        Cpu="512",
        Memory="1024",
        ExecutionRoleArn=GetAtt("Role", "Arn"),
        ContainerDefinitions=[
            {
                "Name": "api",
                "Image": Ref("ApiImage"),
                "PortMappings": [{"ContainerPort": 8000}],
                "Command": ["uvicorn", "main:app", "--host", AtRun("HOST", "0.0.0.0")],
                "Environment": [
                    {"Name": "PGHOST", "Value": GetAtt("Db", "Endpoint.Address")},
                    {"Name": "PGPORT", "Value": GetAtt("Db", "Endpoint.Port")},
                ],
                "Secrets": [{"Name": "PGPASSWORD", "ValueFrom": Secret("DbSecret", "password")}],
                "LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {
                        "awslogs-group": Ref("Logs"),
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "api",
                    },
                },
            }
        ],
    )
    add(
        "api",
        "Service",
        "AWS::ECS::Service",
        ("Listener",),
        Cluster=Ref("Cluster"),
        TaskDefinition=Ref("Task"),
        DesiredCount=2,
        LaunchType="FARGATE",
        DeploymentConfiguration={
            "MinimumHealthyPercent": 100,
            "MaximumPercent": 200,
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        },
        NetworkConfiguration={
            "AwsvpcConfiguration": {
                "Subnets": [Ref("Private1"), Ref("Private2")],
                "SecurityGroups": [GetAtt("Wall", "GroupId")],
            }
        },
        LoadBalancers=[
            {"TargetGroupArn": Ref("Targets"), "ContainerName": "api", "ContainerPort": 8000}
        ],
    )
    add(
        "api",
        "Scale",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=2,
        MaxCapacity=6,
        ResourceId=join("service/", Ref("Cluster"), "/", GetAtt("Service", "Name")),
        ScalableDimension="ecs:service:DesiredCount",
        ServiceNamespace="ecs",
    )
    add(
        "api",
        "ScaleByCpu",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId=Ref("Scale"),
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
    )
    add("alarms", "Topic", "AWS::SNS::Topic", TopicName="shop-alarms")
    add(
        "alarms",
        "CpuHigh",
        "AWS::CloudWatch::Alarm",
        Namespace="AWS/RDS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": Ref("Db")}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[Ref("Topic")],
    )


def template_of(graph: Graph) -> dict[str, Any]:
    """Write a graph as a CloudFormation template, as plainly as can be, for cfn-lint."""

    def symbol(value: Symbol) -> Any:
        if isinstance(value, Ref):
            return {"Ref": value.id}
        if isinstance(value, GetAtt):
            return {"Fn::GetAtt": [value.id, value.attribute]}
        if isinstance(value, Pseudo):
            return {"Ref": value.name}
        if isinstance(value, Join):
            return {"Fn::Join": ["", [render(part, symbol) for part in value.parts]]}
        if isinstance(value, Secret) and not value.dynamic:
            return {"Fn::Sub": f"${{{value.id}}}:{value.key}::"}
        if isinstance(value, Secret):
            reference = f"resolve:secretsmanager:${{{value.id}}}:SecretString:{value.key}"
            return {"Fn::Sub": f"{{{{{reference}}}}}"}
        if isinstance(value, AtRun):
            return value.aws
        if isinstance(value, Zone):
            return {"Fn::Select": [value.index, {"Fn::GetAZs": ""}]}
        assert isinstance(value, Intrinsic)
        return {value.name: render(value.argument, symbol)}

    resources = {}
    for each in graph:
        written: dict[str, Any] = {
            "Type": each.type,
            "Properties": render(each.properties, symbol),
        }
        if each.depends_on:
            written["DependsOn"] = list(each.depends_on)
        if each.deletion_policy:
            written["DeletionPolicy"] = each.deletion_policy
        if each.update_replace_policy:
            written["UpdateReplacePolicy"] = each.update_replace_policy
        resources[each.id] = written
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": graph.description,
        "Parameters": {
            each.id: {"Type": each.type, "Description": each.description}
            for each in graph.parameters.values()
        },
        "Resources": resources,
    }

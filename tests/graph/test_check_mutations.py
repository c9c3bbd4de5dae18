"""A good graph, broken in one way after another: each gives one message with its place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from seatrial.graph import Graph, Resource
from seatrial.graph.check import RULES, Refused, check
from seatrial.graph.values import GetAtt, Pseudo, Ref, Secret, Zone
from tests.graph.schema.system import FILE, good_graph

Change = Callable[[Graph], Any]


@dataclass(frozen=True)
class Mutation:
    """One way to break the graph: what it gives, where, and what it says."""

    name: str
    code: str
    at: str
    change: Change
    says: str = ""


def setting(id: str, path: str, value: Any) -> Change:
    """Set a property, by a path such as `ContainerDefinitions.0.Name`."""

    def change(graph: Graph) -> None:
        place, last = _walk(graph[id].properties, path)
        place[last] = value

    return change


def lacking(id: str, path: str) -> Change:
    """Take a property away."""

    def change(graph: Graph) -> None:
        place, last = _walk(graph[id].properties, path)
        del place[last]

    return change


def _walk(place: Any, path: str) -> tuple[Any, Any]:
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    return place, last


def retyped(id: str, type_: str) -> Change:
    return lambda graph: setattr(graph[id], "type", type_)


def after(id: str, *others: str) -> Change:
    return lambda graph: setattr(graph[id], "depends_on", others)


def several(*changes: Change) -> Change:
    return lambda graph: [change(graph) for change in changes]


CONTAINER = "ContainerDefinitions.0"
MUTATIONS = [
    # What schemas refuse.
    Mutation("unknown type", "unknown-type", "Vpc", retyped("Vpc", "AWS::EC2::VPK"),
             "Did you mean 'AWS::EC2::VPC'"),
    Mutation("type outside the pack", "type-not-packed", "Topic",
             several(retyped("Topic", "AWS::Kendra::Index"), setting("CpuHigh", "AlarmActions",
             [])),
             "types.txt"),
    Mutation("unknown property", "unknown-property", "Db.MultiAz", setting("Db", "MultiAz", True),
             "Did you mean 'MultiAZ'"),
    Mutation("unknown nested property", "unknown-property", f"Task.{CONTAINER}.Imge",
             setting("Task", f"{CONTAINER}.Imge", "x"), "Did you mean 'Image'"),
    Mutation("read-only property", "read-only", "Db.DbiResourceId",
             setting("Db", "DbiResourceId", "x"), "Leave it out"),
    Mutation("missing property", "missing", "Wall.GroupDescription",
             lacking("Wall", "GroupDescription"), "is missing"),
    Mutation("missing nested property", "missing", f"Task.{CONTAINER}.Name",
             several(lacking("Task", f"{CONTAINER}.Name")), "is missing"),
    Mutation("text for a number", "wrong-type", "Service.DesiredCount",
             setting("Service", "DesiredCount", "two"), "Give a whole number"),
    Mutation("text for a truth", "wrong-type", "Db.StorageEncrypted",
             setting("Db", "StorageEncrypted", "yes"), "Give true or false"),
    Mutation("text for a list", "wrong-type", "DbSubnets.SubnetIds",
             setting("DbSubnets", "SubnetIds", "subnet-1"), "Give a list"),
    Mutation("reference for a list", "wrong-type", "DbSubnets.SubnetIds",
             setting("DbSubnets", "SubnetIds", Ref("Private1")), "Give a list"),
    Mutation("list for a text", "wrong-type", "Vpc.CidrBlock",
             several(setting("Vpc", "CidrBlock", ["10.0.0.0/16"])), "Give a text"),
    Mutation("list attribute for a text", "wrong-type", "Logs.LogGroupName",
             setting("Logs", "LogGroupName", GetAtt("Targets", "LoadBalancerArns")),
             "gives a list"),
    Mutation("nothing", "wrong-type", "Db.DBName", setting("Db", "DBName", None),
             "leave it out"),
    Mutation("unknown word", "wrong-value", "Task.NetworkMode",
             setting("Task", "NetworkMode", "awsvpd"), "Did you mean 'awsvpc'"),
    Mutation("log retention of 31 days", "wrong-value", "Logs.RetentionInDays",
             setting("Logs", "RetentionInDays", 31), "nearest that AWS takes is 30"),
    Mutation("port over 65535", "out-of-range", "Targets.Port", setting("Targets", "Port", 70000),
             "65535 or less"),
    Mutation("health check every second", "out-of-range", "Targets.HealthCheckIntervalSeconds",
             several(setting("Targets", "HealthCheckIntervalSeconds", 1),
                     lacking("Targets", "HealthCheckTimeoutSeconds")), "5 or more"),
    Mutation("log group name with a space", "wrong-pattern", "Logs.LogGroupName",
             setting("Logs", "LogGroupName", "ecs api"), "pattern"),
    Mutation("role name of 65 letters", "wrong-length", "Role.RoleName",
             setting("Role", "RoleName", "r" * 65), "64 or fewer"),
    Mutation("range of addresses", "wrong-format", "Vpc.CidrBlock",
             several(setting("Vpc", "CidrBlock", "10.0.0.0")), "10.0.0.0/16"),
    Mutation("security group by name", "wrong-format",
        "Service.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.0",
             setting("Service", "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups", ["web"]),
             "security group's id"),
    Mutation("one attribute twice", "twice", "Targets.TargetGroupAttributes.1",
             setting("Targets", "TargetGroupAttributes", [{"Key": "stickiness.enabled",
             "Value": "true"}] * 2),
             "once"),
    Mutation("lambda target group with a port", "E3681", "Targets.Port",
             several(setting("Targets", "TargetType", "lambda"), lacking("Targets", "VpcId"),
                     lacking("Targets", "Protocol")), "may not be set"),
    Mutation("https without a certificate", "E3676", "Listener.Certificates",
             setting("Listener", "Protocol", "HTTPS"), "is missing"),
    Mutation("essential container", "E3042", "Task.ContainerDefinitions",
             setting("Task", f"{CONTAINER}.Essential", False), ""),
    # References.
    Mutation("unknown resource", "no-such-resource", "Service.Cluster",
             setting("Service", "Cluster", Ref("Clustr")), "Did you mean 'Cluster'"),
    Mutation("unknown resource of an attribute", "no-such-resource", "DbRule.GroupId",
             setting("DbRule", "GroupId", GetAtt("Wal", "GroupId")), "Did you mean 'Wall'"),
    Mutation("unknown attribute", "no-such-attribute", f"Task.{CONTAINER}.Environment.0.Value",
             setting("Task", f"{CONTAINER}.Environment.0.Value", GetAtt("Db", "Endpoint.Adress")),
             "Did you mean 'Endpoint.Address'"),
    Mutation("unknown secret", "no-such-resource", f"Task.{CONTAINER}.Secrets.0.ValueFrom",
             setting("Task", f"{CONTAINER}.Secrets.0.ValueFrom", Secret("DbSecrt", "password")),
             "Did you mean 'DbSecret'"),
    Mutation("unknown dependency", "no-such-resource", "Service.DependsOn",
             after("Service", "Listener", "Lisener"), "Did you mean 'Listener'"),
    Mutation("unknown pseudo parameter", "no-such-resource", "Logs.LogGroupName",
             setting("Logs", "LogGroupName", Pseudo("AWS::Regoin")), "Did you mean 'AWS::Region'"),
    Mutation("itself", "circle", "Wall.VpcId", setting("Wall", "VpcId", Ref("Wall")), "itself"),
    Mutation("circle", "circle", "Listener",
             after("Listener", "Service"),
             "Listener -> Service -> Listener"),
    Mutation("seventh zone", "no-such-zone", "Public1.AvailabilityZone",
             setting("Public1", "AvailabilityZone", Zone(6)), "has 6 zones"),
    # What CloudFormation refuses of any resource.
    Mutation("logical id with a hyphen", "logical-id", "my-topic",
             lambda graph: graph.add(Resource("my-topic", "AWS::SNS::Topic", {},
             graph["Topic"].origin)),
             "letters and digits"),
    Mutation("snapshot of a topic", "policy", "Topic.DeletionPolicy",
             lambda graph: setattr(graph["Topic"], "deletion_policy", "Snapshot"), "Retain"),
    Mutation("replacement policy of creation", "policy", "Db.UpdateReplacePolicy",
             lambda graph: setattr(graph["Db"], "update_replace_policy", "RetainExceptOnCreate"),
             "DeletionPolicy only"),
    Mutation("key that AWS keeps", "tags", "Topic.Tags.0.Key",
             setting("Topic", "Tags", [{"Key": "aws:name", "Value": "x"}]), "keeps"),
    Mutation("one key twice", "tags", "Topic.Tags.1.Key",
             setting("Topic", "Tags", [{"Key": "name", "Value": "x"}] * 2), "once more"),
    Mutation("name that another has", "same-name", "Topic2.TopicName",
             lambda graph: graph.add(Resource("Topic2", "AWS::SNS::Topic",
                                              {"TopicName": "shop-alarms"},
                                              graph["Topic"].origin)), "as that of Topic"),
    Mutation("policy without a statement", "E3530", "Role.AssumeRolePolicyDocument.Statement",
             setting("Role", "AssumeRolePolicyDocument", {"Version": "2012-10-17"}), "is missing"),
    Mutation("policy of no effect", "E3530", "Role.AssumeRolePolicyDocument.Statement.0.Effect",
             setting("Role", "AssumeRolePolicyDocument",
                     {"Statement": [{"Effect": "Permit", "Action": "*", "Principal": "*"}]}),
                     "is 'Permit'"),
    # Tasks.
    Mutation("300 CPU units", "fargate-size", "Task.Cpu", setting("Task", "Cpu", "300"),
             "256, 512"),
    Mutation("half a CPU", "fargate-size", "Task.Cpu", setting("Task", "Cpu", "half"),
             "not a size"),
    Mutation("700 MiB", "fargate-size", "Task.Memory", setting("Task", "Memory", "700"),
             "nearest is 1024"),
    Mutation("16 vCPU with too little", "fargate-size", "Task.Memory",
             several(setting("Task", "Cpu", "16384"), setting("Task", "Memory", "36864")),
             "nearest is 32768"),
    Mutation("no size on Fargate", "fargate-size", "Task.Memory", lacking("Task", "Memory"),
             "is missing"),
    Mutation("bridge on Fargate", "fargate-network", "Task.NetworkMode",
             several(setting("Task", "NetworkMode", "bridge"), setting("Targets", "TargetType",
             "ip")),
             "awsvpc"),
    Mutation("syslog on Fargate", "fargate-unsupported",
             f"Task.{CONTAINER}.LogConfiguration.LogDriver",
             setting("Task", f"{CONTAINER}.LogConfiguration", {"LogDriver": "syslog"}),
             "awslogs"),
    Mutation("container larger than its task", "container-size", "Task.Memory",
             setting("Task", f"{CONTAINER}.Memory", 2048), "ask for 2048"),
    Mutation("no execution role", "execution-role", "Task.ExecutionRoleArn",
             lacking("Task", "ExecutionRoleArn"), "reads secrets"),
    Mutation("two host ports", "container-ports", f"Task.{CONTAINER}.PortMappings.0.HostPort",
             setting("Task", f"{CONTAINER}.PortMappings.0.HostPort", 80), "one port"),
    # Services.
    Mutation("container's name", "balanced-container", "Service.LoadBalancers.0.ContainerName",
             setting("Service", "LoadBalancers.0.ContainerName", "apy"), "Did you mean 'api'"),
    Mutation("container's port", "balanced-container", "Service.LoadBalancers.0.ContainerPort",
             setting("Service", "LoadBalancers.0.ContainerPort", 8080), "It has 8000"),
    Mutation("before its listener", "service-after-listener", "Service.DependsOn",
             after("Service"), "add DependsOn"),
    Mutation("no listener", "service-after-listener", "Service.LoadBalancers.0.TargetGroupArn",
             several(*(setting(id, path, [{"Type": "fixed-response",
             "FixedResponseConfig": {"StatusCode": "404"}}])
                       for id, path in (("Listener", "DefaultActions"), ("Rule1", "Actions"),
                       ("Rule2", "Actions")))),
             "no listener forwards"),
    Mutation("targets by instance", "target-type", "Service.LoadBalancers.0.TargetGroupArn",
             setting("Targets", "TargetType", "instance"), "need 'ip'"),
    Mutation("launch type and strategy", "launch-type", "Service.LaunchType",
             setting("Service", "CapacityProviderStrategy", [{"CapacityProvider": "FARGATE",
             "Weight": 1}]),
             "Leave LaunchType out"),
    Mutation("task not for Fargate", "fargate-service", "Service.TaskDefinition",
             setting("Task", "RequiresCompatibilities", ["EC2"]), "['FARGATE']"),
    Mutation("no subnets for tasks", "service-network", "Service.NetworkConfiguration",
             lacking("Service", "NetworkConfiguration"), "awsvpc"),
    Mutation("provider of another cluster", "capacity-provider",
             "Service.CapacityProviderStrategy.0.CapacityProvider",
             several(lacking("Service", "LaunchType"),
                     setting("Cluster", "CapacityProviders", ["FARGATE"]),
                     setting("Service", "CapacityProviderStrategy",
                     [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}])),
             "cluster Cluster does not have"),
    Mutation("circuit breaker of a canary", "circuit-breaker",
             "Service.DeploymentConfiguration.DeploymentCircuitBreaker",
             several(setting("Service", "DeploymentConfiguration.Strategy", "CANARY"),
                     setting("Service", "LoadBalancers.0.AdvancedConfiguration",
                             {"AlternateTargetGroupArn": Ref("Targets"),
                             "ProductionListenerRule": Ref("Rule1"), "RoleArn": GetAtt("Role",
                             "Arn")})),
             "rolling"),
    Mutation("canary without a second group", "traffic-shift",
             "Service.LoadBalancers.0.AdvancedConfiguration.AlternateTargetGroupArn",
             several(setting("Service", "DeploymentConfiguration", {"Strategy": "CANARY"}),
                     setting("Service", "LoadBalancers.0.AdvancedConfiguration",
                             {"AlternateTargetGroupArn": "",
                             "ProductionListenerRule": Ref("Rule1"), "RoleArn": GetAtt("Role",
                             "Arn")})),
             "shifts traffic"),
    # Load balancers.
    Mutation("name of 33 letters", "balancer-name", "Balancer.Name",
             setting("Balancer", "Name", "b" * 33), "32 or fewer"),
    Mutation("target group's name", "balancer-name", "Targets.Name",
             setting("Targets", "Name", "api_targets"), "hyphens"),
    Mutation("name that AWS keeps", "balancer-name", "Balancer.Name",
             setting("Balancer", "Name", "internal-shop"), "keeps"),
    Mutation("one zone", "balancer-zones", "Balancer.Subnets",
             setting("Balancer", "Subnets", [Ref("Public1"), Ref("Private1")]), "two zones"),
    Mutation("one subnet", "balancer-zones", "Balancer.Subnets",
             setting("Balancer", "Subnets", [Ref("Public1")]), "two zones"),
    Mutation("slow health check", "health-check-time", "Targets.HealthCheckTimeoutSeconds",
             setting("Targets", "HealthCheckTimeoutSeconds", 30), "shorter"),
    Mutation("one priority twice", "rule-priority", "Listener",
             setting("Rule2", "Priority", 1), "Rule1 and Rule2"),
    # Network.
    Mutation("tiny subnet", "network-size", "Private1.CidrBlock",
             setting("Private1", "CidrBlock", "10.0.11.0/29"), "/16 to /28"),
    Mutation("subnet outside", "subnet-range", "Vpc.CidrBlock",
             setting("Private1", "CidrBlock", "10.1.11.0/24"), "Private1 with 10.1.11.0/24"),
    Mutation("subnets that overlap", "subnet-range", "Vpc",
             setting("Private1", "CidrBlock", "10.0.0.0/20"), "overlap"),
    Mutation("route before the gateway", "gateway-attached", "PublicRoute.DependsOn",
             after("PublicRoute"), "lacks Attachment"),
    Mutation("address before the gateway", "gateway-attached", "NatAddress.DependsOn",
             after("NatAddress"), "lacks Attachment"),
    Mutation("balancer before the gateway", "gateway-attached", "Balancer.DependsOn",
             after("Balancer"), "lacks Attachment"),
    Mutation("one destination twice", "route-destination", "SecondRoute.DestinationCidrBlock",
             lambda graph: graph.add(Resource("SecondRoute", "AWS::EC2::Route",
                                              dict(graph["PublicRoute"].properties),
                                              graph["PublicRoute"].origin,
                                              depends_on=("Attachment",))),
             "PublicRoute"),
    Mutation("ports the wrong way round", "port-order", "Wall.SecurityGroupIngress.0.FromPort",
             setting("Wall", "SecurityGroupIngress.0.FromPort", 443), "lower"),
    Mutation("ports of a rule", "port-order", "DbRule.FromPort",
             setting("DbRule", "FromPort", 6000), "lower"),
    # Databases.
    Mutation("gigantic class", "database-class", "Db.DBInstanceClass",
             setting("Db", "DBInstanceClass", "db.t3.gigantic"), "Did you mean 'db.t3."),
    Mutation("class of EC2", "database-class", "Db.DBInstanceClass",
             setting("Db", "DBInstanceClass", "t3.micro"), "Did you mean 'db.t3.micro'"),
    Mutation("class too old for the version", "database-class", "Db.DBInstanceClass",
             setting("Db", "DBInstanceClass", "db.t2.micro"), "postgres 15.19"),
    Mutation("version that is gone", "database-version", "Db.EngineVersion",
             setting("Db", "EngineVersion", "15.4"), "15.19"),
    Mutation("version that never was", "database-version", "Db.EngineVersion",
             setting("Db", "EngineVersion", "15.99"), "15.19"),
    Mutation("IOPS on a small disk", "database-storage", "Db.Iops",
             setting("Db", "Iops", 3000), "400 GiB"),
    Mutation("no room to grow", "database-storage", "Db.MaxAllocatedStorage",
             setting("Db", "MaxAllocatedStorage", 20), "larger"),
    Mutation("disk of 10 GiB", "database-storage", "Db.AllocatedStorage",
             setting("Db", "AllocatedStorage", "10"), "20 or more"),
    Mutation("one zone for a database", "database-zones", "DbSubnets.SubnetIds",
             setting("DbSubnets", "SubnetIds", [Ref("Public1"), Ref("Private1")]), "two zones"),
    Mutation("a zone beside MultiAZ", "database-zone", "Db.AvailabilityZone",
             setting("Db", "AvailabilityZone", Zone(0)), "Leave it out"),
    Mutation("monitoring without a role", "database-monitoring", "Db.MonitoringRoleArn",
             setting("Db", "MonitoringInterval", 60), "60"),
    Mutation("user that RDS keeps", "database-names", "Db.MasterUsername",
             setting("Db", "MasterUsername", "admin"), "another"),
    Mutation("database with a hyphen", "database-names", "Db.DBName",
             setting("Db", "DBName", "my-app"), "underscores"),
    # Scaling.
    Mutation("more at least than at most", "scaling-bounds", "Scale.MinCapacity",
             setting("Scale", "MinCapacity", 7), "MaxCapacity 6"),
    Mutation("begins outside", "scaling-bounds", "Scale",
             setting("Service", "DesiredCount", 1), "2 to 6"),
]  # fmt: skip


def broken(mutation: Mutation) -> Graph:
    graph = good_graph()
    mutation.change(graph)
    return graph


def test_the_good_graph_has_no_fault() -> None:
    assert [str(each) for each in check(good_graph())] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_each_mutation_gives_one_message_with_its_place(mutation: Mutation) -> None:
    graph = broken(mutation)
    found = check(graph)
    assert len(found) == 1, [str(each) for each in found]
    (one,) = found
    assert isinstance(one, Refused)
    assert one.code == mutation.code, str(one)
    id, _, path = mutation.at.partition(".")
    assert (one.resource, one.path) == (id, re.sub(r"\.(\d+)", r"[\1]", path))
    assert mutation.says in str(one), str(one)
    origin = graph[id].origin
    assert origin is not None
    assert one.where == origin.place
    assert str(one).startswith(f"{FILE}:{one.where.line}: {origin.part}: ")
    assert graph[id].type in str(one)


def test_every_rule_has_a_mutation() -> None:
    assert RULES.keys() <= {each.code for each in MUTATIONS}

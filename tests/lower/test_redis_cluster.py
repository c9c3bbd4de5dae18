"""Seed 002's Redis Cluster: six machines, opposite zones, copies that age out, no open door."""

import json

import pytest

from seatrial.graph import Graph
from seatrial.graph.check import check
from seatrial.graph.values import GetAtt, Ref, Secret
from tests.graph.schema.lint import errors
from tests.lower.systems import graph_of
from tests.lower.test_programs import secrets, statements

TEXT = (
    'redis = RedisCluster("redis", {})\n'
    'chat = Service("chat", "c", ["run"], uses=[redis])\n'
    'system = System("chat-app", chat, zones={}, alerts=Alerts())\n'
    'system.environment("production")\n'
    'system.environment("staging", change={{redis: dict(size="t3.micro")}})\n'
)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return graph_of(TEXT.format("", 3))


def test_aws_would_take_it(graph: Graph) -> None:
    assert [str(each) for each in check(graph)] == []
    assert errors(graph) == []


@pytest.mark.parametrize(("zones", "shape"), [(3, ""), (2, ""), (3, "shards=4, replicas=2")])
def test_no_replica_shares_a_zone_with_its_primary(zones: int, shape: str) -> None:
    graph = graph_of(TEXT.format(shape, zones))
    shards, replicas = (4, 2) if shape else (3, 1)
    subnets = [each.properties["SubnetId"].id for each in graph.of("AWS::EC2::Instance")]
    assert len(subnets) == shards * (replicas + 1)
    assert len(set(subnets)) == zones
    for shard in range(shards):
        assert len({subnets[shard + round_ * shards] for round_ in range(replicas + 1)}) == (
            replicas + 1
        )


def test_machines_are_private_encrypted_and_without_a_key(graph: Graph) -> None:
    data = graph["RedisMachines"].properties["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.medium"
    assert "KeyName" not in data
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    for machine in graph.of("AWS::EC2::Instance"):
        assert machine.properties["SubnetId"].id.startswith("PrivateSubnet")
        assert {"Key": "Role", "Value": "redis-cluster"} in machine.properties["Tags"]
        assert machine.update_replace_policy == "Retain"
    staging = graph_of(TEXT.format("", 3), "staging")
    small = staging["RedisMachines"].properties["LaunchTemplateData"]
    assert small["InstanceType"] == "t3.micro"


def test_only_users_and_the_nodes_themselves_come_in(graph: Graph) -> None:
    found = {
        (each.properties["SourceSecurityGroupId"].id, each.properties["FromPort"])
        for each in graph.of("AWS::EC2::SecurityGroupIngress")
        if each.properties["GroupId"] == GetAtt("RedisGroup", "GroupId")
    }
    assert found == {("ChatGroup", 6379), ("RedisGroup", 6379), ("RedisGroup", 16379)}


def test_users_get_the_url_and_the_authority_once_the_cluster_is_formed(graph: Graph) -> None:
    assert secrets(graph, "ChatTask") == {
        "REDIS_URL": Secret("RedisUrl"),
        "REDIS_CA": Secret("RedisCertificate"),
    }
    url = graph["RedisUrl"].properties["SecretString"].parts
    assert url[-1] == "@redis.chat-app-production.internal:6379/0"
    assert "RedisFormed" in graph["ChatService"].depends_on


def test_all_nodes_are_found_under_one_name(graph: Graph) -> None:
    name = graph["RedisName"].properties
    assert [each.id for each in name["ResourceRecords"]] == [f"RedisNode{n}" for n in range(1, 7)]
    assert graph["RedisName3"].properties["Name"] == "node-3.redis.chat-app-production.internal"


def test_copies_age_out_as_the_seed_says(graph: Graph) -> None:
    rules = graph["RedisCopies"].properties["LifecycleConfiguration"]["Rules"]
    days = {each["Prefix"]: each["ExpirationInDays"] for each in rules}
    assert days == {"daily/": 7, "weekly/": 28, "monthly/": 93}


def test_a_node_may_write_copies_and_never_read_or_delete_one(graph: Graph) -> None:
    actions = {
        action: each["Resource"]
        for each in statements(graph["RedisRole"])
        for action in each["Action"]
    }
    assert {each for each in actions if each.startswith("s3:")} == {"s3:PutObject"}
    everywhere = {action for action, resource in actions.items() if resource == "*"}
    assert everywhere == {"cloudwatch:PutMetricData", "ec2:DescribeTags"}


def test_the_image_is_asked_for_unless_said(graph: Graph) -> None:
    assert graph.parameters["RedisImage"].type == "AWS::EC2::Image::Id"
    said = graph_of(TEXT.format('image="ami-0123456789abcdef0"', 3))
    assert "RedisImage" not in said.parameters


def test_it_is_watched(graph: Graph) -> None:
    failure = graph["RedisNodeFailureAlarm"].properties
    assert (failure["Statistic"], failure["Threshold"]) == ("SampleCount", 6)
    assert failure["ComparisonOperator"] == "LessThanThreshold"
    assert failure["TreatMissingData"] == "breaching"
    for kind in ("Memory", "ReplicationLag", "Disk"):
        assert graph[f"Redis{kind}Alarm"].properties["Namespace"] == "Seatrial/chat-app-production"
    shown = json.dumps(str(graph["Dashboard"].properties))
    assert "redis: replication lag" in shown


def test_a_node_that_is_gone_is_critical() -> None:
    told = 'Alerts("a@example.com", critical="b@example.com")'
    graph = graph_of(TEXT.format("", 3).replace("Alerts()", told))
    assert graph["RedisNodeFailureAlarm"].properties["AlarmActions"] == [Ref("CriticalTopic")]
    assert graph["RedisDiskAlarm"].properties["AlarmActions"] == [Ref("AlertTopic")]

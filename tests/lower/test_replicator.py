"""Mirrored Kafka: what the source lets in, what the replicator may do, and what MSK refuses."""

from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Note
from seatrial.graph.values import ACCOUNT, PARTITION, GetAtt, Ref, join
from seatrial.mistake import Mistake
from tests.lower.regions import FIRST, SECOND, regions
from tests.lower.systems import graph_of


def replicator(graph: Graph) -> dict[str, Any]:
    return graph["KafkaReplicator"].properties


def connectivity(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = graph["KafkaCluster"].properties["BrokerNodeGroupInfo"]
    return dict(found["ConnectivityInfo"])


def test_it_is_the_second_region_s_and_reads_the_first() -> None:
    here, there = regions(FIRST), regions(SECOND)
    assert not here.of("AWS::MSK::Replicator")
    (information,) = replicator(there)["ReplicationInfoList"]
    assert information["SourceKafkaClusterArn"] == Ref("KafkaSource")
    assert information["TargetKafkaClusterArn"] == Ref("KafkaCluster")
    assert here.outputs["KafkaSource"].value == Ref("KafkaCluster")
    pattern = there.parameters["KafkaSource"].allowed_pattern or ""
    assert pattern.endswith(":cluster/shop-production-kafka/.+")
    assert ":kafka:us-east-1:" in pattern


def test_topics_keep_their_names_and_groups_their_place() -> None:
    (information,) = replicator(regions(SECOND))["ReplicationInfoList"]
    topics = information["TopicReplication"]
    assert topics["TopicsToReplicate"] == ["events"]
    assert topics["TopicNameConfiguration"] == {"Type": "IDENTICAL"}
    assert topics["StartingPosition"] == {"Type": "EARLIEST"}
    assert information["ConsumerGroupReplication"]["SynchroniseConsumerGroupOffsets"] is True
    assert "EventsTopic" in regions(SECOND)["KafkaReplicator"].depends_on


def test_the_source_s_subnets_are_told_and_asked_for_as_a_list() -> None:
    here, there = regions(FIRST), regions(SECOND)
    subnets = here["KafkaCluster"].properties["BrokerNodeGroupInfo"]["ClientSubnets"]
    told = here.outputs["KafkaSourceSubnets"].value
    assert told == join(subnets[0], ",", subnets[1], ",", subnets[2])
    source, target = replicator(there)["KafkaClusters"]
    assert there.parameters["KafkaSourceSubnets"].type == "CommaDelimitedList"
    assert source["VpcConfig"] == {"SubnetIds": Ref("KafkaSourceSubnets")}
    assert target["VpcConfig"]["SecurityGroupIds"] == [GetAtt("KafkaReplicatorGroup", "GroupId")]


def test_it_reaches_the_brokers_of_its_region_and_nothing_else() -> None:
    there = regions(SECOND)
    (out,) = there["KafkaReplicatorGroup"].properties["SecurityGroupEgress"]
    come = there["KafkaFromReplicator"].properties
    assert out["DestinationSecurityGroupId"] == come["GroupId"] == GetAtt("KafkaGroup", "GroupId")
    assert (out["FromPort"], come["ToPort"]) == (9098, 9098)
    assert "KafkaFromReplicator" in there["KafkaReplicator"].depends_on


def test_it_may_write_no_cluster_but_those_of_this_name() -> None:
    statements = regions(SECOND)["KafkaReplicatorRights"].properties["PolicyDocument"]["Statement"]
    resources = [each["Resource"] for each in statements]
    name = "shop-production-kafka"
    assert resources == [
        join("arn:", PARTITION, ":kafka:*:", ACCOUNT, f":{kind}/{name}/{within}")
        for kind, within in (("cluster", "*"), ("topic", "*/*"), ("group", "*/*"))
    ]
    for each in statements:
        assert all(action.startswith("kafka-cluster:") for action in each["Action"])


def test_the_source_is_opened_once_it_exists() -> None:
    here = regions(FIRST)
    asked = here.parameters["KafkaPrivateConnectivity"]
    assert (asked.default, asked.allowed_pattern) == ("false", "true|false")
    (scheme,) = connectivity(here)["VpcConnectivity"]["ClientAuthentication"].items()
    assert scheme == ("Sasl", {"Iam": {"Enabled": Ref("KafkaPrivateConnectivity")}})
    (allowed,) = here["KafkaClusterPolicy"].properties["Policy"]["Statement"]
    assert allowed["Principal"] == {"Service": "kafka.amazonaws.com"}
    assert allowed["Resource"] == Ref("KafkaCluster")
    told = {each.topic: each for each in here.annotated(Note)}["Mirror of kafka"]
    assert told.steps[1] == "update it with KafkaPrivateConnectivity=true"
    assert "VpcConnectivity" not in connectivity(regions(SECOND))
    assert "KafkaClusterPolicy" not in regions(SECOND).resources


def test_one_region_opens_nothing() -> None:
    alone = regions(FIRST, "backup and restore")
    assert "VpcConnectivity" not in connectivity(alone)
    assert "KafkaClusterPolicy" not in alone.resources
    assert "KafkaSource" not in alone.outputs


@pytest.mark.parametrize(
    ("more", "behind"), [("", 300), ("objectives=Objectives(rpo='1 min'),", 60)]
)
def test_an_alarm_tells_when_it_is_later_than_the_system_promises(more: str, behind: int) -> None:
    there = regions(SECOND, more=f"alerts=Alerts(), {more}")
    late = there["KafkaMirrorLateAlarm"].properties
    assert (late["MetricName"], late["Threshold"]) == ("ReplicationLatency", 1000 * behind)
    assert late["Dimensions"] == [
        {"Name": "ReplicatorName", "Value": replicator(there)["ReplicatorName"]}
    ]
    assert "KafkaMirrorFailedAlarm" in there.resources
    assert "KafkaMirrorLateAlarm" not in regions(FIRST).resources


@pytest.mark.parametrize("side", [FIRST, SECOND])
@pytest.mark.parametrize(
    ("kafka", "right"),
    [
        ('login="none"', "Write login='iam'"),
        ('login="iam", brokers=2', "Write brokers=4"),
        ('login="iam", size="kafka.t3.small"', "Write size='kafka.m5.large'"),
    ],
)
def test_what_msk_cannot_mirror_is_told_before_it_is_made(
    kafka: str, right: str, side: str
) -> None:
    text = (
        f'kafka = Kafka("kafka", {kafka})\n'
        'api = Service("api", "app", ["run"], uses=[kafka.topic("events").write])\n'
        'system = System("shop", api, recovery=Recovery("us-west-2"))\n'
    )
    with pytest.raises(Mistake, match=f"MSK cannot mirror it between two regions.*{right}"):
        graph_of(text, side)

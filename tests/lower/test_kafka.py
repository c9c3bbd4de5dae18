"""Kafka: seed 000's cluster and topic, who may do what, and where clients find the brokers."""

import json
from base64 import b64decode

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import OwnEngine, Uses
from seatrial.graph.check import check
from seatrial.graph.values import AtRun, GetAtt, Ref
from seatrial.local.ledger import refuse
from seatrial.mistake import Mistake
from tests.graph.schema.lint import errors
from tests.lower.systems import graph_of
from tests.lower.test_programs import statements, variables
from tests.lower.test_security import opened

CONSUMER = "tasks=Scale(min=2, start=5, max=10, lag_per_task=10_000)"


def text(kafka: str = "", more: str = "", consumer: str = CONSUMER) -> str:
    return (
        f'kafka = Kafka("kafka", size="kafka.m5.large", brokers=3, storage_gb=100, {kafka})\n'
        'events = kafka.topic("analytics-events", partitions=10, replication=3,\n'
        '    retention_hours=72, compression="lz4")\n'
        'clicks = kafka.topic("clicks")\n'
        'ingestion = Service("ingestion", "i", ["run"], port=8080, '
        'uses=[events.write, clicks.write], env={"KAFKA_BROKERS": kafka.servers})\n'
        'consumer = Service("consumer", "c", ["run"], '
        f'uses=[events.read(group="analytics-consumers"), clicks.write], {consumer})\n'
        'system = System("analytics", ingestion, consumer, zones=3, alerts=Alerts())\n'
        f'system.environment("production")\n{more}'
    )


@pytest.fixture(scope="module", params=["none", "iam"])
def graph(request: pytest.FixtureRequest) -> Graph:
    return graph_of(text(f"login={request.param!r}, max_storage_gb=1000"))


def test_aws_would_take_it(graph: Graph) -> None:
    assert [str(each) for each in check(graph)] == []
    assert errors(graph) == []


def test_the_cluster_is_what_the_seed_says_and_closed() -> None:
    cluster = graph_of(text())["KafkaCluster"].properties
    brokers = cluster["BrokerNodeGroupInfo"]
    assert cluster["NumberOfBrokerNodes"] == 3
    assert brokers["InstanceType"] == "kafka.m5.large"
    assert [each.id for each in brokers["ClientSubnets"]] == [
        "PrivateSubnet1",
        "PrivateSubnet2",
        "PrivateSubnet3",
    ]
    assert brokers["StorageInfo"] == {"EBSStorageInfo": {"VolumeSize": 100}}
    assert brokers["ConnectivityInfo"] == {"PublicAccess": {"Type": "DISABLED"}}
    assert cluster["EncryptionInfo"] == {
        "EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}
    }


def test_topics_are_never_created_by_themselves_unless_said() -> None:
    for said, wanted in (
        ("", "false"),
        ('parameters={"auto.create.topics.enable": "true"}', "true"),
    ):
        settings = graph_of(text(said))["KafkaConfiguration"].properties["ServerProperties"]
        assert f"auto.create.topics.enable={wanted}\n" in settings
        assert "min.insync.replicas=2\n" in settings


def test_the_topic_is_what_the_seed_says(graph: Graph) -> None:
    topic = graph["AnalyticsEventsTopic"].properties
    assert (topic["PartitionCount"], topic["ReplicationFactor"]) == (10, 3)
    assert b64decode(topic["Configs"]).decode().splitlines() == [
        "cleanup.policy=delete",
        "compression.type=lz4",
        "retention.ms=259200000",
    ]
    assert "KafkaBootstrap" in str(graph["ConsumerTask"].properties)
    assert "AnalyticsEventsTopic" in graph["ConsumerService"].depends_on


def test_users_get_the_brokers_once_and_the_group() -> None:
    graph = graph_of(text())
    servers = GetAtt("KafkaBootstrap", "Servers")
    found = variables(graph, "ConsumerTask")
    assert found == {
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "KAFKA_GROUP_ID": "analytics-consumers",
        "KAFKA_SECURITY_PROTOCOL": AtRun("KAFKA_SECURITY_PROTOCOL", "SSL"),
    }
    assert variables(graph, "IngestionTask")["KAFKA_BROKERS"] == servers


def test_two_topics_of_one_cluster_open_one_port_once() -> None:
    for login, port in (("none", 9094), ("iam", 9098)):
        graph = graph_of(text(f"login={login!r}"))
        assert opened(graph, "KafkaGroup") == {("ingestion", port), ("consumer", port)}
    assert Uses("consumer", "analytics-events", "read") in graph.annotations
    assert Uses("consumer", "clicks", "write") in graph.annotations


def test_with_iam_each_task_may_do_what_its_uses_says_and_no_more() -> None:
    graph = graph_of(text("login='iam'"))
    found = {
        action: statement["Resource"]
        for statement in statements(graph["ConsumerTaskRole"])
        for action in statement["Action"]
        if statement["Resource"] != GetAtt("ClicksTopic", "TopicArn")
    }
    group = found.pop("kafka-cluster:AlterGroup")
    assert found.pop("kafka-cluster:DescribeGroup") == group
    assert group.parts[-1] == ":group/analytics-production-kafka/*/analytics-consumers"
    assert found == {
        "kafka-cluster:Connect": Ref("KafkaCluster"),
        "kafka-cluster:DescribeCluster": Ref("KafkaCluster"),
        "kafka-cluster:WriteDataIdempotently": Ref("KafkaCluster"),
        "kafka-cluster:DescribeTopic": GetAtt("AnalyticsEventsTopic", "TopicArn"),
        "kafka-cluster:ReadData": GetAtt("AnalyticsEventsTopic", "TopicArn"),
    }
    assert statements(graph_of(text())["ConsumerTaskRole"]) == []


def test_who_asks_for_the_brokers_may_ask_for_nothing_else() -> None:
    graph = graph_of(text())
    actions = [each["Action"] for each in statements(graph["KafkaBootstrapRole"])]
    assert actions == ["kafka:GetBootstrapBrokers", ["logs:CreateLogStream", "logs:PutLogEvents"]]
    assert all("*" not in str(e["Resource"]) for e in statements(graph["KafkaBootstrapRole"]))


def test_lag_is_tracked_for_each_running_task() -> None:
    policy = graph_of(text())["ConsumerScaleByLag"].properties
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]
    *metrics, answer = tracked["CustomizedMetricSpecification"]["Metrics"]
    assert tracked["TargetValue"] == 10_000
    assert answer["Expression"] == "(lag1) / IF(tasks < 1, 1, tasks)"
    assert [each["ReturnData"] for each in metrics] == [False, False]
    named = {each["Id"]: each["MetricStat"]["Metric"] for each in metrics}
    assert named["tasks"]["MetricName"] == "RunningTaskCount"
    assert named["lag1"] == {
        "Namespace": "AWS/Kafka",
        "MetricName": "SumOffsetLag",
        "Dimensions": [
            {"Name": "Cluster Name", "Value": "analytics-production-kafka"},
            {"Name": "Consumer Group", "Value": "analytics-consumers"},
            {"Name": "Topic", "Value": "analytics-events"},
        ],
    }


def test_more_tasks_than_partitions_would_idle() -> None:
    with pytest.raises(Mistake, match=r"max=20 tasks, but Topic 'analytics-events' has 10 part"):
        graph_of(text(consumer="tasks=Scale(min=2, max=20, lag_per_task=10_000)"))


def test_an_environment_with_fewer_brokers_says_what_does_not_fit() -> None:
    change = 'system.environment("small", zones=2, change={kafka: dict(brokers=%d)})\n'
    with pytest.raises(Mistake, match=r"replication=3 needs as many brokers.*'small'"):
        graph_of(text(more=change % 2), "small")
    with pytest.raises(Mistake, match="brokers=3 cannot be shared evenly by 2 zones"):
        graph_of(text(more=change % 3), "small")
    fits = text(more=change % 2).replace("replication=3,", "")
    topic = graph_of(fits, "small")["AnalyticsEventsTopic"].properties
    assert topic["ReplicationFactor"] == 2


def test_it_is_watched(graph: Graph) -> None:
    lag = graph["AnalyticsEventsAnalyticsConsumersLagAlarm"].properties
    assert (lag["MetricName"], lag["Threshold"]) == ("SumOffsetLag", 100_000)
    for number in (1, 2, 3):
        cpu = graph[f"KafkaBroker{number}CpuAlarm"].properties["Metrics"]
        assert cpu[-1]["Expression"] == "user + system"
        for kind in ("Memory", "Disk"):
            of = graph[f"KafkaBroker{number}{kind}Alarm"].properties["Dimensions"]
            assert {"Name": "Broker ID", "Value": str(number)} in of
    shown = json.dumps(str(graph["Dashboard"].properties))
    for metric in ("MessagesInPerSec", "PartitionCount", "SumOffsetLag"):
        assert metric in shown


def test_only_production_keeps_its_messages() -> None:
    more = 'system.environment("staging")\n'
    for environment, policy in (("production", "Retain"), ("staging", "Delete")):
        graph = graph_of(text(more=more), environment)
        assert graph["KafkaCluster"].deletion_policy == policy
        assert graph["ClicksTopic"].update_replace_policy == policy


def test_it_runs_here(graph: Graph) -> None:
    refuse(graph)


def test_an_engine_of_the_users_own_is_told_by_its_variable() -> None:
    graph = graph_of(text('engine_url="MY_KAFKA"'))
    assert list(graph.annotated(OwnEngine)) == [OwnEngine("KafkaCluster", "MY_KAFKA")]

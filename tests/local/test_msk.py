"""Kafka clusters of the graph: brokers over zones, topics, servers, lag, and the user's own."""

import pytest

from seatrial.graph import Graph
from seatrial.local.addresses import Address, AddressBook
from seatrial.local.engines.kafka import BrokerView, ClusterSpec, Lag
from seatrial.local.layout import Layout
from seatrial.local.msk import measure, own_servers, read_clusters, specify
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
VARIABLE = "SEATRIAL_TEST_KAFKA"
ENDPOINT, STORAGE = Address("127.0.0.1", 9092), Address("127.0.0.1", 9000)


def graph(more: str = "", zones: int = 3) -> Graph:
    return graph_of(
        f'kafka = Kafka("kafka", {more})\n'
        'events = kafka.topic("events", partitions=6, retention_hours=1)\n'
        'api = Service("api", "app", ["run"], uses=[events.write, events.read(group="g")],\n'
        "    tasks=Scale(min=1, max=4, lag_per_task=100))\n"
        f'system = System("shop", api, zones={zones})\n'
    )


def specified(more: str = "", zones: int = 3) -> ClusterSpec:
    (cluster,) = read_clusters(graph(more, zones))

    def address(id: str, number: int, zone: int, port: int) -> Address:
        assert id == "KafkaCluster"
        return Address(f"127.0.{zone}.{number + 1}", port)

    return specify(cluster, ZONES[:zones], address, ENDPOINT, STORAGE)


def test_brokers_are_spread_over_the_zones() -> None:
    spec = specified("brokers=6")
    assert spec.zones == (*ZONES, *ZONES)
    assert spec.addresses[4] == Address("127.0.2.5", 9092)
    # Four brokers are shared evenly by two zones alone.
    assert specified("brokers=4").zones == (*ZONES[:2], *ZONES[:2])


def test_topics_come_with_their_settings() -> None:
    (topic,) = specified().topics
    assert (topic.name, topic.partitions, topic.replication) == ("events", 6, 3)
    assert topic.settings["retention.ms"] == "3600000"
    assert topic.settings["cleanup.policy"] == "delete"


def environment(graph: Graph) -> dict[str, object]:
    (task,) = graph.of("AWS::ECS::TaskDefinition")
    layout = Layout(graph, AddressBook(None))
    (container,) = task.properties["ContainerDefinitions"]
    return {each["Name"]: layout.resolver.value(each["Value"]) for each in container["Environment"]}


def test_programs_are_told_the_local_brokers_without_tls_whatever_the_login() -> None:
    for login in ("none", "iam"):
        made = graph(f'login="{login}"')
        told = environment(made)
        assert str(told["KAFKA_BOOTSTRAP_SERVERS"]).startswith("127.0.0.1:")
        assert told["KAFKA_SECURITY_PROTOCOL"] == "PLAINTEXT"
        assert told["KAFKA_GROUP_ID"] == "g"
        layout = Layout(made, AddressBook(None))
        (cluster,) = layout.clusters
        assert [each.name for each in layout.network().endpoints] == ["KafkaCluster"]
        assert layout.brokers(cluster) != layout.storage(cluster)


def test_the_users_own_kafka_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = graph(f'engine_url="{VARIABLE}"')
    monkeypatch.delenv(VARIABLE, raising=False)
    assert str(environment(made)["KAFKA_BOOTSTRAP_SERVERS"]).startswith("127.0.0.1:")
    monkeypatch.setenv(VARIABLE, "kafka://one:9092,two:9093")
    assert environment(made)["KAFKA_BOOTSTRAP_SERVERS"] == "one:9092,two:9093"
    assert Layout(made, AddressBook(None)).network().endpoints == ()


@pytest.mark.parametrize(
    "text", ["one:9092", "kafka://one", "kafka://u:s3cret@one:9092", "kafka://"]
)
def test_what_is_no_url_of_kafka_is_a_mistake(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(Mistake, match=VARIABLE) as told:
        own_servers(VARIABLE)
    assert "s3cret" not in str(told.value)


def test_lag_has_cloudwatchs_names_and_dimensions() -> None:
    (cluster,) = read_clusters(graph())
    lags = [Lag("g", "events", total=70, most=40, seconds=1.5)]
    dead = BrokerView("kafka-1", "us-east-1a", ENDPOINT, running=False, leads=False, pid=None)
    leads = BrokerView("kafka-2", "us-east-1b", ENDPOINT, running=True, leads=True, pid=1)
    name = cluster.name
    assert measure(cluster, lags, [dead, leads]) == {
        f"AWS/Kafka/{name}": {"OfflinePartitionsCount": 0.0},
        f"AWS/Kafka/{name}/g/events": {
            "SumOffsetLag": 70.0,
            "MaxOffsetLag": 40.0,
            "EstimatedMaxTimeLag": 1.5,
        },
    }
    assert measure(cluster, [], [dead])[f"AWS/Kafka/{name}"] == {"OfflinePartitionsCount": 6.0}

"""MSK: the graph's Kafka clusters as brokers on this machine behind one stable address.

Takes `AWS::MSK::Cluster`s with their topics; gives what the engine is to run, or the servers of a
Kafka that the user runs. Lag has the name and the dimensions that CloudWatch gives it.
https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import OwnEngine
from seatrial.graph.values import referred
from seatrial.local import own_engine
from seatrial.local.addresses import Address
from seatrial.local.dimensions import name_subject
from seatrial.local.engines.kafka import BrokerView, ClusterSpec, Lag, Topic

CLUSTER = "AWS::MSK::Cluster"
TOPIC = "AWS::MSK::Topic"
BOOTSTRAP = "Custom::MskBootstrapBrokers"
NAMESPACE = "AWS/Kafka"
PORT = 9092
"""Kafka's port without TLS: no packaged engine speaks it."""
STORAGE_PORT = 9000
SERVERS = re.compile(r"kafka://([^/?#@]+:\d+(?:,[^/?#@]+:\d+)*)/?")


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """A cluster of the graph, by logical ids; `name` is MSK's, which its metrics carry."""

    id: str
    part: str
    name: str
    brokers: int
    zones: int
    """Over how many zones the brokers are spread, the first ones."""
    topics: tuple[Topic, ...]
    bootstraps: tuple[str, ...]
    """The custom resources whose `Servers` are its brokers."""
    own_engine: str | None


def read_clusters(graph: Graph) -> list[KafkaCluster]:
    """Read every cluster with its topics."""
    own = {each.resource: each.variable for each in graph.annotated(OwnEngine)}
    topics = _of_cluster(graph.of(TOPIC))
    bootstraps = _of_cluster(graph.of(BOOTSTRAP))
    return [
        KafkaCluster(
            each.id,
            each.label,
            str(each.properties["ClusterName"]),
            int(each.properties["NumberOfBrokerNodes"]),
            len(each.properties["BrokerNodeGroupInfo"]["ClientSubnets"]),
            tuple(_topic(topic) for topic in topics.get(each.id, ())),
            tuple(bootstrap.id for bootstrap in bootstraps.get(each.id, ())),
            own.get(each.id),
        )
        for each in graph.of(CLUSTER)
    ]


def specify(
    cluster: KafkaCluster,
    zones: Sequence[str],
    address: Callable[[str, int, int, int], Address],
    endpoint: Address,
    storage: Address,
) -> ClusterSpec:
    """Say what a cluster is to the engine; `address` gives a broker's by number, zone, port."""
    used = zones[: cluster.zones]
    spread = [used[number % len(used)] for number in range(cluster.brokers)]
    return ClusterSpec(
        cluster.part,
        tuple(spread),
        tuple(
            address(cluster.id, number, zones.index(zone) + 1, PORT)
            for number, zone in enumerate(spread)
        ),
        endpoint,
        storage,
        cluster.topics,
    )


def users_own(cluster: KafkaCluster) -> str | None:
    """Give the servers of the Kafka that the user runs; None where the cloud runs one."""
    return own_servers(cluster.own_engine) if cluster.own_engine else None


def own_servers(variable: str) -> str | None:
    """Read servers from the environment variable; None where it is not set. Mistake."""
    text = own_engine.told(variable)
    if text is None:
        return None
    found = SERVERS.fullmatch(text)
    if found is None:
        example = "kafka://host:9092 or kafka://one:9092,two:9092, without TLS"
        raise own_engine.wrong(variable, "a Kafka cluster", example)
    return found[1]


def measure(
    cluster: KafkaCluster, lags: Iterable[Lag], brokers: Sequence[BrokerView]
) -> dict[str, dict[str, float]]:
    """Give CloudWatch's metrics of a cluster by what they are of."""
    answering = any(each.leads for each in brokers)
    partitions = sum(each.partitions for each in cluster.topics)
    found = {
        name_subject(NAMESPACE, cluster.name): {
            "OfflinePartitionsCount": 0.0 if answering else float(partitions)
        }
    }
    for each in lags:
        found[name_subject(NAMESPACE, cluster.name, each.group, each.topic)] = {
            "SumOffsetLag": float(each.total),
            "MaxOffsetLag": float(each.most),
            "EstimatedMaxTimeLag": each.seconds,
        }
    return found


def _of_cluster(resources: Iterable[Resource]) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in resources:
        (id,) = referred(each.properties["ClusterArn"])
        found.setdefault(id, []).append(each)
    return found


def _topic(resource: Resource) -> Topic:
    properties = resource.properties
    lines = b64decode(properties.get("Configs", "")).decode().splitlines()
    return Topic(
        str(properties["TopicName"]),
        int(properties["PartitionCount"]),
        int(properties["ReplicationFactor"]),
        dict(line.split("=", 1) for line in lines if line),
    )

"""Whether a Kafka cluster has room for its topics: partitions of a broker, and disk."""

from collections.abc import Iterator
from math import ceil

from seatrial.graph.annotations import Expected
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import table
from seatrial.policy.rules._kafka import CLUSTER, TOPIC, topic_settings

HOURS_A_MONTH = 730
GB = 1000**3
GIB = 1024**3


@rule(
    "ST721",
    "too-many-partitions",
    "warning",
    "capacity",
    why="Over what AWS recommends for a broker, updates, patches and restarts may not go through.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def too_many_partitions(plan: Plan) -> Iterator[Fault]:
    """Hold the copies of all partitions, spread evenly, against what a broker's size takes.

    Bad:
        Kafka:
          Type: AWS::MSK::Cluster
          Properties: {NumberOfBrokerNodes: 3, BrokerNodeGroupInfo: {InstanceType: kafka.t3.small}}
        Events:
          Type: AWS::MSK::Topic
          Properties: {ClusterArn: !Ref Kafka, PartitionCount: 400, ReplicationFactor: 3}

    Good:
        Kafka:
          Type: AWS::MSK::Cluster
          Properties: {NumberOfBrokerNodes: 3, BrokerNodeGroupInfo: {InstanceType: kafka.t3.small}}
        Events:
          Type: AWS::MSK::Topic
          Properties: {ClusterArn: !Ref Kafka, PartitionCount: 100, ReplicationFactor: 3}
    """
    sizes = table("sizes")["broker_partitions"]["most"]
    for cluster in plan.of(CLUSTER):
        brokers = number(cluster.properties.get("NumberOfBrokerNodes"))
        kind = at(cluster.properties, "BrokerNodeGroupInfo", "InstanceType")
        most = sizes.get(kind) if isinstance(kind, str) else None
        copies = 0.0
        for topic in plan.users.get(cluster.id, ()):
            partitions = number(topic.properties.get("PartitionCount")) or 0
            copies += partitions * (number(topic.properties.get("ReplicationFactor")) or 1)
        if brokers and most is not None and copies / brokers > most:
            yield Fault(
                cluster.id,
                "BrokerNodeGroupInfo.InstanceType",
                f"Its topics have {copies:g} partitions with all copies, {copies / brokers:,.0f} "
                f"a broker; AWS recommends {most} at most for {kind}.",
                "Fewer partitions, more brokers, or a larger size.",
                f"Kafka(..., brokers={brokers * ceil(copies / brokers / most):g})",
            )


@rule(
    "ST722",
    "topic-outgrows-disk",
    "error",
    "capacity",
    why="A broker whose disk is full stops taking writes.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def topic_outgrows_disk(plan: Plan) -> Iterator[Fault]:
    """Hold what comes in within the retention, in all copies, against the brokers' disks.

    What comes in a month is the description's `in_gb` of the part that the cluster, or the
    topic, came from, at its expected level. Nothing is taken off for compression.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Kafka: kafka, Events: events}
            Annotations:
            - {Kind: Expected, part: kafka, measure: in_gb, low: 100, expected: 3000, high: 5000}
        Resources:
          Kafka:
            Type: AWS::MSK::Cluster
            Properties:
              NumberOfBrokerNodes: 3
              BrokerNodeGroupInfo: {StorageInfo: {EBSStorageInfo: {VolumeSize: 100}}}
          Events:
            Type: AWS::MSK::Topic
            Properties:
              ClusterArn: !Ref Kafka
              ReplicationFactor: 3
              Configs: cmV0ZW50aW9uLm1zPTYwNDgwMDAwMA==

    Good:
        Metadata:
          Seatrial:
            Parts: {Kafka: kafka, Events: events}
            Annotations:
            - {Kind: Expected, part: kafka, measure: in_gb, low: 100, expected: 200, high: 5000}
        Resources:
          Kafka:
            Type: AWS::MSK::Cluster
            Properties:
              NumberOfBrokerNodes: 3
              BrokerNodeGroupInfo: {StorageInfo: {EBSStorageInfo: {VolumeSize: 100}}}
          Events:
            Type: AWS::MSK::Topic
            Properties:
              ClusterArn: !Ref Kafka
              ReplicationFactor: 3
              Configs: cmV0ZW50aW9uLm1zPTYwNDgwMDAwMA==
    """
    comes = {
        each.part: each.expected
        for each in plan.graph.annotated(Expected)
        if each.measure == "in_gb"
    }
    for cluster in plan.of(CLUSTER) if comes else ():
        given = cluster.properties
        info = at(given, "BrokerNodeGroupInfo", "StorageInfo", "EBSStorageInfo")
        brokers, size = number(given.get("NumberOfBrokerNodes")), number(at(info, "VolumeSize"))
        topics = [each for each in plan.users.get(cluster.id, ()) if each.type == TOPIC]
        if brokers is None or size is None or not topics:
            continue
        hours = [number(topic_settings(each).get("retention.ms")) for each in topics]
        copies = [number(each.properties.get("ReplicationFactor")) for each in topics]
        a_month = comes.get(cluster.part, 0) or sum(comes.get(t.part, 0) for t in topics)
        kept = min((each / 3_600_000 for each in hours if each and each > 0), default=None)
        least = min((each for each in copies if each), default=None)
        if kept is None or least is None:
            continue
        # The shortest retention and the fewest copies: what is held is this much at least.
        held = a_month * GB / GIB * kept / HOURS_A_MONTH * least
        if held > brokers * size:
            yield Fault(
                cluster.id,
                "BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize",
                f"{a_month:g} GB come into {cluster.label} a month; {kept:g} hours of "
                f"it in {least:g} copies are {held:,.0f} GiB, and the disks hold "
                f"{brokers * size:,.0f}.",
                "Larger volumes, or a shorter retention.",
                f"Kafka(..., storage_gb={int(held / brokers * 1.2) + 1})",
            )

"""Whether a Kafka topic stands when a broker goes."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._kafka import CLUSTER, TOPIC, settings_of, topic_settings
from seatrial.policy.rules._services import in_production


@rule(
    "ST515",
    "topic-stops-with-a-broker",
    "warning",
    "availability",
    why="MSK restarts each broker in turn to patch it; a topic must take writes meanwhile.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def topic_stops_with_a_broker(plan: Plan) -> Iterator[Fault]:
    """Tell of a topic of production that cannot be without one broker.

    A producer that waits for all replicas is refused when fewer are in sync than
    `min.insync.replicas`; with one replica the partition itself is away. A cluster without a
    configuration of its own has AWS's, which wants two where it lies in three zones.

    Bad:
        Settings:
          Type: AWS::MSK::Configuration
          Properties: {ServerProperties: "min.insync.replicas=2"}
        Kafka:
          Type: AWS::MSK::Cluster
          Properties: {NumberOfBrokerNodes: 3, ConfigurationInfo: {Arn: !Ref Settings}}
        Events: {Type: AWS::MSK::Topic, Properties: {ClusterArn: !Ref Kafka, ReplicationFactor: 2}}

    Good:
        Settings:
          Type: AWS::MSK::Configuration
          Properties: {ServerProperties: "min.insync.replicas=2"}
        Kafka:
          Type: AWS::MSK::Cluster
          Properties: {NumberOfBrokerNodes: 3, ConfigurationInfo: {Arn: !Ref Settings}}
        Events: {Type: AWS::MSK::Topic, Properties: {ClusterArn: !Ref Kafka, ReplicationFactor: 3}}
    """
    for topic in plan.of(TOPIC) if in_production(plan) else ():
        copies = number(topic.properties.get("ReplicationFactor"))
        cluster = plan.named(topic.properties.get("ClusterArn"), CLUSTER)
        if copies is None or cluster is None:
            continue
        said = settings_of(plan, cluster) | topic_settings(topic)
        sync = number(said.get("min.insync.replicas")) or _usual(cluster)
        if copies <= 1:
            what = "It has one copy: while that broker is away, its partitions are"
        elif copies <= sync:
            what = (
                f"It has {copies:g} copies and writes wait for {sync:g}: one broker less stops them"
            )
        else:
            continue
        yield Fault(
            topic.id,
            "ReplicationFactor",
            f"{what}.",
            f"Make it {max(3, int(sync) + 1)}, or lower min.insync.replicas.",
            f"kafka.topic(..., replication={max(3, int(sync) + 1)})",
        )


def _usual(cluster: Resource) -> int:
    """Give the replicas that must be in sync where no configuration says so.

    https://docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html
    """
    subnets = at(cluster.properties, "BrokerNodeGroupInfo", "ClientSubnets")
    by_aws = "ConfigurationInfo" not in cluster.properties and len(many(subnets)) == 3
    return 2 if by_aws else 1


@rule(
    "ST516",
    "topic-outnumbers-brokers",
    "error",
    "availability",
    why="Kafka refuses a topic that wants more copies than there are brokers.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html",
)
def topic_outnumbers_brokers(plan: Plan) -> Iterator[Fault]:
    """Tell of a topic, or of the default of topics, with more copies than brokers.

    Bad:
        Kafka: {Type: AWS::MSK::Cluster, Properties: {NumberOfBrokerNodes: 2}}
        Events: {Type: AWS::MSK::Topic, Properties: {ClusterArn: !Ref Kafka, ReplicationFactor: 3}}

    Good:
        Kafka: {Type: AWS::MSK::Cluster, Properties: {NumberOfBrokerNodes: 3}}
        Events: {Type: AWS::MSK::Topic, Properties: {ClusterArn: !Ref Kafka, ReplicationFactor: 3}}
    """
    for cluster in plan.of(CLUSTER):
        brokers = number(cluster.properties.get("NumberOfBrokerNodes"))
        default = number(settings_of(plan, cluster).get("default.replication.factor"))
        if brokers is None:
            continue
        if default is not None and default > brokers:
            yield Fault(
                cluster.id,
                "NumberOfBrokerNodes",
                f"There are {brokers:g} brokers, and new topics get {default:g} copies.",
                f"default.replication.factor={brokers:g} in its configuration.",
                f"Kafka(..., brokers={default:g})",
            )
        for topic in plan.users.get(cluster.id, ()):
            copies = number(topic.properties.get("ReplicationFactor"))
            if topic.type == TOPIC and copies is not None and copies > brokers:
                yield Fault(
                    topic.id,
                    "ReplicationFactor",
                    f"{topic.label} wants {copies:g} copies of {brokers:g} brokers.",
                    f"Make it {brokers:g} or fewer.",
                    f"kafka.topic(..., replication={brokers:g})",
                )

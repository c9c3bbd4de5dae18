"""Topics of a Kafka cluster, who may write and read them, and what waits in them."""

from base64 import b64encode

from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Value, join
from seatrial.language import Access, Alerts, Kafka, Topic
from seatrial.lower import kafka as kafkas
from seatrial.lower.context import Lowering, camel, kept
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Metric, Widget, alarm, line, widget

LAGS = 5
"""Minutes for which too much must wait before anyone is told."""


def lag(lowering: Lowering, topic: Topic, group: str) -> Metric:
    """Give the metric of how many messages of a topic wait for a consumer group.

    MSK tells it while the group is stable and has committed offsets to Kafka.
    https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html
    """
    of: dict[str, Value] = {
        "Cluster Name": kafkas.cluster_name(lowering, _kafka(lowering, topic)),
        "Consumer Group": group,
        "Topic": topic.name,
    }
    return Metric(kafkas.NAMESPACE, "SumOffsetLag", of, "Maximum")


def _kafka(lowering: Lowering, topic: Topic) -> Kafka:
    return lowering.environment.part(topic.kafka)


def _groups(lowering: Lowering, topic: Topic) -> list[str]:
    found = {
        access.group
        for program in lowering.programs
        for access in program.accesses()
        if access.group and lowering.environment.part(access.part) is topic
    }
    return sorted(found)


def _lower(lowering: Lowering, topic: Topic) -> None:
    kafka = _kafka(lowering, topic)
    replication = kafka.replication if topic.replication is None else topic.replication
    if replication > kafka.brokers:
        raise topic.wrong(
            f"replication={replication} needs as many brokers, but {kafka.label()} has "
            f"{kafka.brokers} in the environment {lowering.environment.name!r}.",
            f"Set replication={kafka.brokers} there, or leave it out.",
        )
    settings = "".join(f"{key}={value}\n" for key, value in sorted(topic.settings.items()))
    lowering.add(
        topic,
        "Topic",
        "AWS::MSK::Topic",
        {
            "ClusterArn": lowering.ref(kafka, "Cluster"),
            "TopicName": topic.name,
            "PartitionCount": topic.partitions,
            "ReplicationFactor": replication,
            "Configs": b64encode(settings.rstrip().encode()).decode(),
        },
        **kept(lowering.environment.production),
    )


def _given(lowering: Lowering, topic: Topic, access: Access) -> Given:
    kafka = _kafka(lowering, topic)
    cluster = kafkas.given(lowering, kafka, access)
    variables = dict(cluster.variables)
    if access.group:
        variables["KAFKA_GROUP_ID"] = access.group
    if kafka.login == "none":
        return Given(variables)
    return Given(variables, statements=[*cluster.statements, *_leave(lowering, topic, access)])


def _leave(lowering: Lowering, topic: Topic, access: Access) -> list[Value]:
    """Give what IAM must allow to write, or to read with a group.

    https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
    """
    kafka = _kafka(lowering, topic)
    arn = GetAtt(lowering.id(topic, "Topic"), "TopicArn")
    if access.mode == "write":
        return [
            _allow(["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], arn),
            _allow(["kafka-cluster:WriteDataIdempotently"], lowering.ref(kafka, "Cluster")),
        ]
    name = kafkas.cluster_name(lowering, kafka)
    # The last piece of a cluster's ARN is known to MSK alone.
    group = join(
        "arn:", PARTITION, ":kafka:", REGION, ":", ACCOUNT, f":group/{name}/*/{access.group}"
    )
    return [
        _allow(["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], arn),
        _allow(["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"], group),
    ]


def _allow(actions: list[str], resource: Value) -> Value:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _watch(lowering: Lowering, alerts: Alerts, topic: Topic) -> None:
    for group in _groups(lowering, topic):
        metric = lag(lowering, topic, group)
        alarm(
            lowering,
            topic,
            f"{_word(group)}Lag",
            f"{topic.name}: over {alerts.lag} messages wait for {group}",
            (metric.namespace, metric.name),
            metric.statistic,
            alerts.lag,
            metric.dimensions,
            LAGS,
        )


def _word(group: str) -> str:
    return camel("".join(each if each.isalnum() else "-" for each in group))


def _widgets(lowering: Lowering, topic: Topic) -> list[Widget]:
    metrics = [lag(lowering, topic, group) for group in _groups(lowering, topic)]
    if not metrics:
        return []
    return [
        widget(
            f"{topic.name}: messages that wait",
            [line(e.namespace, e.name, e.dimensions, e.statistic) for e in metrics],
        )
    ]


KIND = Kind(
    Topic,
    "topic",
    lower=_lower,
    given=_given,
    home=lambda topic: topic.kafka,
    ready=lambda lowering, topic: [lowering.id(topic, "Topic")],
    watch=_watch,
    widgets=_widgets,
)

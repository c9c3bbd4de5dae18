"""Alarms as the rules see them: what each looks at, how long it needs, and whom it tells.

Takes a plan, gives its alarms and what they reach. It never says what is wrong.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_false, many, maps, number, written

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
TOPIC = "AWS::SNS::Topic"
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
NAMES = {
    "AWS::ECS::Service": "ServiceName",
    "AWS::ElastiCache::CacheCluster": "ClusterName",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::DocDB::DBInstance": "DBInstanceIdentifier",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::SQS::Queue": "QueueName",
}
"""The property by whose text an alarm may name a resource."""


class Metric(NamedTuple):
    """One metric that an alarm looks at, and where in its properties; "" where not known."""

    namespace: str
    name: str
    dimensions: list[dict[str, Any]]
    path: str


def metrics(alarm: Resource) -> Iterator[Metric]:
    """Give what an alarm looks at, by itself or through metric math."""
    given = alarm.properties
    if given.get("MetricName"):
        dimensions = maps(given.get("Dimensions"))
        yield Metric(*_named(given), dimensions, "Dimensions")
    for index, each in enumerate(maps(given.get("Metrics"))):
        metric = at(each, "MetricStat", "Metric")
        if metric:
            path = f"Metrics.{index}.MetricStat.Metric.Dimensions"
            dimensions = maps(at(metric, "Dimensions"))
            yield Metric(*_named(metric), dimensions, path)


def _named(metric: Any) -> tuple[str, str]:
    return written(at(metric, "Namespace")), written(at(metric, "MetricName"))


def delay(alarm: Resource) -> float | None:
    """Give the seconds that an alarm looks over before it can tell; None where not known."""
    given = alarm.properties
    periods = [given.get("Period")]
    periods += [at(each, "MetricStat", "Period") for each in maps(given.get("Metrics"))]
    known = [each for one in periods if (each := number(one)) is not None]
    count = number(given.get("DatapointsToAlarm") or given.get("EvaluationPeriods"))
    return max(known) * count if known and count is not None else None


@lru_cache(maxsize=4)
def heard(plan: Plan) -> frozenset[str]:
    """Give the topics that somebody is subscribed to."""
    found = {each.id for each in plan.of(TOPIC) if each.properties.get("Subscription")}
    for each in plan.of("AWS::SNS::Subscription"):
        found |= {topic.id for topic in plan.all_named(each.properties.get("TopicArn"), TOPIC)}
    return frozenset(found)


def acts(alarm: Resource) -> bool:
    """Tell whether an alarm does anything when it goes off."""
    given = alarm.properties
    return bool(given.get("AlarmActions")) and not is_false(given.get("ActionsEnabled"))


@lru_cache(maxsize=4)
def composed(plan: Plan) -> frozenset[str]:
    """Give the alarms that a composite alarm, a health check, a deployment or a rule reads."""
    alarms = {each.id for each in plan.of(ALARM, COMPOSITE)}
    if any(_of_alarms(each) for each in plan.of("AWS::Events::Rule")):
        return frozenset(alarms)
    found: set[str] = set()
    for other in plan.graph:
        # A page of graphs shows an alarm, and does nothing when it goes off.
        if other.type not in (ALARM, "AWS::CloudWatch::Dashboard"):
            found |= plan.needs[other.id] & alarms
    return frozenset(found)


def _of_alarms(rule: Resource) -> bool:
    """Tell whether a rule of EventBridge takes the changes of alarms that it does not name.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    pattern = rule.properties.get("EventPattern")
    named = at(pattern, "resources") or at(pattern, "detail", "alarmName")
    return "aws.cloudwatch" in many(at(pattern, "source")) and not named


@lru_cache(maxsize=4)
def looked_at(plan: Plan) -> Mapping[str, list[Resource]]:
    """Give the alarms that act, by the id of each resource, and by `part:` and the part's name."""
    by_name = {
        name: each.id
        for type_, path in NAMES.items()
        for each in plan.of(type_)
        if (name := written(each.properties.get(path)))
    }
    found: dict[str, list[Resource]] = {}
    for alarm in plan.of(ALARM):
        if not acts(alarm) and alarm.id not in composed(plan):
            continue
        seen = set(plan.needs[alarm.id])
        for metric in metrics(alarm):
            values = (written(each.get("Value")) for each in metric.dimensions)
            seen |= {by_name[each] for each in values if each in by_name}
        if alarm.part:
            seen.add(f"part:{alarm.part}")
        for id in seen:
            found.setdefault(id, []).append(alarm)
    return found

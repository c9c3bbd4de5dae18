"""Whether a failure is noticed: something looks, and somebody is told."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.policy.plan import Plan
from seatrial.policy.read import written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._alarms import (
    ACTIONS,
    ALARM,
    COMPOSITE,
    TOPIC,
    acts,
    composed,
    heard,
    looked_at,
    metrics,
)
from seatrial.policy.rules._services import SERVICE, in_production, target_groups
from seatrial.policy.rules._stores import (
    REPLICATION_GROUP,
    databases,
    instances_of,
)

CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
QUEUE = "AWS::SQS::Queue"


@rule(
    "ST801",
    "failure-unheard",
    "warning",
    "observability",
    why="When it fails, the first to know are the users.",
    source=CLOUDWATCH + "AlarmThatSendsEmail.html",
)
def failure_unheard(plan: Plan) -> Iterator[Fault]:
    """Tell of a service, store, queue or load balancer of production that no alarm looks at.

    An alarm counts when it acts and names the resource, its target group or its instances.
    A template without any alarm is told of once.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
        Cpu:
          Type: AWS::CloudWatch::Alarm
          Properties:
            Namespace: AWS/RDS
            MetricName: CPUUtilization
            Dimensions: [{Name: DBInstanceIdentifier, Value: !Ref Db}]

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
        Told:
          Type: AWS::SNS::Topic
          Properties: {Subscription: [{Protocol: email, Endpoint: ops@example.com}]}
        Cpu:
          Type: AWS::CloudWatch::Alarm
          Properties:
            Namespace: AWS/RDS
            MetricName: CPUUtilization
            Dimensions: [{Name: DBInstanceIdentifier, Value: !Ref Db}]
            AlarmActions: [!Ref Told]
    """
    if not in_production(plan):
        return
    looked = looked_at(plan)
    silent = [
        each
        for each, others in _critical(plan)
        if not any(id in looked for id in (each.id, *others, f"part:{each.part or '-'}"))
    ]
    told = "An alarm on it with an action that reaches somebody."
    if silent and not any(acts(alarm) for alarm in plan.of(ALARM)):
        names = ", ".join(each.id for each in silent)
        what = f"No alarm of the template tells anybody of anything: {names}."
        yield Fault(silent[0].id, "", what, told, "System(..., alerts=Alerts('you@example.com'))")
        return
    for each in silent:
        yield Fault(
            each.id,
            "",
            f"No alarm that tells anybody looks at {each.label}.",
            told,
            "System(..., alerts=Alerts('you@example.com'))",
        )


def _critical(plan: Plan) -> Iterator[tuple[Resource, list[str]]]:
    """Give what must not fail unheard, each with the ids that stand for it."""
    for service in plan.of(SERVICE):
        yield service, [each.id for each in target_groups(plan, service)]
    for database in databases(plan):
        yield database, [each.id for each in instances_of(plan, database)]
    kinds = ("AWS::MSK::Cluster", REPLICATION_GROUP, "AWS::OpenSearchService::Domain", QUEUE)
    for each in plan.of(*kinds):
        yield each, []
    for balancer in plan.of(LOAD_BALANCER):
        behind = {
            group.id
            for listener in plan.users.get(balancer.id, ())
            for user in (listener, *plan.users.get(listener.id, ()))
            for group in plan.all_named(
                [user.properties.get("DefaultActions"), user.properties.get("Actions")],
                "AWS::ElasticLoadBalancingV2::TargetGroup",
            )
        }
        yield balancer, sorted(behind)


@rule(
    "ST802",
    "alarm-tells-nobody",
    "warning",
    "observability",
    why="An alarm that does nothing is a line on a page that nobody has open.",
    source=CLOUDWATCH + "alarm-actions.html",
)
def alarm_tells_nobody(plan: Plan) -> Iterator[Fault]:
    """Tell of an alarm without an action that no deployment, record or other alarm reads.

    Bad:
        Cpu: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: CPUUtilization}}

    Good:
        Told:
          Type: AWS::SNS::Topic
          Properties: {Subscription: [{Protocol: email, Endpoint: ops@example.com}]}
        Cpu:
          Type: AWS::CloudWatch::Alarm
          Properties: {MetricName: CPUUtilization, AlarmActions: [!Ref Told]}
    """
    for alarm in plan.of(ALARM, COMPOSITE):
        if acts(alarm) or alarm.id in composed(plan):
            continue
        off = bool(alarm.properties.get("AlarmActions"))
        yield Fault(
            alarm.id,
            "ActionsEnabled" if off else "AlarmActions",
            "Its actions are off." if off else "It goes off and does nothing.",
            "ActionsEnabled: true" if off else "AlarmActions: [a topic with a subscription]",
            "System(..., alerts=Alerts('you@example.com'))",
        )


@rule(
    "ST803",
    "topic-without-subscriber",
    "error",
    "observability",
    why="What is sent to a topic that nobody is subscribed to is thrown away.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
)
def topic_without_subscriber(plan: Plan) -> Iterator[Fault]:
    """Tell of a topic that alarms act on and nobody in the template is subscribed to.

    Bad:
        Told: {Type: AWS::SNS::Topic}
        Cpu:
          Type: AWS::CloudWatch::Alarm
          Properties: {MetricName: CPUUtilization, AlarmActions: [!Ref Told]}

    Good:
        Told: {Type: AWS::SNS::Topic}
        Ops:
          Type: AWS::SNS::Subscription
          Properties: {TopicArn: !Ref Told, Protocol: email, Endpoint: ops@example.com}
        Cpu:
          Type: AWS::CloudWatch::Alarm
          Properties: {MetricName: CPUUtilization, AlarmActions: [!Ref Told]}
    """
    used: dict[str, list[str]] = {}
    for alarm in plan.of(ALARM, COMPOSITE):
        for topic in plan.all_named([alarm.properties.get(name) for name in ACTIONS], TOPIC):
            used.setdefault(topic.id, []).append(alarm.id)
    for id, alarms in used.items():
        if id not in heard(plan):
            count = len(set(alarms))
            yield Fault(
                id,
                "Subscription",
                f"{count} alarm{'s tell' if count > 1 else ' tells'} it, and it tells nobody.",
                "Subscription: [{Protocol: email, Endpoint: ...}]",
                "Alerts('you@example.com')",
            )


@rule(
    "ST804",
    "outage-looks-like-silence",
    "error",
    "observability",
    why="A metric that is not reported while nothing runs never goes under a threshold.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "load-balancer-cloudwatch-metrics.html",
)
def outage_looks_like_silence(plan: Plan) -> Iterator[Fault]:
    """Tell of an alarm on too few of something that is silent when there is none.

    `HealthyHostCount` is reported while there are registered targets. When the last is gone
    the metric stops, so missing data must count as too few.

    Bad:
        Gone:
          Type: AWS::CloudWatch::Alarm
          Properties:
            MetricName: HealthyHostCount
            ComparisonOperator: LessThanThreshold
            Threshold: 1
            TreatMissingData: notBreaching

    Good:
        Gone:
          Type: AWS::CloudWatch::Alarm
          Properties:
            MetricName: HealthyHostCount
            ComparisonOperator: LessThanThreshold
            Threshold: 1
            TreatMissingData: breaching
    """
    for alarm in plan.of(ALARM):
        given = alarm.properties
        few = written(given.get("ComparisonOperator")).startswith("LessThan")
        missing = given.get("TreatMissingData", "missing")
        counted = any(metric.name == "HealthyHostCount" for metric in metrics(alarm))
        if few and counted and missing in ("missing", "notBreaching", "ignore"):
            yield Fault(
                alarm.id,
                "TreatMissingData",
                "HealthyHostCount is not reported when no target is left, and missing data is "
                f"{missing!r}.",
                "TreatMissingData: breaching",
            )

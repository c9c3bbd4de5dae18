"""Whether a failure is noticed: something looks, and somebody is told."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.graph.annotations import Uses
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._alarms import (
    ACTIONS,
    ALARM,
    COMPOSITE,
    TOPIC,
    acts,
    composed,
    heard,
    metrics,
)
from seatrial.policy.rules._services import SERVICE, in_production, target_groups, task_of, together
from seatrial.policy.rules._stores import (
    REPLICATION_GROUP,
    databases,
    instances_of,
    policy_of_memory,
)

CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
QUEUE = "AWS::SQS::Queue"


def looked_at(plan: Plan) -> dict[str, list[Resource]]:
    """Give the alarms that act on each resource, by its id, and on each part, by `part:` its name."""
    by_name = {
        written(name): each.id
        for each in plan.graph
        if (name := plan.physical_name(each)[1]) is not None and written(name)
    }
    found: dict[str, list[Resource]] = {}
    for alarm in plan.of(ALARM):
        if not acts(alarm) and alarm.id not in composed(plan):
            continue
        seen = set(plan.needs[alarm.id])
        for metric in metrics(alarm):
            values = (written(each.get("Value")) for each in metric.dimensions)
            seen |= {by_name[each] for each in values if each in by_name}
        if plan.part(alarm):
            seen.add(f"part:{plan.part(alarm)}")
        for id in seen:
            found.setdefault(id, []).append(alarm)
    return found


@rule(
    "ST801",
    "failure-unheard",
    "warning",
    "observability",
    why="When it fails, the first to know are the users.",
    source=CLOUDWATCH + "AlarmThatSendsEmail.html",
)
def failure_unheard(plan: Plan) -> Iterator[Fault]:
    """Tell of a service, store, broker, queue or load balancer of production that no alarm looks at.

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
        if not any(id in looked for id in (each.id, *others, f"part:{plan.part(each) or '-'}"))
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
            f"No alarm that tells anybody looks at {together(plan, each)}.",
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

    `HealthyHostCount` is reported while there are registered targets, `RunningTaskCount`
    while tasks run. When the last is gone the metric stops, and missing data must count.

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
        counted = {metric.name for metric in metrics(alarm)} & {
            "HealthyHostCount",
            "RunningTaskCount",
        }
        if few and counted and missing in ("missing", "notBreaching", "ignore"):
            yield Fault(
                alarm.id,
                "TreatMissingData",
                f"{counted.pop()} is not reported when nothing is left, and missing data is "
                f"{missing!r}.",
                "TreatMissingData: breaching",
            )


@rule(
    "ST805",
    "lag-unwatched",
    "warning",
    "observability",
    why="A consumer that hangs or falls behind answers every health check.",
    source="https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html",
)
def lag_unwatched(plan: Plan) -> Iterator[Fault]:
    """Tell of a topic that a part reads while no alarm looks at how far behind it is.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Events: events}
            Annotations: [{Kind: Uses, part: worker, used: events, access: read}]
        Resources:
          Events: {Type: AWS::MSK::Topic, Properties: {TopicName: events}}

    Good:
        Metadata:
          Seatrial:
            Parts: {Events: events}
            Annotations: [{Kind: Uses, part: worker, used: events, access: read}]
        Resources:
          Events: {Type: AWS::MSK::Topic, Properties: {TopicName: events}}
          Told:
            Type: AWS::SNS::Topic
            Properties: {Subscription: [{Protocol: email, Endpoint: ops@example.com}]}
          Lag:
            Type: AWS::CloudWatch::Alarm
            Properties:
              Namespace: AWS/Kafka
              MetricName: SumOffsetLag
              Dimensions: [{Name: Topic, Value: events}]
              AlarmActions: [!Ref Told]
    """
    watched = {
        written(dimension.get("Value"))
        for alarm in plan.of(ALARM)
        if acts(alarm) or alarm.id in composed(plan)
        for metric in metrics(alarm)
        if "Lag" in written(metric.name)
        for dimension in metric.dimensions
        if dimension.get("Name") == "Topic"
    }
    read: dict[str, list[str]] = {}
    for use in plan.graph.annotated(Uses):
        if use.access == "read":
            read.setdefault(use.used, []).append(use.part)
    for topic in plan.of("AWS::MSK::Topic") if in_production(plan) else ():
        readers = read.get(plan.part(topic), [])
        if readers and written(topic.properties.get("TopicName")) not in watched:
            yield Fault(
                topic.id,
                "TopicName",
                f"{', '.join(sorted(readers))} may fall behind, and no alarm tells.",
                "An alarm on AWS/Kafka SumOffsetLag of this topic and its consumer group.",
                "Alerts(..., lag=100_000)",
            )


@rule(
    "ST806",
    "container-without-logs",
    "warning",
    "observability",
    why="What a task says before it dies is lost with it.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
)
def container_without_logs(plan: Plan) -> Iterator[Fault]:
    """Tell of a container of a service whose output goes nowhere.

    Bad:
        Task: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: api}]}}
        Api: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task}}

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Name: api, LogConfiguration: {LogDriver: awslogs}}]}
        Api: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task}}
    """
    found = {task.id: task for s in plan.of(SERVICE) if (task := task_of(plan, s)) is not None}
    for task in found.values():
        for index, each in enumerate(many(task.properties.get("ContainerDefinitions"))):
            if isinstance(each, dict) and not each.get("LogConfiguration"):
                yield Fault(
                    task.id,
                    f"ContainerDefinitions.{index}.LogConfiguration",
                    f"What container {written(each.get('Name'))} prints goes nowhere.",
                    "LogConfiguration: {LogDriver: awslogs, Options: {...}}",
                )


@rule(
    "ST807",
    "dead-letters-unread",
    "warning",
    "observability",
    why="Work that failed for good lies in the dead-letter queue until it is deleted, unseen.",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "sqs-dead-letter-queues.html",
)
def dead_letters_unread(plan: Plan) -> Iterator[Fault]:
    """Tell of a dead-letter queue that no alarm looks at and nobody reads.

    Bad:
        Dead: {Type: AWS::SQS::Queue}
        Jobs:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}

    Good:
        Dead: {Type: AWS::SQS::Queue}
        Jobs:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
        Told:
          Type: AWS::SNS::Topic
          Properties: {Subscription: [{Protocol: email, Endpoint: ops@example.com}]}
        Some:
          Type: AWS::CloudWatch::Alarm
          Properties:
            Namespace: AWS/SQS
            MetricName: ApproximateNumberOfMessagesVisible
            Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]
            AlarmActions: [!Ref Told]
    """
    looked = looked_at(plan)
    for queue in plan.of(QUEUE):
        target = at(queue.properties, "RedrivePolicy", "deadLetterTargetArn")
        for dead in plan.all_named(target, QUEUE):
            readers = plan.users.get(dead.id, ())
            maps_ = [each for each in readers if each.type == "AWS::Lambda::EventSourceMapping"]
            if dead.id not in looked and not maps_:
                yield Fault(
                    dead.id,
                    "",
                    f"What {together(plan, queue)} gives up on ends here, and nobody is told.",
                    "An alarm on AWS/SQS ApproximateNumberOfMessagesVisible over 0.",
                )


@rule(
    "ST808",
    "disk-fills-unseen",
    "warning",
    "observability",
    why="A database whose disk is full takes no writes, and may not start again.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
)
def disk_fills_unseen(plan: Plan) -> Iterator[Fault]:
    """Tell of a database whose disk neither grows by itself nor is looked at.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, AllocatedStorage: "20"}}

    Good:
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, AllocatedStorage: "20", MaxAllocatedStorage: 100}
    """
    looked = looked_at(plan)
    for database in databases(plan) if in_production(plan) else ():
        given = database.properties
        if not given.get("AllocatedStorage") or given.get("MaxAllocatedStorage"):
            continue
        # A part's name stands for alarms of the part, whatever they look at.
        names = {m.name for alarm in looked.get(database.id, ()) for m in metrics(alarm)}
        if "FreeStorageSpace" not in names:
            yield Fault(
                database.id,
                "MaxAllocatedStorage",
                f"Its {written(str(given['AllocatedStorage']))} GiB do not grow, and no alarm "
                "looks at FreeStorageSpace.",
                "MaxAllocatedStorage of several times that, or an alarm on FreeStorageSpace.",
                "Postgres(..., max_storage_gb=100)",
            )


@rule(
    "ST809",
    "full-redis-unseen",
    "warning",
    "observability",
    why="A Redis that may not evict refuses every write once its memory is full.",
    source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html",
)
def full_redis_unseen(plan: Plan) -> Iterator[Fault]:
    """Tell of a Redis with `noeviction` whose memory no alarm looks at.

    Bad:
        Keep:
          Type: AWS::ElastiCache::ParameterGroup
          Properties: {Properties: {maxmemory-policy: noeviction}}
        Redis:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {CacheParameterGroupName: !Ref Keep}

    Good:
        Keep:
          Type: AWS::ElastiCache::ParameterGroup
          Properties: {Properties: {maxmemory-policy: volatile-lru}}
        Redis:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {CacheParameterGroupName: !Ref Keep}
    """
    memory = {"DatabaseMemoryUsagePercentage", "FreeableMemory", "BytesUsedForCache"}
    memory |= {"DatabaseCapacityUsagePercentage"}
    looked = looked_at(plan)
    for cache in plan.of(REPLICATION_GROUP) if in_production(plan) else ():
        if policy_of_memory(plan, cache) != "noeviction":
            continue
        part = plan.part(cache)
        alarms = [*looked.get(cache.id, ()), *(looked.get(f"part:{part}", ()) if part else ())]
        if not memory & {m.name for alarm in alarms for m in metrics(alarm)}:
            yield Fault(
                cache.id,
                "CacheParameterGroupName",
                "It evicts nothing, and no alarm looks at its memory.",
                "An alarm on AWS/ElastiCache DatabaseMemoryUsagePercentage.",
                "Redis(..., eviction='volatile-lru') or System(..., alerts=Alerts(...))",
            )

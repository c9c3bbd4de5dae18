"""What goes wrong slowly and unseen: lag, logs, dead letters, full disks and memory."""

from collections.abc import Iterator

from seatrial.graph.annotations import Uses
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._alarms import (
    ALARM,
    acts,
    composed,
    looked_at,
    metrics,
)
from seatrial.policy.rules._services import SERVICE, in_production, task_of
from seatrial.policy.rules._stores import (
    REPLICATION_GROUP,
    databases,
    policy_of_memory,
)

QUEUE = "AWS::SQS::Queue"


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
        readers = read.get(topic.part, [])
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
                    f"What {queue.label} gives up on ends here, and nobody is told.",
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
        part = cache.part
        alarms = [*looked.get(cache.id, ()), *(looked.get(f"part:{part}", ()) if part else ())]
        if not memory & {m.name for alarm in alarms for m in metrics(alarm)}:
            yield Fault(
                cache.id,
                "CacheParameterGroupName",
                "It evicts nothing, and no alarm looks at its memory.",
                "An alarm on AWS/ElastiCache DatabaseMemoryUsagePercentage.",
                "Redis(..., eviction='volatile-lru') or System(..., alerts=Alerts(...))",
            )

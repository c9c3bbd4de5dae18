"""Whether what scales can move, and far enough."""

from collections.abc import Iterator
from math import ceil

from seatrial.graph import Resource
from seatrial.graph.annotations import Expected
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import (
    SCALABLE,
    SERVICE,
    tasks,
)

MINUTES_A_MONTH = 43_800
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


@rule(
    "ST712",
    "tasks-without-partitions",
    "warning",
    "capacity",
    why="A partition has one reader in a group, so tasks beyond the partitions do nothing.",
    source="https://kafka.apache.org/documentation/#intro_consumers",
)
def tasks_without_partitions(plan: Plan) -> Iterator[Fault]:
    """Tell of a service that scales by consumer lag to more tasks than there are partitions.

    Bad:
        Events: {Type: AWS::MSK::Topic, Properties: {TopicName: events, PartitionCount: 4}}
        Reader: {Type: AWS::ECS::Service}
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {ResourceId: !Sub "service/c/${Reader.Name}", MinCapacity: 1, MaxCapacity: 10}
        ByLag:
          Type: AWS::ApplicationAutoScaling::ScalingPolicy
          Properties:
            ScalingTargetId: !Ref Scaling
            TargetTrackingScalingPolicyConfiguration:
              CustomizedMetricSpecification:
                Metrics:
                - Id: lag
                  MetricStat:
                    Metric:
                      Namespace: AWS/Kafka
                      MetricName: SumOffsetLag
                      Dimensions: [{Name: Topic, Value: events}]

    Good:
        Events: {Type: AWS::MSK::Topic, Properties: {TopicName: events, PartitionCount: 10}}
        Reader: {Type: AWS::ECS::Service}
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {ResourceId: !Sub "service/c/${Reader.Name}", MinCapacity: 1, MaxCapacity: 10}
        ByLag:
          Type: AWS::ApplicationAutoScaling::ScalingPolicy
          Properties:
            ScalingTargetId: !Ref Scaling
            TargetTrackingScalingPolicyConfiguration:
              CustomizedMetricSpecification:
                Metrics:
                - Id: lag
                  MetricStat:
                    Metric:
                      Namespace: AWS/Kafka
                      MetricName: SumOffsetLag
                      Dimensions: [{Name: Topic, Value: events}]
    """
    partitions = {
        each.properties.get("TopicName"): number(each.properties.get("PartitionCount"))
        for each in plan.of("AWS::MSK::Topic")
        if isinstance(each.properties.get("TopicName"), str)
    }
    for policy in plan.of(POLICY):
        names = read_topics(policy)
        target = plan.named(policy.properties.get("ScalingTargetId"), SCALABLE)
        counts = [partitions.get(each) for each in names]
        most = number(target.properties.get("MaxCapacity")) if target else None
        known = [each for each in counts if each is not None]
        if (
            target
            and most is not None
            and known
            and len(known) == len(counts)
            and most > sum(known)
        ):
            yield Fault(
                target.id,
                "MaxCapacity",
                f"Up to {most:g} tasks read {', '.join(sorted(names))}, which "
                f"{'has' if len(names) == 1 else 'have'} {sum(known):g} partitions.",
                f"MaxCapacity: {sum(known):g}, or more partitions.",
                f"Scale(..., max={sum(known):g}) or kafka.topic(..., partitions={most:g})",
            )


def read_topics(policy: Resource) -> set[str]:
    """Give the topics whose consumer lag a scaling policy follows."""
    name = "TargetTrackingScalingPolicyConfiguration"
    metrics = at(policy.properties, name, "CustomizedMetricSpecification", "Metrics")
    found = set()
    for each in maps(metrics):
        metric = at(each, "MetricStat", "Metric")
        if at(metric, "Namespace") == "AWS/Kafka":
            for dimension in maps(at(metric, "Dimensions")):
                value = dimension.get("Value")
                if dimension.get("Name") == "Topic" and isinstance(value, str):
                    found.add(value)
    return found


@rule(
    "ST713",
    "traffic-above-ceiling",
    "error",
    "capacity",
    why="At its most tasks the service stays above its target, and answers late or not at all.",
    source="https://docs.aws.amazon.com/autoscaling/application/userguide/"
    "application-auto-scaling-target-tracking.html",
)
def traffic_above_ceiling(plan: Plan) -> Iterator[Fault]:
    """Hold the expected requests against what the most tasks take at the scaling target.

    The month's high figure is spread evenly over its minutes, so a real peak is above it.

    Bad:
        Metadata:
          Seatrial:
            Parts: {Api: api}
            Annotations:
            - Kind: Expected
              part: api
              measure: requests
              low: 1000000
              expected: 10000000
              high: 100000000
        Resources:
          Api: {Type: AWS::ECS::Service}
          Scaling:
            Type: AWS::ApplicationAutoScaling::ScalableTarget
            Properties: {ResourceId: !Sub "service/c/${Api.Name}", MinCapacity: 1, MaxCapacity: 2}
          ByRequests:
            Type: AWS::ApplicationAutoScaling::ScalingPolicy
            Properties:
              ScalingTargetId: !Ref Scaling
              TargetTrackingScalingPolicyConfiguration:
                TargetValue: 1000
                PredefinedMetricSpecification: {PredefinedMetricType: ALBRequestCountPerTarget}

    Good:
        Metadata:
          Seatrial:
            Parts: {Api: api}
            Annotations:
            - Kind: Expected
              part: api
              measure: requests
              low: 1000000
              expected: 10000000
              high: 50000000
        Resources:
          Api: {Type: AWS::ECS::Service}
          Scaling:
            Type: AWS::ApplicationAutoScaling::ScalableTarget
            Properties: {ResourceId: !Sub "service/c/${Api.Name}", MinCapacity: 1, MaxCapacity: 2}
          ByRequests:
            Type: AWS::ApplicationAutoScaling::ScalingPolicy
            Properties:
              ScalingTargetId: !Ref Scaling
              TargetTrackingScalingPolicyConfiguration:
                TargetValue: 1000
                PredefinedMetricSpecification: {PredefinedMetricType: ALBRequestCountPerTarget}
    """
    expected = {
        each.part: each.high
        for each in plan.graph.annotated(Expected)
        if each.measure == "requests"
    }
    for policy in plan.of(POLICY) if expected else ():
        given = policy.properties.get("TargetTrackingScalingPolicyConfiguration")
        metric = at(given, "PredefinedMetricSpecification", "PredefinedMetricType")
        each_minute = number(at(given, "TargetValue"))
        target = plan.named(policy.properties.get("ScalingTargetId"), SCALABLE)
        if metric != "ALBRequestCountPerTarget" or each_minute is None or target is None:
            continue
        for service in plan.all_named(target.properties.get("ResourceId"), SERVICE):
            bounds, part = tasks(plan, service), service.part
            comes = expected.get(part, 0.0) / MINUTES_A_MONTH
            if bounds is not None and comes > bounds.most * each_minute:
                needed = ceil(comes / each_minute)
                yield Fault(
                    target.id,
                    "MaxCapacity",
                    f"{comes:,.0f} requests a minute are expected at the most, on average over "
                    f"the month; {bounds.most} tasks of {each_minute:g} take "
                    f"{bounds.most * each_minute:,.0f}.",
                    f"MaxCapacity: {needed} or more.",
                    f"Scale(..., max={needed})",
                )


@rule(
    "ST714",
    "scaling-cannot-move",
    "note",
    "capacity",
    why="A scaling policy between two equal bounds does nothing.",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/"
    "API_RegisterScalableTarget.html",
)
def scaling_cannot_move(plan: Plan) -> Iterator[Fault]:
    """Tell of a policy whose target may run one number of tasks only.

    Bad:
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {MinCapacity: 2, MaxCapacity: 2}
        ByCpu:
          Type: AWS::ApplicationAutoScaling::ScalingPolicy
          Properties: {ScalingTargetId: !Ref Scaling}

    Good:
        Scaling:
          Type: AWS::ApplicationAutoScaling::ScalableTarget
          Properties: {MinCapacity: 2, MaxCapacity: 6}
        ByCpu:
          Type: AWS::ApplicationAutoScaling::ScalingPolicy
          Properties: {ScalingTargetId: !Ref Scaling}
    """
    targets = {
        target.id: target
        for policy in plan.of(POLICY)
        for target in plan.all_named(policy.properties.get("ScalingTargetId"), SCALABLE)
    }
    for target in targets.values():
        given = target.properties
        least, most = number(given.get("MinCapacity")), number(given.get("MaxCapacity"))
        if least is not None and least == most and not given.get("ScheduledActions"):
            yield Fault(
                target.id,
                "MaxCapacity",
                f"It is {most:g}, and so is MinCapacity: nothing can scale.",
                "A larger MaxCapacity, or no policy.",
                f"Scale(min={least:g}, max={least * 2:g}, ...)",
            )

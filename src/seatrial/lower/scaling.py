"""Autoscaling of services: bounds, target tracking, schedules."""

from seatrial.graph.values import GetAtt, Ref, Value, join
from seatrial.language import Scale, Scheduled, Service, Topic
from seatrial.lower import topics
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import Metric, metric

PREDEFINED = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}


LOADS = {
    "cpu": "ECSServiceCPUUtilization",
    "memory": "ECSServiceMemoryUtilization",
    "requests": "ALBRequestCount",
}
"""Pairs of a load to forecast and the metric that its target is of."""


def lower(lowering: Lowering) -> None:
    """Add a scalable target and its policies for each service that may change."""
    for service in lowering.services:
        if not service.scale.fixed:
            _target(lowering, service, service.scale)


def _target(lowering: Lowering, service: Service, scale: Scale) -> None:
    lowering.add(
        service,
        "Scaling",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": join(
                "service/", Ref("Cluster"), "/", GetAtt(lowering.id(service, "Service"), "Name")
            ),
            "MinCapacity": scale.min,
            "MaxCapacity": scale.max,
            "ScheduledActions": [
                _scheduled(number, each) for number, each in enumerate(scale.schedule, start=1)
            ]
            or None,
        },
    )
    for kind, predefined in PREDEFINED.items():
        wanted = getattr(scale, kind)
        if wanted is None:
            continue
        specification: dict[str, Value] = {"PredefinedMetricType": predefined}
        if kind == "requests":
            specification["ResourceLabel"] = _label(lowering, service)
        _policy(lowering, service, kind, wanted, {"PredefinedMetricSpecification": specification})
    if scale.lag_per_task is not None:
        _by_lag(lowering, service, scale.lag_per_task)
    if scale.predict:
        _forecast(lowering, service, scale)


def _policy(
    lowering: Lowering,
    service: Service,
    kind: str,
    wanted: float,
    specification: dict[str, Value],
) -> None:
    lowering.add(
        service,
        f"ScaleBy{kind.capitalize()}",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": f"{lowering.name}-{service.name}-{kind}",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": lowering.ref(service, "Scaling"),
            "TargetTrackingScalingPolicyConfiguration": {
                **specification,
                "TargetValue": wanted,
                "ScaleOutCooldown": service.scale.out_cooldown,
                "ScaleInCooldown": service.scale.in_cooldown,
            },
        },
    )


def _by_lag(lowering: Lowering, service: Service, wanted: int) -> None:
    """Track the messages that wait for each running task.

    The sum of all that wait would be no measure for a task: the policy would
    swing. While a group forms MSK tells no lag, and then nothing is changed.
    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
    """
    lags = [
        topics.lag(lowering, topic, access.group)
        for access in service.accesses()
        if access.group and isinstance(topic := lowering.environment.part(access.part), Topic)
    ]
    _hold_partitions(lowering, service)
    running = Metric(
        "ECS/ContainerInsights",
        "RunningTaskCount",
        {
            "ClusterName": Ref("Cluster"),
            "ServiceName": GetAtt(lowering.id(service, "Service"), "Name"),
        },
    )
    named = {f"lag{number}": each for number, each in enumerate(lags, start=1)}
    queries: list[Value] = [
        {
            "Id": id,
            "MetricStat": {"Metric": metric(each), "Stat": each.statistic},
            "ReturnData": False,
        }
        for id, each in [*named.items(), ("tasks", running)]
    ]
    queries.append(
        {
            "Id": "each",
            "Label": "Messages that wait for each task",
            "Expression": f"({' + '.join(named)}) / IF(tasks < 1, 1, tasks)",
            "ReturnData": True,
        }
    )
    specification: dict[str, Value] = {"CustomizedMetricSpecification": {"Metrics": queries}}
    _policy(lowering, service, "lag", wanted, specification)


def _hold_partitions(lowering: Lowering, service: Service) -> None:
    """Refuse more tasks than there are partitions: the ones beyond would stand idle."""
    read: dict[Topic, None] = {}
    for access in service.accesses():
        topic = lowering.environment.part(access.part)
        if access.group and isinstance(topic, Topic):
            read[topic] = None
    partitions = sum(each.partitions for each in read)
    if service.scale.max > partitions:
        named = " and ".join(each.label() for each in read)
        raise service.wrong(
            f"max={service.scale.max} tasks, but {named} has {partitions} partitions: "
            "a group's tasks beyond that would get no message.",
            f"Set max={partitions}, or more partitions.",
        )


def _label(lowering: Lowering, service: Service) -> Value:
    return join(
        GetAtt("LoadBalancer", "LoadBalancerFullName"),
        "/",
        GetAtt(lowering.id(service, "Targets"), "TargetGroupFullName"),
    )


def _forecast(lowering: Lowering, service: Service, scale: Scale) -> None:
    """Add the forecast of the first target's load.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/predictive-auto-scaling.html
    """
    kind = next(each for each in LOADS if getattr(scale, each) is not None)
    pair: dict[str, Value] = {"PredefinedMetricType": LOADS[kind]}
    if kind == "requests":
        pair["ResourceLabel"] = _label(lowering, service)
    lowering.add(
        service,
        "ScaleByForecast",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": f"{lowering.name}-{service.name}-forecast",
            "PolicyType": "PredictiveScaling",
            "ScalingTargetId": lowering.ref(service, "Scaling"),
            "PredictiveScalingPolicyConfiguration": {
                "Mode": "ForecastOnly" if scale.predict == "forecast" else "ForecastAndScale",
                "MaxCapacityBreachBehavior": "HonorMaxCapacity",
                "MetricSpecifications": [
                    {
                        "TargetValue": getattr(scale, kind),
                        "PredefinedMetricPairSpecification": pair,
                    }
                ],
            },
        },
    )


def _scheduled(number: int, each: Scheduled) -> Value:
    return {
        "ScheduledActionName": f"schedule-{number}",
        "Schedule": each.at,
        "Timezone": each.timezone,
        "ScalableTargetAction": {"MinCapacity": each.min, "MaxCapacity": each.max},
    }

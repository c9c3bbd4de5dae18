"""Autoscaling of services: bounds, target tracking, schedules."""

from seatrial.graph import Resource
from seatrial.graph.values import GetAtt, Ref, Value, join
from seatrial.language import Scale, Scheduled, Service
from seatrial.lower.context import Lowering

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
    target = lowering.add(
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
    for kind, metric in PREDEFINED.items():
        wanted = getattr(scale, kind)
        if wanted is None:
            continue
        specification: dict[str, Value] = {"PredefinedMetricType": metric}
        if kind == "requests":
            specification["ResourceLabel"] = _label(lowering, service)
        lowering.add(
            service,
            f"ScaleBy{kind.capitalize()}",
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            {
                "PolicyName": f"{lowering.name}-{service.name}-{kind}",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": target.ref,
                "TargetTrackingScalingPolicyConfiguration": {
                    "PredefinedMetricSpecification": specification,
                    "TargetValue": wanted,
                    "ScaleOutCooldown": scale.out_cooldown,
                    "ScaleInCooldown": scale.in_cooldown,
                },
            },
        )

    if scale.predict:
        _forecast(lowering, service, scale, target)


def _label(lowering: Lowering, service: Service) -> Value:
    return join(
        GetAtt("LoadBalancer", "LoadBalancerFullName"),
        "/",
        GetAtt(lowering.id(service, "Targets"), "TargetGroupFullName"),
    )


def _forecast(lowering: Lowering, service: Service, scale: Scale, target: Resource) -> None:
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
            "ScalingTargetId": target.ref,
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

"""Autoscaling of services: bounds, target tracking, schedules."""

from seatrial.graph.values import GetAtt, Ref, Value, join
from seatrial.language import Scale, Scheduled, Service
from seatrial.lower.context import Lowering

PREDEFINED = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}


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
            specification["ResourceLabel"] = join(
                GetAtt("LoadBalancer", "LoadBalancerFullName"),
                "/",
                GetAtt(lowering.id(service, "Targets"), "TargetGroupFullName"),
            )
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


def _scheduled(number: int, each: Scheduled) -> Value:
    return {
        "ScheduledActionName": f"schedule-{number}",
        "Schedule": each.at,
        "Timezone": each.timezone,
        "ScalableTargetAction": {"MinCapacity": each.min, "MaxCapacity": each.max},
    }

"""Services: as many tasks as wanted, spread over the zones, replaced without a gap.

The number of tasks is a parameter: a fixed one in the template would undo
autoscaling at every update, and the first deployment starts with none because
its image is pushed to the repository that the same stack creates.
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import RunsBefore
from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.language import Service
from seatrial.lower import programs
from seatrial.lower.context import Lowering, camel
from seatrial.lower.kinds import kind_of
from seatrial.lower.load_balancer import listener


def lower(lowering: Lowering) -> None:
    """Add every service with its task definition."""
    if lowering.programs:
        lowering.parameter(
            Parameter(
                "ImageTag",
                "String",
                "Tag of the images to run, the same in every repository",
                default="initial",
                allowed_pattern="[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
            )
        )
    for service in lowering.services:
        _service(lowering, service)


def _service(lowering: Lowering, service: Service) -> None:
    task = programs.task_definition(lowering, service)
    count = lowering.parameter(
        Parameter(
            camel(service.name) + "DesiredCount",
            "Number",
            f"Tasks of {service.name} now: 0 until its image is pushed, then what runs today",
            default=service.scale.first,
        )
    )
    rollout = service.rollout
    capacity = "FARGATE_SPOT" if service.spot else "FARGATE"
    properties: dict[str, Value] = {
        "Cluster": Ref("Cluster"),
        "ServiceName": service.name,
        "TaskDefinition": task.ref,
        "DesiredCount": count,
        "CapacityProviderStrategy": [{"CapacityProvider": capacity, "Weight": 1}],
        "PlatformVersion": "LATEST",
        "AvailabilityZoneRebalancing": "ENABLED" if rollout.max > 100 else "DISABLED",
        "DeploymentController": {"Type": "ECS"},
        "DeploymentConfiguration": {
            "MinimumHealthyPercent": rollout.min_healthy,
            "MaximumPercent": rollout.max,
            "DeploymentCircuitBreaker": {
                "Enable": rollout.circuit_breaker,
                "Rollback": rollout.rollback,
            },
        },
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "Subnets": lowering.private_subnets,
                "SecurityGroups": [GetAtt(lowering.id(service, "Group"), "GroupId")],
            }
        },
        "EnableECSManagedTags": True,
        "PropagateTags": "SERVICE",
    }
    if service.port is not None:
        properties["LoadBalancers"] = [
            {
                "ContainerName": service.name,
                "ContainerPort": service.port,
                "TargetGroupArn": lowering.ref(service, "Targets"),
            }
        ]
        properties["HealthCheckGracePeriodSeconds"] = service.probe.grace
    made = lowering.add(
        service,
        "Service",
        "AWS::ECS::Service",
        properties,
        depends_on=tuple(_before(lowering, service)),
    )
    if service.before:
        job = lowering.environment.part(service.before)
        lowering.annotate(RunsBefore(lowering.id(job, "Task"), made.id))


def _before(lowering: Lowering, service: Service) -> list[str]:
    """Give what must be there before tasks start, though no property says so."""
    before = ["ClusterCapacity"]
    if service.port is not None:
        routed = lowering.id(service, "Route")
        before.append(routed if routed in lowering.graph.resources else listener(lowering))
    for part in service.uses_parts():
        used = lowering.environment.part(part)
        if kind := kind_of(used):
            before += kind.ready(lowering, used)
    if lowering.environment.setting("nat") != "none":
        before += [
            f"PrivateDefaultRoute{zone}" for zone in range(1, lowering.zones + 1)
        ]  # without it a task can pull no image
    return before

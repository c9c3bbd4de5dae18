"""Services: as many tasks as wanted, spread over the zones, replaced without a gap.

The number of tasks is a parameter: a fixed one in the template would undo
autoscaling at every update, and the first deployment starts with none because
its image is pushed to the repository that the same stack creates. Where a
rollout shifts traffic, ECS moves the load balancer's weights itself.
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import RunsBefore
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import PARTITION, GetAtt, Ref, Value, join
from seatrial.language import Service
from seatrial.lower import alerts, internal, programs
from seatrial.lower.context import Lowering, camel
from seatrial.lower.kinds import kind_of
from seatrial.lower.load_balancer import has_rule, listener
from seatrial.lower.network import endpoints


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
    if any(each.rollout.shifts for each in lowering.services):
        _deployment_role(lowering)
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
        "DeploymentConfiguration": _deployment(lowering, service),
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
    if service.public:
        balanced: dict[str, Value] = {
            "ContainerName": service.name,
            "ContainerPort": service.port,
            "TargetGroupArn": lowering.ref(service, "Targets"),
        }
        if rollout.shifts:
            balanced["AdvancedConfiguration"] = {
                "AlternateTargetGroupArn": lowering.ref(service, "AlternateTargets"),
                "ProductionListenerRule": lowering.ref(service, "Route"),
                "TestListenerRule": lowering.ref(service, "TestRoute"),
                "RoleArn": GetAtt("DeploymentRole", "Arn"),
            }
        properties["LoadBalancers"] = [balanced]
        properties["HealthCheckGracePeriodSeconds"] = service.probe.grace
    if service.internal:
        properties["ServiceRegistries"] = [{"RegistryArn": internal.registry(lowering, service)}]
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


def _deployment(lowering: Lowering, service: Service) -> Value:
    rollout = service.rollout
    configuration: dict[str, Value] = {
        "MinimumHealthyPercent": rollout.min_healthy,
        "MaximumPercent": rollout.max,
    }
    if rollout.shifts:
        configuration["Strategy"] = rollout.strategy.upper().replace("-", "_")
        configuration["BakeTimeInMinutes"] = rollout.bake
    else:
        configuration["DeploymentCircuitBreaker"] = {
            "Enable": rollout.circuit_breaker,
            "Rollback": rollout.rollback,
        }
    if rollout.strategy == "canary":
        configuration["CanaryConfiguration"] = {
            "CanaryPercent": rollout.step,
            "CanaryBakeTimeInMinutes": rollout.pause,
        }
    elif rollout.strategy == "linear":
        configuration["LinearConfiguration"] = {
            "StepPercent": rollout.step,
            "StepBakeTimeInMinutes": rollout.pause,
        }
    watching = alerts.alarms_of_targets(lowering, service) if rollout.watched else []
    if watching:
        configuration["Alarms"] = {
            "AlarmNames": watching,
            "Enable": True,
            "Rollback": rollout.rollback,
        }
    return configuration


def _deployment_role(lowering: Lowering) -> None:
    """Add what lets ECS move the load balancer's weights and targets."""
    policy = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
    lowering.add(
        None,
        "DeploymentRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ecs.amazonaws.com"),
            "ManagedPolicyArns": [join("arn:", PARTITION, f":iam::aws:policy/{policy}")],
        },
    )


def _before(lowering: Lowering, service: Service) -> list[str]:
    """Give what must be there before tasks start, though no property says so."""
    before = ["ClusterCapacity"]
    if service.public:
        ruled = has_rule(lowering, service)
        if not service.rollout.shifts:  # else its load balancer entry names the rule
            before.append(lowering.id(service, "Route") if ruled else listener(lowering))
    for part in service.uses_parts():
        used = lowering.environment.part(part)
        if kind := kind_of(lowering, used):
            before += kind.ready(lowering, used)
    if lowering.environment.setting("nat") != "none":
        before += [
            f"PrivateDefaultRoute{zone}" for zone in range(1, lowering.zones + 1)
        ]  # without it a task can pull no image
    before += endpoints(lowering)
    return before

"""Whether a service stays up while tasks change: room to move, and time to start."""

from collections.abc import Iterator
from math import ceil, floor

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import (
    SERVICE,
    in_production,
    target_groups,
    task_of,
    tasks,
)

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
ECS_API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"


@rule(
    "ST504",
    "deployment-empties-service",
    "warning",
    "availability",
    why="ECS may stop every old task before a new one answers.",
    source=ECS_API + "API_DeploymentConfiguration.html",
)
def deployment_empties_service(plan: Plan) -> Iterator[Fault]:
    """Tell of a service behind a load balancer that a deployment may leave without a task.

    Bad:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            DeploymentConfiguration: {MinimumHealthyPercent: 0, MaximumPercent: 100}

    Good:
        Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            DeploymentConfiguration: {MinimumHealthyPercent: 100, MaximumPercent: 200}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        least = number(at(service.properties, "DeploymentConfiguration", "MinimumHealthyPercent"))
        if least == 0 and _rolling(service) and service.properties.get("LoadBalancers"):
            yield Fault(
                service.id,
                "DeploymentConfiguration.MinimumHealthyPercent",
                f"A deployment may stop every task of {service.label} at once.",
                "Make it 100, and MaximumPercent 200.",
                "Rollout(..., min_healthy=100, max=200)",
            )


@rule(
    "ST505",
    "deployment-cannot-move",
    "error",
    "availability",
    why="ECS may neither stop an old task nor start a new one, so the deployment never ends.",
    source=ECS_API + "API_DeploymentConfiguration.html",
)
def deployment_cannot_move(plan: Plan) -> Iterator[Fault]:
    """Tell of a rolling deployment whose two limits leave no room at some number of tasks.

    ECS rounds the least up and the most down: with 100 and 150 percent a service of one task
    stays as it is for ever.

    Bad:
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 1
            DeploymentConfiguration: {MinimumHealthyPercent: 100, MaximumPercent: 150}

    Good:
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            DeploymentConfiguration: {MinimumHealthyPercent: 100, MaximumPercent: 150}
    """
    for service in plan.of(SERVICE):
        given = service.properties.get("DeploymentConfiguration")
        least, most = (number(at(given, f"{n}Percent")) for n in ("MinimumHealthy", "Maximum"))
        bounds = tasks(plan, service)
        if bounds is None or least is None or most is None or not _rolling(service):
            continue
        for count in range(max(bounds.least, 1), min(bounds.most, 1000) + 1):
            if floor(count * most / 100) <= count and ceil(count * least / 100) >= count:
                yield Fault(
                    service.id,
                    "DeploymentConfiguration.MaximumPercent",
                    f"With {count} task{'s' if count > 1 else ''} of {service.label}, "
                    f"{least:g} percent at least and {most:g} at most is {count} either way.",
                    "Make MaximumPercent 200.",
                    "Rollout(..., max=200)",
                )
                break


def _rolling(service: Resource) -> bool:
    """Tell whether ECS itself puts new tasks in the place of old ones, within the two limits."""
    given = service.properties
    controller = at(given, "DeploymentController", "Type") in (None, "ECS")
    return controller and at(given, "DeploymentConfiguration", "Strategy") in (None, "ROLLING")


@rule(
    "ST507",
    "slow-start-is-killed",
    "error",
    "availability",
    why="ECS replaces a task that the load balancer finds unhealthy, so it never gets to start.",
    source=ECS_API + "API_Service.html",
)
def slow_start_is_killed(plan: Plan) -> Iterator[Fault]:
    """Tell of a container that says that it starts longer than the load balancer waits.

    The load balancer gives up after its grace period and as many checks as make a target
    unhealthy; the container's own health check says how long its start may take.

    Bad:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - {Name: api, HealthCheck: {Command: [CMD, check], StartPeriod: 180}}
        Targets:
          Type: AWS::ElasticLoadBalancingV2::TargetGroup
          Properties: {HealthCheckIntervalSeconds: 10, UnhealthyThresholdCount: 2}
        Api:
          Type: AWS::ECS::Service
          Properties: {TaskDefinition: !Ref Task, LoadBalancers: [{TargetGroupArn: !Ref Targets}]}

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
            - {Name: api, HealthCheck: {Command: [CMD, check], StartPeriod: 180}}
        Targets:
          Type: AWS::ElasticLoadBalancingV2::TargetGroup
          Properties: {HealthCheckIntervalSeconds: 10, UnhealthyThresholdCount: 2}
        Api:
          Type: AWS::ECS::Service
          Properties:
            TaskDefinition: !Ref Task
            LoadBalancers: [{TargetGroupArn: !Ref Targets}]
            HealthCheckGracePeriodSeconds: 180
    """
    for service in plan.of(SERVICE):
        task = task_of(plan, service)
        if task is None:
            continue
        inside = maps(task.properties.get("ContainerDefinitions"))
        starts = [number(at(each, "HealthCheck", "StartPeriod")) or 0 for each in inside]
        grace = number(service.properties.get("HealthCheckGracePeriodSeconds", 0))
        for group in target_groups(plan, service):
            given = group.properties
            # The load balancer's own defaults, where nothing is said.
            interval = number(given.get("HealthCheckIntervalSeconds", 30))
            checks = number(given.get("UnhealthyThresholdCount", 2))
            if grace is None or interval is None or checks is None:
                continue
            waits = grace + interval * checks
            if max(starts, default=0) > waits:
                yield Fault(
                    service.id,
                    "HealthCheckGracePeriodSeconds",
                    f"A task may take {max(starts):g} seconds to start; after {waits:g} the load "
                    f"balancer calls it unhealthy and ECS stops it.",
                    f"Make it {max(starts):g}.",
                    f"Service(..., health=Health(..., grace={max(starts):g}))",
                )

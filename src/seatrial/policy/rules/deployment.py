"""Whether a bad version is noticed, and taken back."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, maps, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._alarms import ALARM, delay
from seatrial.policy.rules._services import (
    SERVICE,
    in_production,
    target_groups,
)

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"


def strategy(service: Resource) -> str:
    """Give how a service changes over; `ROLLING` where nothing is said."""
    said = at(service.properties, "DeploymentConfiguration", "Strategy")
    return said if isinstance(said, str) else "ROLLING"


def by_ecs(service: Resource) -> bool:
    """Tell whether ECS itself deploys the service."""
    return at(service.properties, "DeploymentController", "Type") in (None, "ECS")


@rule(
    "ST731",
    "no-way-back",
    "warning",
    "deployment",
    why="A version that does not start is tried again and again until a person takes it back.",
    source=ECS + "deployment-circuit-breaker.html",
)
def no_way_back(plan: Plan) -> Iterator[Fault]:
    """Tell of a rolling deployment that neither the circuit breaker nor an alarm rolls back.

    Bad:
        Api: {Type: AWS::ECS::Service, Properties: {DesiredCount: 2}}

    Good:
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 2
            DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}
    """
    for service in plan.of(SERVICE) if in_production(plan) else ():
        given = service.properties.get("DeploymentConfiguration")
        if strategy(service) != "ROLLING" or not by_ecs(service):
            continue
        ways = [at(given, name) for name in ("DeploymentCircuitBreaker", "Alarms")]
        if not any(is_true(at(w, "Enable")) and is_true(at(w, "Rollback")) for w in ways):
            yield Fault(
                service.id,
                "DeploymentConfiguration.DeploymentCircuitBreaker",
                f"Nothing takes a version of {service.label} back that fails.",
                "DeploymentCircuitBreaker: {Enable: true, Rollback: true}",
                "Rollout(..., circuit_breaker=True, rollback=True)",
            )


@rule(
    "ST732",
    "shift-without-alarm",
    "warning",
    "deployment",
    why="Traffic moves to the new version whatever it answers, and nothing moves it back.",
    source=ECS + "deployment-alarm-failure.html",
)
def shift_without_alarm(plan: Plan) -> Iterator[Fault]:
    """Tell of a blue-green, canary or linear deployment that no alarm stops.

    Bad:
        Api:
          Type: AWS::ECS::Service
          Properties: {DeploymentConfiguration: {Strategy: BLUE_GREEN, BakeTimeInMinutes: 5}}

    Good:
        Errors: {Type: AWS::CloudWatch::Alarm, Properties: {Period: 60, EvaluationPeriods: 1}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DeploymentConfiguration:
              Strategy: BLUE_GREEN
              BakeTimeInMinutes: 5
              Alarms: {AlarmNames: [!Ref Errors], Enable: true, Rollback: true}
    """
    for service in plan.of(SERVICE):
        if strategy(service) == "ROLLING":
            continue
        given = at(service.properties, "DeploymentConfiguration", "Alarms")
        if not (at(given, "AlarmNames") and is_true(at(given, "Enable"))):
            what = "no alarm stops it"
        elif at(given, "Rollback") in (None, False, "false"):
            what = "an alarm stops it, but does not roll it back"
        else:
            continue
        yield Fault(
            service.id,
            "DeploymentConfiguration.Alarms",
            f"{service.label} shifts its traffic by {strategy(service)}, and {what}.",
            "Alarms: {AlarmNames: [...], Enable: true, Rollback: true}",
            "System(..., alerts=Alerts(...)), and Rollout(..., rollback=True)",
        )


@rule(
    "ST733",
    "alarm-after-bake",
    "warning",
    "deployment",
    why="Once the bake time is over the deployment is done, and an alarm rolls nothing back.",
    source=ECS + "deployment-alarm-failure.html",
)
def alarm_after_bake(plan: Plan) -> Iterator[Fault]:
    """Tell of a deployment alarm that needs longer than the deployment watches.

    An alarm looks at so many periods of so many seconds; a linear or canary deployment
    watches in its steps too, so only what bakes shorter than the alarm in all is told.

    Bad:
        Errors: {Type: AWS::CloudWatch::Alarm, Properties: {Period: 300, EvaluationPeriods: 3}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DeploymentConfiguration:
              Strategy: BLUE_GREEN
              BakeTimeInMinutes: 5
              Alarms: {AlarmNames: [!Ref Errors], Enable: true, Rollback: true}

    Good:
        Errors: {Type: AWS::CloudWatch::Alarm, Properties: {Period: 60, EvaluationPeriods: 3}}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DeploymentConfiguration:
              Strategy: BLUE_GREEN
              BakeTimeInMinutes: 5
              Alarms: {AlarmNames: [!Ref Errors], Enable: true, Rollback: true}
    """
    for service in plan.of(SERVICE):
        given = service.properties.get("DeploymentConfiguration")
        bake = number(at(given, "BakeTimeInMinutes"))
        if bake is None or strategy(service) == "ROLLING":
            continue
        steps = number(at(given, "LinearConfiguration", "StepPercent"))
        pause = number(at(given, "LinearConfiguration", "StepBakeTimeInMinutes")) or 0
        canary = number(at(given, "CanaryConfiguration", "CanaryBakeTimeInMinutes")) or 0
        watched = 60 * (bake + canary + (pause * 100 / steps if steps else 0))
        for alarm in plan.all_named(at(given, "Alarms", "AlarmNames"), ALARM):
            needs = delay(alarm)
            if needs is not None and needs > watched:
                yield Fault(
                    service.id,
                    "DeploymentConfiguration.BakeTimeInMinutes",
                    f"{alarm.id} needs {needs / 60:g} minutes to tell; the deployment watches "
                    f"{watched / 60:g}.",
                    f"BakeTimeInMinutes: {int(-(-needs // 60))} or more.",
                    f"Rollout(..., bake={int(-(-needs // 60))})",
                )


@rule(
    "ST734",
    "deployment-alarm-elsewhere",
    "error",
    "deployment",
    why="An alarm on something else takes a good version back, and lets a bad one through.",
    source=ECS + "deployment-alarm-failure.html",
)
def deployment_alarm_elsewhere(plan: Plan) -> Iterator[Fault]:
    """Tell of deployment alarms none of which looks at the service or its target groups.

    Bad:
        Other:
          Type: AWS::CloudWatch::Alarm
          Properties: {Dimensions: [{Name: QueueName, Value: jobs}]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DeploymentConfiguration:
              Alarms: {AlarmNames: [!Ref Other], Enable: true, Rollback: true}

    Good:
        Other:
          Type: AWS::CloudWatch::Alarm
          Properties: {Dimensions: [{Name: ServiceName, Value: !GetAtt Api.Name}]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DeploymentConfiguration:
              Alarms: {AlarmNames: [!Ref Other], Enable: true, Rollback: true}
    """
    for service in plan.of(SERVICE):
        given = at(service.properties, "DeploymentConfiguration", "Alarms")
        names = at(given, "AlarmNames")
        alarms = plan.all_named(names, ALARM)
        if not is_true(at(given, "Enable")) or not alarms or len(alarms) != len(names or ()):
            continue
        own = {service.id, *(each.id for each in target_groups(plan, service))}
        alternates = [
            at(e, "AdvancedConfiguration") for e in maps(service.properties.get("LoadBalancers"))
        ]
        own |= {
            each.id
            for each in plan.all_named(alternates, "AWS::ElasticLoadBalancingV2::TargetGroup")
        }
        name = service.properties.get("ServiceName")
        if any(plan.needs[alarm.id] & own or _says(alarm, name) for alarm in alarms):
            continue
        yield Fault(
            service.id,
            "DeploymentConfiguration.Alarms.AlarmNames",
            f"{', '.join(each.id for each in alarms)} do not look at {service.label}.",
            "Name alarms on its target group's errors, or on its CPU.",
        )


def _says(alarm: Resource, name: Any) -> bool:
    values = [each.get("Value") for each in maps(alarm.properties.get("Dimensions"))]
    for metric in maps(alarm.properties.get("Metrics")):
        inside = maps(at(metric, "MetricStat", "Metric", "Dimensions"))
        values += [each.get("Value") for each in inside]
    # A composite alarm or a metric of the user's own: what it looks at cannot be told.
    return not values or (isinstance(name, str) and name in values)

"""Cases from https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""

from __future__ import annotations

import json

import pytest

from seatrial.control.deployment import BreakerRule, Deployments
from seatrial.control.service import TaskView


def running(version: str, count: int, state: str = "running") -> list[TaskView]:
    return [TaskView(f"{version}-{state}-{n}", version, "a", state) for n in range(count)]


def completed(rule: BreakerRule | None = None, version: str = "1") -> Deployments:
    deployments = Deployments(rule)
    deployments.deploy(0.0, version)
    assert deployments.advance(1.0, 2, running(version, 2))
    return deployments


def statuses(deployments: Deployments) -> list[str]:
    return [f"{d.version} {d.status}" for d in deployments.history]


@pytest.mark.parametrize(
    ("desired", "threshold"), [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)]
)
def test_the_documented_thresholds(desired: int, threshold: int) -> None:
    assert BreakerRule().threshold(desired) == threshold


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        ("BOUNDED_PERCENT", 100, 10, 10),
        ("UNBOUNDED_PERCENT", 50, 2, 1),
        ("UNBOUNDED_PERCENT", 50, 800, 400),
        ("UNBOUNDED_PERCENT", 50, 0, 1),
        ("COUNT", 1, 800, 1),
    ],
)
def test_a_threshold_configuration(kind: str, value: int, desired: int, threshold: int) -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html
    rule = BreakerRule(threshold_type=kind, threshold_value=value)
    assert rule.threshold(desired) == threshold


def test_a_deployment_completes_when_the_service_is_steady() -> None:
    deployments = Deployments()
    deployments.deploy(0.0, "1")
    assert not deployments.advance(1.0, 2, running("1", 1) + running("1", 1, "starting"))
    assert deployments.advance(2.0, 2, running("1", 2))
    assert statuses(deployments) == ["1 COMPLETED"]
    assert not deployments.advance(3.0, 2, running("1", 2))


def test_outdated_tasks_hold_a_deployment_up_until_they_drain() -> None:
    deployments = completed()
    deployments.deploy(2.0, "2")
    assert not deployments.advance(3.0, 2, running("2", 2) + running("1", 1))
    assert deployments.advance(4.0, 2, running("2", 2) + running("1", 1, "draining"))


def test_three_failed_starts_roll_back_to_the_last_completed_deployment() -> None:
    deployments = completed()
    deployments.deploy(2.0, "2")
    failed = [deployments.task_failed(3.0 + n, "start", "2", 2) for n in range(3)]
    assert failed == [False, False, True]
    assert statuses(deployments) == ["1 STOPPED", "2 FAILED", "1 IN_PROGRESS"]
    assert deployments.version == "1"
    assert deployments.launching
    current = deployments.current
    assert current is not None
    assert current.rolls_back == 2
    assert deployments.advance(9.0, 2, running("1", 2))


def test_failed_health_checks_count_too() -> None:
    deployments = completed()
    deployments.deploy(2.0, "2")
    deployments.task_failed(3.0, "start", "2", 2)
    deployments.task_failed(4.0, "health", "2", 2)
    assert deployments.task_failed(5.0, "health", "2", 2)


def test_a_task_that_ends_after_it_was_healthy_does_not_count() -> None:
    # https://repost.aws/knowledge-center/ecs-deployment-roll-back-failure: "If a task successfully
    # starts, passes the dependent health checks, but then stops, then the circuit breaker might
    # not activate."
    deployments = completed()
    deployments.deploy(2.0, "2")
    assert not any(deployments.task_failed(3.0, "exit", "2", 2) for _ in range(9))


def test_failures_of_other_versions_and_of_a_completed_deployment_do_not_count() -> None:
    deployments = completed()
    assert not any(deployments.task_failed(3.0, "start", "1", 2) for _ in range(9))
    deployments.deploy(4.0, "2")
    assert not any(deployments.task_failed(5.0, "start", "1", 2) for _ in range(9))
    assert statuses(deployments) == ["1 COMPLETED", "2 IN_PROGRESS"]


@pytest.mark.parametrize(("reset", "fails"), [(True, False), (False, True)])
def test_a_healthy_task_resets_the_count_unless_told_not_to(reset: bool, fails: bool) -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
    deployments = completed(BreakerRule(reset_on_healthy_task=reset))
    deployments.deploy(2.0, "2")
    deployments.task_failed(3.0, "start", "2", 2)
    deployments.task_failed(4.0, "start", "2", 2)
    deployments.task_healthy("1")
    deployments.task_healthy("2")
    assert deployments.task_failed(5.0, "start", "2", 2) is fails


def test_without_a_completed_deployment_the_failed_one_stalls() -> None:
    deployments = Deployments()
    deployments.deploy(0.0, "1")
    for now in (1.0, 2.0, 3.0):
        deployments.task_failed(now, "start", "1", 2)
    assert statuses(deployments) == ["1 FAILED"]
    assert not deployments.launching
    deployments.deploy(4.0, "2")
    assert deployments.launching


def test_a_deployment_that_is_being_rolled_back_to_cannot_be_rolled_back_to_again() -> None:
    # The documented example: deployment 1 is COMPLETED, 2 cannot start, 1 is IN_PROGRESS again, and
    # then deployment 3 can neither roll back nor launch tasks.
    deployments = completed()
    deployments.deploy(2.0, "2")
    for now in (3.0, 4.0, 5.0):
        deployments.task_failed(now, "start", "2", 2)
    deployments.deploy(6.0, "3")
    for now in (7.0, 8.0, 9.0):
        deployments.task_failed(now, "start", "3", 2)
    assert statuses(deployments) == ["1 STOPPED", "2 FAILED", "1 STOPPED", "3 FAILED"]
    assert not deployments.launching


def test_without_the_rollback_option_a_failed_deployment_stops_launching() -> None:
    deployments = completed(BreakerRule(rollback=False))
    deployments.deploy(2.0, "2")
    for now in (3.0, 4.0, 5.0):
        deployments.task_failed(now, "start", "2", 2)
    assert statuses(deployments) == ["1 COMPLETED", "2 FAILED"]
    assert not deployments.launching


def test_without_the_circuit_breaker_a_deployment_goes_on_for_ever() -> None:
    deployments = completed(BreakerRule(enable=False))
    deployments.deploy(2.0, "2")
    assert not any(deployments.task_failed(3.0, "start", "2", 2) for _ in range(999))
    assert deployments.in_progress


def test_an_alarm_fails_a_deployment_until_its_bake_time_is_over() -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
    deployments = completed()
    assert not deployments.alarm_fired(2.0, "errors")
    rule = BreakerRule(alarms=True, bake=60.0)
    deployments = Deployments(rule)
    deployments.deploy(0.0, "1")
    assert not deployments.advance(10.0, 2, running("1", 2))
    assert not deployments.advance(69.0, 2, running("1", 2))
    assert deployments.advance(70.0, 2, running("1", 2))
    deployments.deploy(80.0, "2")
    deployments.advance(90.0, 2, running("2", 2))
    assert deployments.alarm_fired(100.0, "errors")
    assert statuses(deployments) == ["1 STOPPED", "2 FAILED", "1 IN_PROGRESS"]
    assert deployments.history[1].reason == "alarm errors"


def test_an_unsteady_service_bakes_anew() -> None:
    deployments = Deployments(BreakerRule(alarms=True, bake=60.0))
    deployments.deploy(0.0, "1")
    deployments.advance(10.0, 2, running("1", 2))
    deployments.advance(50.0, 2, running("1", 1))
    deployments.advance(60.0, 2, running("1", 2))
    assert not deployments.advance(70.0, 2, running("1", 2))
    assert deployments.advance(120.0, 2, running("1", 2))


def test_deployments_outlive_their_driver() -> None:
    deployments = completed()
    deployments.deploy(2.0, "2")
    deployments.task_failed(3.0, "start", "2", 2)
    after = Deployments()
    after.resume(json.loads(json.dumps(deployments.record())))
    assert after.history == deployments.history
    after.task_failed(4.0, "start", "2", 2)
    assert after.task_failed(5.0, "start", "2", 2)


def test_before_the_first_deployment_there_is_nothing_to_launch() -> None:
    deployments = Deployments()
    assert (deployments.current, deployments.version) == (None, None)
    assert not deployments.launching
    assert not deployments.advance(0.0, 0, [])

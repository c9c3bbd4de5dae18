"""Cases from https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html,
.../deployment-type-ecs.html and .../update-service-parameters.html
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.service import (
    DeploymentRule,
    Start,
    Stop,
    TaskView,
    plan,
    settled,
    task_state,
)

ZONES = ("a", "b", "c")
DEFAULT = DeploymentRule()


def tasks(text: str) -> list[TaskView]:
    """Read tasks such as `1a:running`: version, zone, state; the ids count from 1."""
    read = []
    for number, word in enumerate(text.split(), start=1):
        place, _, state = word.partition(":")
        read.append(TaskView(f"t{number}", place[:-1], place[-1], state, float(number)))
    return read


def stopped(decisions: list[Start | Stop]) -> list[str]:
    return [d.task_id for d in decisions if isinstance(d, Stop)]


def started(decisions: list[Start | Stop]) -> list[str]:
    return [d.zone for d in decisions if isinstance(d, Start)]


@pytest.mark.parametrize(
    ("percent", "desired", "count"), [(50, 4, 2), (75, 2, 2), (50, 3, 2), (100, 3, 3), (0, 9, 0)]
)
def test_the_minimum_is_rounded_up(percent: int, desired: int, count: int) -> None:
    assert DeploymentRule(percent, 200).minimum(desired) == count


@pytest.mark.parametrize(
    ("percent", "desired", "count"), [(200, 4, 8), (125, 3, 3), (150, 3, 4), (150, 1, 1)]
)
def test_the_maximum_is_rounded_down(percent: int, desired: int, count: int) -> None:
    assert DeploymentRule(0, percent).maximum(desired) == count


def test_percentages_that_would_block_every_deployment_are_refused() -> None:
    with pytest.raises(ValueError, match="block every deployment"):
        DeploymentRule(100, 100)
    with pytest.raises(ValueError, match="at least"):
        DeploymentRule(-1, 200)
    with pytest.raises(ValueError, match="at least"):
        DeploymentRule(0, 50)


def test_percentages_may_block_one_count_and_not_another() -> None:
    rule = DeploymentRule(75, 125)
    assert rule.blocks(2)
    assert not rule.blocks(4)
    assert not rule.blocks(0)


def test_a_new_service_starts_all_its_tasks_spread_over_the_zones() -> None:
    assert plan(4, [], "1", DEFAULT, ZONES) == [Start("1", zone) for zone in "abca"]


def test_a_service_that_is_as_it_should_be_is_left_alone() -> None:
    assert plan(3, tasks("1a:running 1b:running 1c:running"), "1", DEFAULT, ZONES) == []


def test_a_rolling_deployment_starts_first_then_stops() -> None:
    old = "1a:running 1b:running"
    assert started(plan(2, tasks(old), "2", DEFAULT, ZONES[:2])) == ["a", "b"]
    assert plan(2, tasks(f"{old} 2a:starting 2b:starting"), "2", DEFAULT, ZONES[:2]) == []
    one = plan(2, tasks(f"{old} 2a:running 2b:starting"), "2", DEFAULT, ZONES[:2])
    assert one == [Stop("t1", "deployment")]
    both = plan(2, tasks(f"{old} 2a:running 2b:running"), "2", DEFAULT, ZONES[:2])
    assert both == [Stop("t1", "deployment"), Stop("t2", "deployment")]


def test_a_minimum_of_half_frees_capacity_first() -> None:
    # "if your service has a desiredCount of four tasks and a minimumHealthyPercent of 50%, the
    # service scheduler may stop two existing tasks [...] before starting two new tasks"
    old = "1a:running 1b:running 1a:running 1b:running"
    decisions = plan(4, tasks(old), "2", DeploymentRule(50, 100), ZONES[:2])
    assert decisions == [Stop("t1", "deployment"), Stop("t2", "deployment")]
    left = tasks(f"1a:stopping 1b:stopping {old.split(' ', 2)[2]}")
    assert started(plan(4, left, "2", DeploymentRule(50, 100), ZONES[:2])) == ["a", "b"]


def test_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    sick = "1a:running 1b:unhealthy 1c:running"
    assert plan(3, tasks(sick), "1", DEFAULT, ZONES) == [Start("1", "b")]
    assert plan(3, tasks(f"{sick} 1b:starting"), "1", DEFAULT, ZONES) == []
    # "if the replacement task has a health status of HEALTHY, the service scheduler stops the
    # unhealthy task"
    assert plan(3, tasks(f"{sick} 1b:running"), "1", DEFAULT, ZONES) == [Stop("t2", "unhealthy")]
    # "If the replacement task has a health status of UNHEALTHY, the scheduler will stop either
    # the unhealthy replacement task or the existing unhealthy task to get the total task count to
    # equal desiredCount", and a further replacement may start.
    again = plan(3, tasks(f"{sick} 1b:unhealthy"), "1", DEFAULT, ZONES)
    assert stopped(again) == ["t2"]


def test_without_room_unhealthy_tasks_are_stopped_one_at_a_time() -> None:
    rule = DeploymentRule(50, 100)
    sick = plan(3, tasks("1a:unhealthy 1b:unhealthy 1c:running"), "1", rule, ZONES)
    assert sick == [Stop("t1", "unhealthy")]
    replacing = tasks("1a:stopping 1b:unhealthy 1c:running 1a:starting")
    assert plan(3, replacing, "1", rule, ZONES) == []


def test_a_recovered_task_makes_its_replacement_surplus() -> None:
    decisions = plan(2, tasks("1a:running 1b:running 1b:starting"), "1", DEFAULT, ZONES[:2])
    assert decisions == [Stop("t3", "scale-in")]


def test_scale_in_takes_from_the_fullest_zone() -> None:
    many = tasks("1a:running 1a:running 1a:running 1b:running 1c:running 1c:running")
    assert stopped(plan(3, many, "1", DEFAULT, ZONES)) == ["t1", "t2", "t5"]
    assert stopped(plan(0, many, "1", DEFAULT, ZONES)) == ["t1", "t2", "t5", "t3", "t4", "t6"]


def test_scale_in_takes_what_has_not_started_first() -> None:
    many = tasks("1a:running 1b:running 1a:starting 1b:starting")
    assert stopped(plan(2, many, "1", DEFAULT, ZONES[:2])) == ["t4", "t3"]


def test_outdated_tasks_that_were_never_healthy_go_at_once() -> None:
    decisions = plan(2, tasks("1a:running 1b:running 2a:starting 2b:starting"), "1", DEFAULT, "ab")
    assert decisions == [Stop("t3", "deployment"), Stop("t4", "deployment")]


def test_rebalancing_starts_in_the_emptier_zone_before_it_stops_in_the_fuller() -> None:
    full = "1a:running 1a:running 1b:running 1b:running"
    assert plan(4, tasks(full), "1", DEFAULT, ZONES) == [Start("1", "c")]
    assert plan(4, tasks(f"{full} 1c:starting"), "1", DEFAULT, ZONES) == []
    assert plan(4, tasks(f"{full} 1c:running"), "1", DEFAULT, ZONES) == [Stop("t1", "scale-in")]
    assert plan(4, tasks(full), "1", DEFAULT, ZONES, rebalancing=False) == []
    # With a maximum of 100 there is no room to start first, and AWS does not rebalance either.
    assert plan(4, tasks(full), "1", DeploymentRule(50, 100), ZONES) == []


def test_rebalancing_waits_for_a_service_that_is_as_it_should_be() -> None:
    deploying = tasks("1a:running 1a:running 1a:running 2a:starting 2b:starting 2c:starting")
    assert plan(3, deploying, "2", DEFAULT, ZONES) == []


def test_tasks_of_a_lost_zone_come_back_elsewhere() -> None:
    assert started(plan(3, tasks("1a:running 1b:running"), "1", DEFAULT, ZONES, lost={"c"})) == [
        "a"
    ]
    assert plan(3, [], "1", DEFAULT, ZONES, lost=set(ZONES)) == []


def test_a_stalled_service_starts_nothing_but_still_stops() -> None:
    decisions = plan(2, tasks("1a:running 2b:starting"), "1", DEFAULT, ZONES, launching=False)
    assert decisions == [Stop("t2", "deployment")]


def test_what_a_targets_health_makes_of_its_task() -> None:
    assert task_state("initial", 500.0, 60.0) == "starting"
    assert task_state("healthy", 1.0, 60.0) == "running"
    assert task_state("unhealthy", 59.0, 60.0) == "starting"
    assert task_state("unhealthy", 60.0, 60.0) == "unhealthy"
    assert task_state("draining", 60.0, 60.0) == "draining"


def test_a_task_without_a_health_check_settles_after_40_seconds() -> None:
    assert not settled(139.9, 100.0)
    assert settled(140.0, 100.0)


RULES = st.builds(
    DeploymentRule, st.sampled_from([0, 33, 50, 75, 99]), st.sampled_from([100, 125, 150, 200])
) | st.builds(DeploymentRule, st.just(100), st.sampled_from([101, 125, 150, 200]))
TASKS = st.lists(
    st.builds(
        TaskView,
        st.uuids().map(str),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from([*ZONES, "gone"]),
        st.sampled_from(["starting", "running", "unhealthy", "draining", "stopping"]),
        st.floats(0, 100),
    ),
    max_size=14,
    unique_by=lambda task: task.id,
)


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, 8),
    TASKS,
    RULES,
    st.sets(st.sampled_from(ZONES)),
    st.booleans(),
    st.booleans(),
)
def test_no_plan_breaks_the_limits(
    desired: int,
    seen: list[TaskView],
    rule: DeploymentRule,
    lost: set[str],
    rebalancing: bool,
    launching: bool,
) -> None:
    decisions = plan(
        desired, seen, "2", rule, ZONES, lost=lost, rebalancing=rebalancing, launching=launching
    )
    by_id = {task.id: task for task in seen}
    stops, starts = stopped(decisions), started(decisions)
    assert len(stops) == len(set(stops))
    assert all(by_id[task].state in ("starting", "running", "unhealthy") for task in stops)
    healthy = Counter(task.state for task in seen)["running"]
    ended = sum(by_id[task].state == "running" for task in stops)
    least = math.ceil(Fraction(desired * rule.minimum_healthy_percent, 100))
    assert not ended or healthy - ended >= least
    active = sum(task.state not in ("draining", "stopping") for task in seen)
    most = math.floor(Fraction(desired * rule.maximum_percent, 100))
    assert not starts or active + len(starts) <= most
    assert launching or not starts
    assert not set(starts) & lost

"""Random schedules keep every invariant, and each invariant is seen to break under a wrong rule."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from seatrial.control import failover, replication, service, tracking
from seatrial.control.database import Database, Done, FailoverRule, Seen
from seatrial.control.deployment import BreakerRule, Deployments
from seatrial.control.tracking import Bounds, Cooldown, Decision, TargetTracking
from tests.control.cache_world import CacheWorld
from tests.control.database_world import DatabaseWorld
from tests.control.schedules import main, replay, run_schedule, run_schedules
from tests.control.service_world import (
    BOUNDS,
    COOLDOWN,
    ENDS,
    GROUNDS,
    MAXIMUM,
    MINIMUM,
    ServiceWorld,
)
from tests.control.world import Breach, Decisions, Figures

SCHEDULES = int(os.environ.get("SEATRIAL_SCHEDULES", "300"))
# What every run has to have seen, or it has shown nothing.
SEEN = (
    "cache Promote",
    "cache Restart",
    "cache driver",
    "cache freeze",
    "cache power",
    "database Promote",
    "database Restart",
    "database DropSync",
    "database Resync",
    "database driver",
    "database power",
    "deployments COMPLETED",
    "deployments that roll back",
    "deployments stalled",
    "scalings out",
    "scalings in",
    "scalings bounds",
    "service driver kills",
    "service zone",
    "stops for unhealthy",
    "stops for scale-in",
    "stops for deployment",
)


@pytest.mark.timeout(1800)
def test_random_schedules_keep_every_invariant() -> None:
    outcome = run_schedules(range(SCHEDULES))
    told = [f"{breach}\n    again: {replay(seed)}" for seed, breach in outcome.breaches.items()]
    assert not told, "\n".join(told)
    if SCHEDULES >= 200:
        assert not [name for name in SEEN if not outcome.figures[name]]


def test_a_schedule_is_the_same_every_time() -> None:
    assert run_schedule(7) == run_schedule(7)
    assert run_schedule(7) != run_schedule(8)


def test_a_breach_is_told_with_its_seed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--count", "2", "--seed", "5"]) == 0
    assert "0 breaches" in capsys.readouterr().out
    outcome = run_schedules(range(40), Decisions(plan=without_minimum))
    assert outcome.schedules == 40
    seed, breach = next(iter(outcome.breaches.items()))
    assert replay(seed).endswith(f"--count 1 --seed {seed}")
    with pytest.raises(Breach, match="minimum") as again:
        run_schedule(seed, Decisions(plan=without_minimum))
    assert str(again.value) == str(breach)


# Wrong rules: each is what a mistake in a control module would do.


def without_minimum(
    desired: int, tasks: Any, version: Any, rule: service.DeploymentRule, zones: Any, **more: Any
) -> list[service.Start | service.Stop]:
    wrong = service.DeploymentRule(0, max(rule.maximum_percent, 101))
    return service.plan(desired, tasks, version, wrong, zones, **more)


def without_maximum(
    desired: int, tasks: Any, version: Any, rule: service.DeploymentRule, zones: Any, **more: Any
) -> list[service.Start | service.Stop]:
    wrong = service.DeploymentRule(rule.minimum_healthy_percent, 400)
    return service.plan(desired, tasks, version, wrong, zones, **more)


def without_breaker(rule: BreakerRule) -> Deployments:
    return Deployments(replace(rule, enable=False, alarms=False))


def without_rollback(rule: BreakerRule) -> Deployments:
    return Deployments(replace(rule, rollback=False, alarm_rollback=False))


class Hasty(Deployments):
    """Completes as soon as enough tasks were started."""

    def advance(self, now: float, desired: int, tasks: Any) -> bool:
        eager = [replace(task, state="running") for task in tasks]
        return super().advance(now, desired, eager)


def without_bounds(
    policies: Any, now: float, current: int, bounds: Bounds, *, deploying: bool
) -> Decision | None:
    return tracking.combine(policies, now, current, Bounds(0, 1000), deploying=deploying)


def without_cooldown(
    policies: Any, now: float, current: int, bounds: Bounds, *, deploying: bool
) -> Decision | None:
    for policy in policies:
        policy.cooldown = Cooldown()
    return tracking.combine(policies, now, current, bounds, deploying=deploying)


def while_deploying(
    policies: Any, now: float, current: int, bounds: Bounds, *, deploying: bool
) -> Decision | None:
    return tracking.combine(policies, now, current, bounds, deploying=False)


class MissingIsZero(TargetTracking):
    def observe(self, now: float, datapoint: float | None) -> None:
        super().observe(now, datapoint or 0.0)


@pytest.mark.parametrize(
    ("wrong", "invariant"),
    [
        (Decisions(plan=without_minimum), MINIMUM),
        (Decisions(plan=without_maximum), MAXIMUM),
        (Decisions(deployments=without_breaker), ENDS),
        (Decisions(deployments=without_rollback), ENDS),
        (Decisions(deployments=Hasty), ENDS),
        (Decisions(combine=without_bounds), BOUNDS),
        (Decisions(combine=without_cooldown), COOLDOWN),
        (Decisions(combine=while_deploying), GROUNDS),
        (Decisions(tracking=MissingIsZero), GROUNDS),
    ],
    ids=lambda value: "" if isinstance(value, Decisions) else value.replace(" ", "-"),
)
def test_the_service_world_catches_a_wrong_rule(wrong: Decisions, invariant: str) -> None:
    assert invariant in breaches(ServiceWorld, wrong, invariant)


def without_fencing(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    state = failover.observe(state, now, seen, rule)
    action = failover.pending(state)
    if state.phase == "fencing" and action is not None:
        state = failover.observe(state, now, Done(action), rule)
    return state


def promoting_while_degraded(
    state: Database, now: float, seen: Seen, rule: FailoverRule
) -> Database:
    if state.phase == "fencing" and isinstance(seen, Done) and state.standby is not None:
        state = replace(state, synced=True, standby_state="streaming")
    return failover.observe(state, now, seen, rule)


def degrading_unrecorded(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    state = failover.observe(state, now, seen, rule)
    return replace(state, phase="dropping") if state.phase == "recording" else state


def synchronous_too_soon(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    state = failover.observe(state, now, seen, rule)
    if state.phase == "resyncing":
        return replace(state, phase="steady", synced=True, epoch=state.epoch + 1)
    return state


def never_rejoining(state: Database, now: float, seen: Seen, rule: FailoverRule) -> Database:
    state = failover.observe(state, now, seen, rule)
    return replace(state, phase="steady") if state.phase == "rejoining" else state


@pytest.mark.parametrize(
    ("wrong", "invariant"),
    [
        (Decisions(observe=without_fencing), "never two writable primaries"),
        (Decisions(observe=promoting_while_degraded), "no acknowledged write is lost"),
        (Decisions(observe=synchronous_too_soon), "no acknowledged write is lost"),
        (Decisions(observe=degrading_unrecorded), "degraded is recorded first"),
        (Decisions(observe=never_rejoining), "a database recovers"),
        (
            Decisions(record_first=False),
            "only the recorded primary is made writable or degraded",
        ),
    ],
    ids=lambda value: "" if isinstance(value, Decisions) else value.replace(" ", "-"),
)
def test_the_database_world_catches_a_wrong_rule(wrong: Decisions, invariant: str) -> None:
    assert invariant in breaches(DatabaseWorld, wrong, invariant)


Group = replication.Group


def unfenced(state: Group, now: float, seen: Any, rule: FailoverRule) -> Group:
    state = replication.observe(state, now, seen, rule)
    action = replication.pending(state)
    if state.phase == "fencing" and action is not None:
        state = replication.observe(state, now, Done(action), rule)
    return state


def empty_first(state: Group, now: float, seen: Any, rule: FailoverRule) -> Group:
    if isinstance(seen, replication.Held):
        seen = replace(seen, places={})
    return replication.observe(state, now, seen, rule)


def the_last_listed(state: Group, now: float, seen: Any, rule: FailoverRule) -> Group:
    if isinstance(seen, replication.Held) and seen.places:
        last = max(seen.places)
        seen = replace(seen, places={last: seen.places[last]})
    return replication.observe(state, now, seen, rule)


def never_pointing(state: Group, now: float, seen: Any, rule: FailoverRule) -> Group:
    state = replication.observe(state, now, seen, rule)
    return replace(state, phase="steady") if state.phase == "pointing" else state


@pytest.mark.parametrize(
    ("wrong", "invariant"),
    [
        (Decisions(follow=unfenced), "never two writable primaries"),
        (Decisions(follow=empty_first), "nothing begins anew while a replica holds data"),
        (Decisions(follow=the_last_listed), "the replica that holds the most is promoted"),
        (Decisions(follow=never_pointing), "a cache recovers"),
        (Decisions(record_first=False), "only the recorded primary is made writable"),
    ],
    ids=lambda value: "" if isinstance(value, Decisions) else value.replace(" ", "-"),
)
def test_the_cache_world_catches_a_wrong_rule(wrong: Decisions, invariant: str) -> None:
    assert invariant in breaches(CacheWorld, wrong, invariant)


def breaches(
    world: type[ServiceWorld] | type[DatabaseWorld] | type[CacheWorld],
    wrong: Decisions,
    wanted: str,
) -> Figures:
    """Count the breaches by invariant until the wanted one was seen."""
    found: Figures = Figures()
    for seed in range(2000):
        try:
            world(seed, wrong).run()
        except Breach as breach:
            found[breach.invariant] += 1
        if found[wanted]:
            break
    return found

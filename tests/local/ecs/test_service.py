"""One service between fakes: the order of starting and stopping, deployments, taking over."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seatrial.control.deployment import BreakerRule
from seatrial.control.service import SETTLE_SECONDS, DeploymentRule
from seatrial.local.process import Exit
from seatrial.mistake import Mistake
from tests.local.ecs.ground import DEFINITION, NEXT, TASK, ZONES, Ground
from tests.local.fakes import until

Scenario = Callable[[Ground], Awaitable[None]]


def run(logs: Path, scenario: Scenario, **how: Any) -> None:
    async def whole() -> None:
        ground = Ground(logs, **how)
        ground.service.deploy(ground.service.definition)
        try:
            await scenario(ground)
            assert ground.texts("error") == []
        finally:
            ground.service.let_go()
            await asyncio.sleep(0)

    asyncio.run(whole())


def test_tasks_start_in_every_zone_and_are_registered_once_they_run(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.settle()
        assert Counter(each.zone for each in ground.tasks) == {ZONES[0]: 1, ZONES[1]: 1}
        assert len({each.address for each in ground.tasks}) == 2
        assert {each.state for each in ground.tasks} == {"starting"}
        assert ground.targets.registered == {t.id: (t.address, False) for t in ground.tasks}
        assert ground.service.running == 0
        # A task that starts may use more than its share; a healthy one may not.
        assert all(ground.process(each).cpu == [] for each in ground.tasks)
        ground.targets.all_healthy()
        await ground.settle()
        assert ground.service.running == 2
        assert all(ground.process(each).cpu == [TASK.cpu] for each in ground.tasks)
        assert [each.status for each in ground.service.deployments.history] == ["COMPLETED"]

    run(tmp_path, scenario)


def test_nothing_is_registered_before_the_job_that_runs_first_is_done(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.settle()
        assert len(ground.launcher.started) == 2
        assert ground.targets.calls == []
        ground.service.opened()
        assert ground.targets.registered.keys() == ground.service.tasks.keys()

    run(tmp_path, scenario, may_open=False)


def test_a_task_drains_before_it_is_signalled(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.targets.quiet.clear()
        ground.service.desired = 1
        await ground.settle()
        (leaving,) = [each for each in ground.tasks if each.state == "draining"]
        assert ground.process(leaving).stops == []
        assert ground.back == []
        ground.targets.quiet.set()
        await ground.settle()
        steps = [what for what, id in ground.order if id == leaving.id]
        assert steps == ["register", "deregister", "drained", "stop", "remove"]
        assert ground.process(leaving).stops == [TASK.stop_timeout]
        assert ground.back == [leaving.address]
        assert len(ground.tasks) == 1

    run(tmp_path, scenario)


def test_a_new_version_never_leaves_fewer_healthy_tasks_than_asked(tmp_path: Path) -> None:
    lows: list[int] = []

    async def scenario(ground: Ground) -> None:
        await ground.steady()
        assert ground.service.deploy(replace(DEFINITION, task=NEXT))
        while ground.service.deployments.in_progress:
            ground.service.reconcile()
            lows.append(ground.service.running)
            assert len([t for t in ground.tasks if not t.leaving]) <= 4
            await asyncio.sleep(0)
            ground.targets.all_healthy()
        await ground.settle()
        assert {each.version for each in ground.tasks} == {NEXT.version}
        assert sorted(ground.back) == sorted(ground.given[:2])
        stopped = [id for what, id in ground.order if what == "stop"]
        drained = [id for what, id in ground.order if what == "drained"]
        assert stopped == drained

    run(tmp_path, scenario)
    assert min(lows) == 2


def test_deploying_what_runs_changes_nothing(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        before = {each.id for each in ground.tasks}
        assert not ground.service.deploy(replace(DEFINITION, grace=5.0))
        await ground.settle()
        assert {each.id for each in ground.tasks} == before
        assert len(ground.service.deployments.history) == 1
        assert ground.service.definition.grace == 5.0

    run(tmp_path, scenario)


def test_a_changed_count_is_taken_and_an_unchanged_one_keeps_what_scaling_decided(
    tmp_path: Path,
) -> None:
    async def scenario(ground: Ground) -> None:
        ground.service.desired = 5
        ground.service.deploy(replace(DEFINITION, task=NEXT))
        assert ground.service.desired == 5
        ground.service.deploy(replace(DEFINITION, task=NEXT, desired=3))
        assert ground.service.desired == 3

    run(tmp_path, scenario)


def test_a_task_that_was_well_and_ends_is_replaced_without_blaming_the_version(
    tmp_path: Path,
) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        lost = ground.tasks[0]
        ground.process(lost).end(Exit(137, out_of_memory=True))
        await ground.settle()
        assert lost.id not in ground.service.tasks
        assert ("remove", lost.id) in ground.order
        assert ("deregister", lost.id) not in ground.order
        assert len(ground.tasks) == 2
        assert any("out of memory (exit code 137)" in each for each in ground.texts("task"))
        assert [each.status for each in ground.service.deployments.history] == ["COMPLETED"]
        assert ground.back == [lost.address]

    run(tmp_path, scenario)


def test_a_task_that_was_well_counts_as_no_failed_start_of_its_version(tmp_path: Path) -> None:
    breaker = BreakerRule(reset_on_healthy_task=False)

    async def scenario(ground: Ground) -> None:
        for _ in range(2 * breaker.threshold(2)):
            await ground.settle()
            task = ground.tasks[0]  # the other is never healthy, so the deployment goes on
            ground.targets.says[task.id] = ("healthy", "")
            await ground.settle()
            assert task.healthy_once
            ground.process(task).end(Exit(1))
        await ground.settle()
        assert [each.status for each in ground.service.deployments.history] == ["IN_PROGRESS"]

    run(tmp_path, scenario, definition=replace(DEFINITION, breaker=breaker, grace=60.0))


def write_log(ground: Ground, *lines: str) -> None:
    for name, _, _ in ground.launcher.started:
        ground.launcher.log(name).write_text("".join(f"{each}\n" for each in lines))


async def fails(ground: Ground) -> None:
    """Let every task of the new version end before it was ever healthy."""
    for _ in range(400):
        ground.service.reconcile()
        for task in ground.tasks:
            if task.version == NEXT.version and task.process and not task.leaving:
                write_log(ground, *(f"line {n}" for n in range(20)), "ImportError: no such module")
                ground.process(task).end(Exit(1))
        await asyncio.sleep(0.002)
        asked = ground.service.asked
        if asked and asked.status == "FAILED":
            return
    raise AssertionError("the deployment never failed")


def test_a_version_that_keeps_failing_is_rolled_back_and_its_last_lines_are_told(
    tmp_path: Path,
) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        healthy = {each.id for each in ground.tasks}
        ground.service.deploy(replace(DEFINITION, task=NEXT))
        await fails(ground)
        await ground.settle()
        assert ground.service.asked
        assert (ground.service.asked.version, ground.service.asked.status) == (
            NEXT.version,
            "FAILED",
        )
        current = ground.service.deployments.current
        assert current
        assert (current.version, current.status) == (TASK.version, "COMPLETED")
        assert {each.id for each in ground.tasks} == healthy
        (told,) = [each for each in ground.texts("deployment") if "failed" in each]
        assert f"version {NEXT.version}: failed, back to version {TASK.version}" in told
        assert "Last task: exit code 1." in told
        assert told.splitlines()[-1] == "    ImportError: no such module"
        assert len(told.splitlines()) == 11
        # Each failed task gave its address back.
        assert len(ground.given) - len(ground.back) == 2

    run(tmp_path, scenario)


def test_without_a_version_to_go_back_to_nothing_is_started_any_more(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await fails(ground)
        (told,) = [each for each in ground.texts("deployment") if "failed" in each]
        assert "nothing to go back to" in told
        await ground.settle()
        count = len(ground.launcher.started)
        await ground.settle()
        assert len(ground.launcher.started) == count
        # Deploying the same again is what a person does after mending what was missing.
        assert ground.service.deploy(replace(DEFINITION, task=NEXT))
        await ground.settle()
        assert len(ground.launcher.started) > count

    run(tmp_path, scenario, definition=replace(DEFINITION, task=NEXT))


def test_a_program_that_cannot_be_started_fails_the_deployment(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.launcher.refuses = lambda version: (
            Mistake("api: cannot run uvicorn: not found.") if version == NEXT.version else None
        )
        ground.service.deploy(replace(DEFINITION, task=NEXT))
        for _ in range(200):
            ground.service.reconcile()
            await asyncio.sleep(0.002)
            if ground.service.deployments.version == TASK.version:
                break
        await ground.settle()
        assert ground.service.running == 2
        assert any("could not start: api: cannot run" in each for each in ground.texts("task"))
        assert len(ground.given) - len(ground.back) == 2

    run(tmp_path, scenario)


def test_a_sick_task_is_replaced_before_it_is_stopped(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        sick = ground.tasks[0]
        ground.targets.says[sick.id] = ("unhealthy", "Target.Timeout")
        await ground.settle()
        assert sick.state == "unhealthy"
        assert ground.process(sick).stops == []
        assert len(ground.tasks) == 3
        ground.targets.all_healthy()
        ground.targets.says[sick.id] = ("unhealthy", "Target.Timeout")
        await ground.settle()
        assert sick.id not in ground.service.tasks
        assert ground.process(sick).stops == [TASK.stop_timeout]
        assert f"task {sick.id} is unhealthy: Target.Timeout" in ground.texts("health")

    run(tmp_path, scenario)


def test_a_failing_check_does_not_count_within_the_grace(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.settle()
        for task in ground.tasks:
            ground.targets.says[task.id] = ("unhealthy", "Target.Timeout")
        await ground.settle()
        assert {each.state for each in ground.tasks} == {"starting"}
        assert len(ground.launcher.started) == 2

    run(tmp_path, scenario, definition=replace(DEFINITION, grace=60.0))


def test_a_worker_counts_as_running_after_a_paced_while(tmp_path: Path) -> None:
    worker = replace(DEFINITION, group=None, task=replace(TASK, port=None))

    async def scenario(ground: Ground) -> None:
        await ground.settle()
        assert ground.given == []
        assert ground.service.running == 0
        for task in ground.tasks:
            task.started -= SETTLE_SECONDS / 120.0
        await ground.settle()
        assert ground.service.running == 2
        assert ground.targets.calls == [] or {what for what, _ in ground.order} == {"stop"}

    run(tmp_path, scenario, definition=worker)


def test_nothing_starts_in_a_lost_zone(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.service.lost = {ZONES[0]}
        for task in ground.tasks:
            if task.zone == ZONES[0]:
                ground.process(task).end(Exit(137))
        await ground.settle()
        assert {each.zone for each in ground.tasks} == {ZONES[1]}
        assert len(ground.tasks) == 2

    run(tmp_path, scenario)


def test_a_task_that_is_no_longer_wanted_while_it_starts_is_stopped_when_it_has(
    tmp_path: Path,
) -> None:
    async def scenario(ground: Ground) -> None:
        gate = asyncio.Event()
        ground.launcher.slow = gate.wait
        ground.service.reconcile()
        await asyncio.sleep(0)
        ground.service.desired = 0
        await ground.settle()
        assert ground.launcher.processes == {}
        gate.set()
        await ground.settle()
        assert all(each.stops for each in ground.launcher.processes.values())
        assert ground.tasks == []
        assert sorted(ground.back) == sorted(ground.given)
        assert ground.targets.registered == {}

    run(tmp_path, scenario)


def test_closing_stops_every_task_at_once_and_gives_its_address_back(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        await ground.service.close()
        assert not any(each.running for each in ground.launcher.processes.values())
        assert [what for what, _ in ground.order].count("deregister") == 0
        await until(lambda: sorted(ground.back) == sorted(ground.given))
        assert ground.targets.registered == {}

    run(tmp_path, scenario)


def test_closing_also_ends_a_task_that_is_just_being_started(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        gate = asyncio.Event()
        ground.launcher.slow = gate.wait
        ground.service.reconcile()
        await until(lambda: ground.given)
        closing = asyncio.create_task(ground.service.close())
        await asyncio.sleep(0)
        gate.set()
        await closing
        assert not any(each.running for each in ground.launcher.processes.values())
        await until(lambda: sorted(ground.back) == sorted(ground.given))

    run(tmp_path, scenario)


def test_another_supervisor_goes_on_where_this_one_was(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ids = {each.id for each in ground.tasks}
        record = json.loads(json.dumps(ground.service.record()))
        service = await ground.takes_over(record)
        assert not service.deploy(DEFINITION)
        # They were healthy: they get requests before the first check.
        assert all(healthy for _, healthy in ground.targets.registered.values())
        await ground.settle()
        assert {each.id for each in ground.tasks} == ids
        assert len(ground.launcher.started) == 2
        assert service.running == 2
        assert {each.address for each in ground.tasks} == set(ground.given)
        assert service.record() == record

    run(tmp_path, scenario)


def test_what_ended_meanwhile_is_replaced_and_its_address_is_free(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        record = ground.service.record()
        gone = ground.tasks[0]
        ground.service.let_go()
        await asyncio.sleep(0)
        ground.process(gone).end(Exit(None))
        await ground.takes_over(record)
        assert ground.back == [gone.address]
        await ground.steady()
        assert gone.id not in ground.service.tasks
        assert len(ground.tasks) == 2

    run(tmp_path, scenario)


def test_a_task_that_drained_is_still_stopped_by_the_next_supervisor(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.targets.quiet.clear()
        ground.service.desired = 1
        await ground.settle()
        record = json.loads(json.dumps(ground.service.record()))
        assert sorted(each["state"] for each in record["tasks"]) == ["draining", "running"]
        ground.targets.quiet.set()
        leaving = next(each for each in ground.tasks if each.leaving)
        await ground.takes_over(record)
        assert leaving.id not in ground.targets.registered
        await ground.settle()
        assert ground.launcher.processes[f"api-{leaving.id}"].stops == [TASK.stop_timeout]
        assert len(ground.tasks) == 1

    run(tmp_path, scenario)


def test_a_rollback_still_knows_the_old_version_after_a_takeover(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.service.deploy(replace(DEFINITION, task=NEXT))
        for task in ground.tasks:
            ground.process(task).end(Exit(0))
        await asyncio.sleep(0.01)
        record = json.loads(json.dumps(ground.service.record()))
        assert record["tasks"] == []  # nothing but the history speaks of the old version
        service = await ground.takes_over(record)
        service.deploy(replace(DEFINITION, task=NEXT))
        await fails(ground)
        await ground.steady()
        assert {each.version for each in ground.tasks} == {TASK.version}

    run(tmp_path, scenario)


@pytest.mark.parametrize("breaker", [BreakerRule(enable=False), BreakerRule(rollback=False)])
def test_a_breaker_that_may_not_roll_back_does_not(tmp_path: Path, breaker: BreakerRule) -> None:
    definition = replace(DEFINITION, breaker=breaker, rule=DeploymentRule(100, 200))

    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.service.deploy(replace(definition, task=NEXT))
        for _ in range(60):
            ground.service.reconcile()
            for task in ground.tasks:
                if task.version == NEXT.version and task.process:
                    ground.process(task).end(Exit(1))
            await asyncio.sleep(0.002)
        assert ground.service.deployments.version == NEXT.version
        assert ground.service.asked
        assert (ground.service.asked.status == "FAILED") == breaker.enable
        assert ground.service.running == 2

    run(tmp_path, scenario, definition=definition)


def test_wake_is_called_whenever_something_moved(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        await ground.steady()
        ground.woken.clear()
        ground.process(ground.tasks[0]).end(Exit(1))
        await until(ground.woken.is_set)

    run(tmp_path, scenario)

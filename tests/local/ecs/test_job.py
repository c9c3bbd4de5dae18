"""A job: its end, its last lines, and that it is never left running."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from seatrial.local.ecs.job import Outcome, run_job
from seatrial.local.process import Exit
from tests.local.ecs.ground import TASK
from tests.local.fakes import FakeLauncher, FakeProcess, until

Act = Callable[[FakeLauncher, "asyncio.Task[Outcome]"], Awaitable[None]]


def during(logs: Path, act: Act, limit: float = 900.0) -> tuple[Outcome | None, list[FakeProcess]]:
    async def whole() -> tuple[Outcome | None, list[FakeProcess]]:
        launcher = FakeLauncher(logs)
        running = asyncio.create_task(run_job(launcher, TASK, limit))
        await until(lambda: launcher.processes)
        await act(launcher, running)
        try:
            outcome = await running
        except asyncio.CancelledError:
            outcome = None
        return outcome, list(launcher.processes.values())

    return asyncio.run(whole())


@pytest.mark.parametrize("code", [0, 1])
def test_a_job_tells_its_code_and_its_last_lines(tmp_path: Path, code: int) -> None:
    async def act(launcher: FakeLauncher, running: "asyncio.Task[Outcome]") -> None:
        ((name, process),) = launcher.processes.items()
        launcher.log(name).write_text("".join(f"line {n}\n" for n in range(30)))
        process.end(Exit(code))

    outcome, _ = during(tmp_path, act)
    assert outcome == Outcome(code, [f"line {n}" for n in range(20, 30)])
    assert outcome.succeeded == (code == 0)


def test_a_job_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    async def act(launcher: FakeLauncher, running: "asyncio.Task[Outcome]") -> None:
        pass

    outcome, (process,) = during(tmp_path, act, limit=0.01)
    assert outcome == Outcome(None, [])
    assert not outcome.succeeded
    assert not process.running


def test_a_job_ends_with_who_waits_for_it(tmp_path: Path) -> None:
    async def act(launcher: FakeLauncher, running: "asyncio.Task[Outcome]") -> None:
        await asyncio.sleep(0)
        running.cancel()

    outcome, (process,) = during(tmp_path, act)
    assert outcome is None
    assert not process.running


def test_a_job_has_no_address(tmp_path: Path) -> None:
    addresses = []

    async def act(launcher: FakeLauncher, running: "asyncio.Task[Outcome]") -> None:
        addresses.append(launcher.started[0][2])
        next(iter(launcher.processes.values())).end(Exit(0))

    during(tmp_path, act)
    assert addresses == [None]

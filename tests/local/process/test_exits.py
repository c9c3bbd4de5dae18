import asyncio
import subprocess
import sys

import pytest

from seatrial.local.process.exits import ExitWatch
from seatrial.local.process.identity import identify

pytestmark = pytest.mark.engine

SLEEPER = (sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read(); sys.exit(5)")
# Starts a sleeper of its own, tells its pid, and reaps it.
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[1]],"
    " stdin=subprocess.PIPE)\n"
    "print(child.pid, flush=True); sys.stdin.read(); child.communicate()\n"
)


# ruff: noqa: ASYNC220 - each is started in an instant, and only for the test


def test_a_child_is_reaped_with_its_code() -> None:
    async def scenario() -> None:
        child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE)
        identity = identify(child.pid)
        assert identity
        assert child.stdin
        told: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        ExitWatch(identity, told.set_result)
        child.stdin.close()
        assert await asyncio.wait_for(told, 30) == 5
        assert identify(child.pid) is None
        child.returncode = 5  # it was reaped by the watch

    asyncio.run(scenario())


def test_the_end_of_another_ones_child_is_told_without_a_code() -> None:
    async def scenario() -> None:
        with subprocess.Popen(
            [sys.executable, "-I", "-c", PARENT, SLEEPER[-1]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as parent:
            assert parent.stdin
            assert parent.stdout
            identity = identify(int(parent.stdout.readline()))
            assert identity
            told: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            ExitWatch(identity, told.set_result)
            parent.stdin.close()
            assert await asyncio.wait_for(told, 30) is None

    asyncio.run(scenario())


def test_who_is_gone_cannot_be_watched() -> None:
    async def scenario() -> None:
        with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as child:
            identity = identify(child.pid)
            assert identity
        with pytest.raises(ProcessLookupError):
            ExitWatch(identity, print)

    asyncio.run(scenario())


def test_a_closed_watch_says_nothing() -> None:
    async def scenario() -> None:
        with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as child:
            identity = identify(child.pid)
            assert identity
            said: list[int | None] = []
            watched = ExitWatch(identity, said.append)
            watched.close()
            watched.close()
            assert child.stdin
            child.stdin.close()
            await asyncio.sleep(0.1)
            assert said == []

    asyncio.run(scenario())

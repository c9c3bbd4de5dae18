"""Envoy under the worst: killed again and again, and targets replaced under load.

SEATRIAL_KILLS says how often it is killed (5), SEATRIAL_ROUNDS how often the
targets are replaced (2).
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    Envoy,
    Forward,
    HttpListener,
    Network,
    TargetGroup,
    TcpEndpoint,
)
from tests.local.engines.envoy.ground import Ground, Request, Target, ask, ground, say, say_late

pytestmark = pytest.mark.engine

KILLS = int(os.environ.get("SEATRIAL_KILLS", "5"))
ROUNDS = int(os.environ.get("SEATRIAL_ROUNDS", "2"))


@asynccontextmanager
async def line(place: Ground, name: bytes) -> AsyncIterator[Address]:
    """Run a server that greets each connection with its name and closes it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name)
        writer.close()

    address = place.book.task(1, 5432)
    async with await asyncio.start_server(serve, address.host, address.port):
        yield address


def test_killed_again_and_again_it_comes_back_as_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ground(tmp_path) as place, line(place, b"A") as a, line(place, b"B") as b:
            envoy, front, db = place.envoy(), place.listener(), place.listener(5432)
            network = Network(
                (HttpListener("front", front, Forward("web")),),
                (TargetGroup("web"),),
                (TcpEndpoint("db", db),),
            )
            await envoy.start(network)
            targets = [await place.target(say(str(number))) for number in range(3)]
            for kill in range(KILLS):
                # Killed at rest, in the middle of a change, and under load.
                routed = [targets[kill % 3], targets[(kill + 1) % 3]]
                await envoy.set_targets("web", [each.address for each in routed])
                await envoy.point("db", (a, b)[kill % 2])
                load = [asyncio.create_task(ask(front)) for _ in range(4 * (kill % 3))]
                changing = None
                if kill % 2:
                    routed = targets[: 1 + kill % 3]
                    addresses = [each.address for each in routed]
                    changing = asyncio.create_task(envoy.set_targets("web", addresses))
                    await asyncio.sleep(0.002 * (kill % 5))
                pid = envoy.process.identity.pid
                os.kill(pid, signal.SIGKILL)
                await envoy.process.wait()
                assert not psutil.pid_exists(pid)
                await envoy.restart()
                await asyncio.gather(*load, return_exceptions=True)
                if changing:
                    await changing
                answers = {(await ask(front)).body for _ in range(20)}
                assert answers == {str(targets.index(each)).encode() for each in routed}
                reader, writer = await asyncio.open_connection(db.host, db.port)
                assert await reader.read() == (b"A", b"B")[kill % 2]
                writer.close()
            assert place.host.names() == ["envoy"]
            assert len(psutil.Process(envoy.process.identity.pid).children()) == 0

    asyncio.run(scenario())


class Load:
    """Asks steadily, with quick and slow requests, and counts what came of it."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.statuses: Counter[int] = Counter()
        self.slow: Counter[int] = Counter()
        self._over = False
        self._tasks = [
            *(asyncio.create_task(self._ask("/", self.statuses)) for _ in range(4)),
            *(asyncio.create_task(self._ask("/slow", self.slow)) for _ in range(4)),
        ]

    async def _ask(self, path: str, statuses: Counter[int]) -> None:
        while not self._over:
            try:
                statuses[(await ask(self.address, path)).status] += 1
            except OSError:
                statuses[0] += 1
            await asyncio.sleep(0.005)

    async def end(self) -> None:
        self._over = True
        await asyncio.gather(*self._tasks)


async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
    """Answer at once, or after two seconds if asked so."""
    slow = request.line.startswith("GET /slow")
    await (say_late(2.0) if slow else say())(request, writer)


async def replace_oldest(place: Ground, envoy: Envoy, running: list[Target]) -> None:
    """Replace one target in the order that loses nothing."""
    old = running.pop(0)
    new = await place.target(behave)
    await envoy.set_targets("web", [each.address for each in (*running, old, new)])
    running.append(new)
    await envoy.set_targets("web", [each.address for each in running])
    assert await envoy.drained("web", old.address, 60.0)
    # It is as if it were killed: whatever it had would fail.
    for writer in list(old.connections):
        writer.transport.abort()
    await old.stop()


def test_replacing_two_targets_under_load_fails_no_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ground(tmp_path) as place:
            envoy, front = place.envoy(), place.listener()
            listener = HttpListener("front", front, Forward("web"))
            await envoy.start(Network((listener,), (TargetGroup("web"),)))
            running = [await place.target(behave, zone) for zone in (1, 2)]
            await envoy.set_targets("web", [each.address for each in running])
            load = Load(front)
            for _ in range(ROUNDS):
                for _ in range(2):
                    await replace_oldest(place, envoy, running)
            await load.end()
            assert set(load.statuses) == {200}
            assert set(load.slow) == {200}
            counted = (await envoy.snapshot()).groups["web"]
            assert counted.targets == {2: load.statuses[200] + load.slow[200]}
            assert counted.elb == {}
            assert counted.requests == load.statuses[200] + load.slow[200]

    asyncio.run(scenario())

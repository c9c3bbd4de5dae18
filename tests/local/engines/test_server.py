"""A server and its process: awaited, known to run, taken on from an earlier run."""

import asyncio
from typing import cast

from seatrial.local.addresses import Address
from seatrial.local.engines.server import Server
from seatrial.local.process import Exit, Process, ProcessHost
from tests.local.fakes import FakeProcess


class Host:
    """Holds what an earlier run started."""

    def __init__(self, *processes: FakeProcess) -> None:
        self.processes = {each.name: each for each in processes}

    def adopt(self, name: str) -> FakeProcess | None:
        return self.processes.get(name)


def server(*earlier: FakeProcess) -> Server:
    host = cast(ProcessHost, Host(*earlier))
    return Server("db-a", "us-east-1a", Address("127.0.0.1", 5432), host)


def process() -> FakeProcess:
    return FakeProcess("db-a", lambda what, who: None)


def test_a_server_runs_while_its_process_does() -> None:
    async def scenario() -> None:
        node, started = server(), process()
        assert not node.running
        waiting = asyncio.create_task(node.wait_started())
        await asyncio.sleep(0)
        assert not waiting.done()
        node.process = cast(Process, started)
        assert await waiting is started
        assert node.running
        started.end(Exit(1))
        assert not node.running

    asyncio.run(scenario())


def test_what_an_earlier_run_started_is_taken_on() -> None:
    async def scenario() -> None:
        earlier = process()
        node = server(earlier)
        assert node.adopt()
        assert node.process is earlier
        assert not server().adopt()

    asyncio.run(scenario())

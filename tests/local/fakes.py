"""Small stand-ins for the ports of the local cloud: a proxy, targets, a launcher, processes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.control.health import State
from seatrial.local.addresses import Address
from seatrial.local.ecs.definition import TaskDefinition
from seatrial.local.probe import ProbeResult, Reason
from seatrial.local.process import Exit, Usage

HANG = 20.0
"""Seconds after which something hangs; a guard, not a measure."""


async def until(holds: Callable[[], object], what: str = "") -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + HANG
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.002)


class FakeProxy:
    """Keeps what it was told; a removed target is drained once `idle` holds it."""

    def __init__(self) -> None:
        self.routed: dict[str, list[Address]] = {}
        self.told: list[tuple[str, tuple[Address, ...]]] = []
        self.waits: list[tuple[Address, float]] = []
        self.turns: Callable[[], int] = lambda: 1
        """How many turns of the loop the next change takes."""
        self.idle = asyncio.Event()
        self.idle.set()

    async def set_targets(self, group: str, addresses: Sequence[Address]) -> None:
        for _ in range(self.turns()):
            await asyncio.sleep(0)
        self.routed[group] = list(addresses)
        self.told.append((group, tuple(addresses)))

    async def drained(self, group: str, address: Address, timeout: float) -> bool:
        assert address not in self.routed.get(group, [])
        self.waits.append((address, timeout))
        await self.idle.wait()
        return True


class FakeProbe:
    """Answers for each address as it is told to; silent ones never answer."""

    def __init__(self) -> None:
        self.well: dict[Address, bool] = {}
        self.asked: list[tuple[Address, str, float, str]] = []
        self.silent: set[Address] = set()

    async def __call__(
        self, address: Address, path: str, timeout: float, matcher: str = "200"
    ) -> ProbeResult:
        self.asked.append((address, path, timeout, matcher))
        if address in self.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.well.get(address):
            return ProbeResult(200, None, 0.001)
        return ProbeResult(None, Reason.FAILED, 0.001)


class FakeTargets:
    """A target group whose targets are as healthy as `says` tells, and that notes each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.says: dict[str, tuple[State, str]] = {}
        self.registered: dict[str, tuple[Address, bool]] = {}
        self.quiet = asyncio.Event()
        self.quiet.set()

    def register(self, group: str, target: str, address: Address, *, healthy: bool) -> None:
        self.calls.append(("register", target))
        self.registered[target] = (address, healthy)

    async def deregister(self, group: str, target: str) -> None:
        self.calls.append(("deregister", target))
        await self.quiet.wait()
        self.registered.pop(target, None)
        self.calls.append(("drained", target))

    def remove(self, group: str, target: str) -> None:
        self.calls.append(("remove", target))
        self.registered.pop(target, None)

    def health(self, group: str, target: str) -> tuple[State, str]:
        return self.says.get(target, ("initial", ""))

    def all_healthy(self) -> None:
        """Say of every registered target that it is healthy."""
        self.says |= dict.fromkeys(self.registered, ("healthy", ""))


class FakeProcess:
    """A process that runs until it is told to end, and counts how it was stopped."""

    def __init__(self, name: str, note: Callable[[str, str], None]) -> None:
        self.name = name
        self.cpu: list[float | None] = []
        self.stops: list[float] = []
        self.deaf = False
        self._note = note
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    @property
    def running(self) -> bool:
        return not self._ended.done()

    async def wait(self) -> Exit:
        return await asyncio.shield(self._ended)

    async def stop(self, grace: float) -> Exit:
        self._note("stop", self.name)
        self.stops.append(grace)
        if not self.deaf:
            self.end(Exit(0))
        return await self.wait()

    async def kill(self) -> Exit:
        self.end(Exit(137))
        return await self.wait()

    def end(self, how: Exit) -> None:
        if self.running:
            self._ended.set_result(how)

    def usage(self) -> Usage:
        return Usage(1.5, 1024, 1)

    def set_cpu(self, cpu: float | None) -> None:
        self.cpu.append(cpu)


Failing = Callable[[str], Exception | None]


@dataclass
class FakeLauncher:
    """Starts `FakeProcess`es; `refuses` may give what a start raises."""

    logs: Path
    note: Callable[[str, str], None] = lambda what, name: None
    refuses: Failing = lambda version: None
    slow: Callable[[], Awaitable[object]] | None = None
    processes: dict[str, FakeProcess] = field(default_factory=dict)
    started: list[tuple[str, str, Address | None]] = field(default_factory=list)

    async def start(
        self, process_name: str, definition: TaskDefinition, address: Address | None
    ) -> FakeProcess:
        await asyncio.sleep(0)
        if self.slow:
            await self.slow()
        self.started.append((process_name, definition.version, address))
        refused = self.refuses(definition.version)
        if refused:
            raise refused
        process = FakeProcess(process_name, self.note)
        self.processes[process_name] = process
        return process

    def log(self, process_name: str) -> Path:
        return self.logs / f"{process_name}.log"

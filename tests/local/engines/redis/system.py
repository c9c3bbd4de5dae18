"""A cache of a test's own: free addresses, a swept folder, writers that keep count."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import valkey.asyncio
from valkey.exceptions import ConnectionError as Gone
from valkey.exceptions import ValkeyError

from seatrial.local.addresses import Address
from seatrial.local.engines.redis import Cache, CacheSpec, NodeView, find_valkey
from seatrial.local.process import ProcessHost
from tests.local.engines.postgres.system import free_addresses, list_processes

TOKEN = 'a "token" with \\marks#and spaces'


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder with a short name."""
    path = Path(tempfile.mkdtemp(prefix="seatrial-redis-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def connect(address: Address, password: str = TOKEN) -> valkey.asyncio.Valkey:
    """Give a client as programs use one; it connects when it is asked something."""
    return valkey.asyncio.Valkey(
        host=address.host,
        port=address.port,
        password=password,
        socket_timeout=2,
        socket_connect_timeout=2,
        decode_responses=True,
        single_connection_client=True,  # WAIT speaks of what its own connection wrote
    )


@dataclass
class System:
    """A running cache, where its endpoints lead, and what it told."""

    cache: Cache
    host: ProcessHost
    folder: Path
    primary: Address | None = None
    reader: Address | None = None
    events: list[tuple[str, str]] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    watch: asyncio.Task | None = None

    async def point(self, endpoint: str, address: Address | None) -> None:
        if endpoint == "reader":
            self.reader = address
            return
        if self.primary and address != self.primary:
            self.moved.append(time.monotonic())
        self.primary = address

    def view(self, role: str) -> NodeView:
        return next(node for node in self.cache.nodes if node.role == role)

    def told(self, kind: str) -> list[str]:
        return [message for each, message in self.events if each == kind]

    async def settle(self, seconds: float = 30.0) -> None:
        """Wait until every node runs and every replica follows."""
        await self.until(self.whole, seconds)

    def whole(self) -> bool:
        return all(node.state == "running" for node in self.cache.nodes)

    async def until(self, holds, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                if self.watch and self.watch.done():
                    self.watch.result()
                await asyncio.sleep(0.01)

    async def roles(self) -> list[str]:
        """Ask each node that answers what it is."""
        answers = []
        for node in self.cache.nodes:
            async with connect(node.address) as client:
                answers.append((await client.role())[0])
        return sorted(answers)


def make_spec(nodes: int = 2, **words) -> CacheSpec:
    zones = words.pop("zones", None) or tuple("abcdef"[:nodes])
    return CacheSpec(
        "cache",
        words.pop("password", TOKEN),
        zones,
        words.pop("addresses", None) or free_addresses(len(zones)),
        **words,
    )


def build(folder: Path, spec: CacheSpec, lost: tuple[str, ...] = ()) -> System:
    host = ProcessHost(folder / "processes", "test")
    system = System(None, host, folder)
    system.cache = Cache(
        spec,
        find_valkey(),
        host,
        folder / "cache",
        logs=folder / "logs",
        point=system.point,
        tell=lambda kind, message: system.events.append((kind, message)),
        lost=lost,
    )
    return system


@asynccontextmanager
async def running(folder: Path, spec: CacheSpec) -> AsyncIterator[System]:
    """Run a cache while the block runs; afterwards nothing of it may be left."""
    system = build(folder, spec)
    try:
        await system.cache.start()
        system.watch = asyncio.create_task(system.cache.run())
        yield system
        await system.cache.stop()
        await system.watch
        assert list_processes(folder) == []
    finally:
        if system.watch:
            system.watch.cancel()
            await asyncio.wait({system.watch})
        await system.cache.kill()
        await system.host.sweep()
        system.host.close()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a server (SIGSTOP), and let what is left of it go on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@dataclass
class Write:
    """An acknowledged write: who, which in turn, when; whether a replica had it too."""

    writer: int
    seq: int
    at: float
    waited: bool


@dataclass
class Writers:
    """Clients that write in turn and know what was acknowledged.

    Every second one asks by WAIT whether a replica has its write, as a program
    does that may not lose it.
    """

    address: object
    count: int = 6
    acknowledged: list[Write] = field(default_factory=list)
    errors: int = 0
    _tasks: list[asyncio.Task] = field(default_factory=list)
    _stop: bool = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(self.count)]

    async def stop(self) -> None:
        self._stop = True
        async with asyncio.timeout(60):
            await asyncio.gather(*self._tasks)

    async def _write(self, writer: int) -> None:
        client: valkey.asyncio.Valkey | None = None
        seq = 0
        while not self._stop:
            try:
                if client is None:
                    client = connect(self.address())
                    await client.initialize()
                seq += 1
                await client.hset(f"writer-{writer}", str(seq), "x")
                waited = bool(writer % 2) and await client.wait(1, 100) >= 1
                self.acknowledged.append(Write(writer, seq, time.monotonic(), waited))
                await asyncio.sleep(0.002)
            except (ValkeyError, Gone, OSError, TimeoutError, AttributeError):
                self.errors += 1
                if client is not None:
                    with suppress(ValkeyError, OSError):
                        await client.aclose()
                client = None
                await asyncio.sleep(0.005)
        if client is not None:
            await client.aclose()

    async def lost(self) -> list[Write]:
        """Give the acknowledged writes that are not there."""
        async with connect(self.address()) as client:
            there = {
                number: set(await client.hkeys(f"writer-{number}")) for number in range(self.count)
            }
        return [each for each in self.acknowledged if str(each.seq) not in there[each.writer]]

    def gap_after(self, moment: float) -> float:
        """Give the longest time without an acknowledgement after a moment, in seconds."""
        times = sorted(each.at for each in self.acknowledged if each.at >= moment)
        return max(b - a for a, b in zip([moment, *times], times, strict=False))

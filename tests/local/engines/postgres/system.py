"""A database of a test's own: free addresses, a folder that is swept, writers that keep count."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres import (
    Binaries,
    Database,
    DatabaseSpec,
    NodeView,
    PostgresMissing,
    find_binaries,
)
from seatrial.local.process import ProcessHost

USER, PASSWORD, NAME = "app", "a pass'word\\with:marks", "orders"


def list_installed() -> list[Binaries]:
    """Give every PostgreSQL that the suite can run on here, the seeds' majors and the packaged."""
    found: dict[Path, Binaries] = {}
    for major in (15, 18):
        with suppress(PostgresMissing):
            binaries = find_binaries(major)
            found[binaries.folder] = binaries
    return list(found.values())


@pytest.fixture
def binaries() -> Binaries:
    """Give one PostgreSQL, for what does not depend on the version."""
    return list_installed()[-1]


each_postgres = pytest.mark.parametrize("binaries", list_installed(), ids=lambda b: b.version)


def free_addresses(count: int) -> tuple[Address, ...]:
    """Give addresses on which nothing listens, on hosts of their own where the system has them."""
    first = (os.getpid() * 7 + int(time.monotonic() * 1000)) % 200 + 20
    found: list[Address] = []
    sockets: list[socket.socket] = []
    for number in range(count):
        held = socket.socket()
        host = f"127.{first}.{number + 1}.1"
        try:
            held.bind((host, 0))
        except OSError:
            host = "127.0.0.1"
            held.bind((host, 0))
        sockets.append(held)
        found.append(Address(host, held.getsockname()[1]))
    for held in sockets:
        held.close()
    return tuple(found)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder with a short name, that another user may enter."""
    path = Path(tempfile.mkdtemp(prefix="seatrial-pg-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def cache_folder() -> Path:
    """Give the place of the templates, which all tests of this user share."""
    path = Path(tempfile.gettempdir()) / f"seatrial-postgres-templates-{os.geteuid()}"
    path.mkdir(mode=0o711, exist_ok=True)
    return path


@dataclass
class System:
    """A running database, where its endpoints lead, and what it told."""

    database: Database
    host: ProcessHost
    folder: Path
    writer: Address | None = None
    reader: Address | None = None
    events: list[tuple[str, str]] = field(default_factory=list)
    segments: set[int] = field(default_factory=set)

    async def point(self, endpoint: str, address: Address | None) -> None:
        if endpoint == "writer":
            self.writer = address
        else:
            self.reader = address

    def view(self, role: str) -> NodeView:
        return next(node for node in self.database.nodes if node.role == role)

    def note_segments(self) -> None:
        """Remember the shared-memory segments in use, so that they can be looked for later."""
        for lock in self.folder.glob("db/*/data/postmaster.pid"):
            with suppress(OSError, IndexError, ValueError):
                self.segments.add(int(lock.read_text().splitlines()[6].split()[1]))

    async def settle(self, seconds: float = 60.0) -> None:
        """Wait until every node runs and the pair is in step."""
        await self.until(lambda: all(n.state == "running" for n in self.database.nodes), seconds)
        self.note_segments()

    async def until(self, holds, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)

    async def connect(self, address: Address | None = None, **words) -> psycopg.AsyncConnection:
        address = address or self.writer
        assert address
        return await connect(address, **words)


async def connect(address: Address, **words) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(
        **{
            "host": address.host,
            "port": address.port,
            "user": USER,
            "password": PASSWORD,
            "dbname": NAME,
            "autocommit": True,
            "connect_timeout": 2,
        }
        | words
    )


def make_spec(binaries: Binaries, *, zones=("a", "b"), readers=(), **words) -> DatabaseSpec:
    return DatabaseSpec(
        name="db",
        database=NAME,
        user=USER,
        password=words.pop("password", PASSWORD),
        major=binaries.major,
        zones=zones,
        readers=readers,
        addresses=words.pop("addresses", None) or free_addresses(len(zones) + len(readers)),
        **words,
    )


def build(
    binaries: Binaries, folder: Path, spec: DatabaseSpec, capabilities=None, host=None, lost=()
) -> System:
    host = host or ProcessHost(folder / "processes", "test", capabilities)
    system = System(None, host, folder)
    system.database = Database(
        spec,
        binaries,
        host,
        folder / "db",
        cache=cache_folder(),
        logs=folder / "logs",
        point=system.point,
        tell=lambda kind, message: system.events.append((kind, message)),
        lost=lost,
    )
    return system


@asynccontextmanager
async def running(
    binaries: Binaries, folder: Path, spec: DatabaseSpec, capabilities=None
) -> AsyncIterator[System]:
    """Run a database while the block runs; afterwards nothing of it may be left."""
    system = build(binaries, folder, spec, capabilities)
    watch: asyncio.Task | None = None
    try:
        await system.database.start()
        system.note_segments()
        watch = asyncio.create_task(system.database.run())
        yield system
        system.note_segments()
        await system.database.stop()
        await watch
        assert_nothing_left(folder, system.segments)
    finally:
        if watch:
            watch.cancel()
            await asyncio.wait({watch})
        await system.database.kill()
        await system.host.sweep()
        system.host.close()


def assert_nothing_left(folder: Path, segments: set[int]) -> None:
    """Fail if a process of this folder, or one of these shared-memory segments, is there."""
    assert list_processes(folder) == []
    assert segments, "no shared-memory segment was ever seen: this check would check nothing"
    assert not segments & list_segments()
    assert not list(folder.glob("db/*/data/pg_dynshmem/*"))


def list_processes(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line:
            found.append(f"{process.pid} {line}")
    return found


def list_segments() -> set[int]:
    table = Path("/proc/sysvipc/shm")
    if not table.exists():
        pytest.skip("shared memory can be listed on Linux alone")
    return {int(line.split()[1]) for line in table.read_text().splitlines()[1:]}


def list_tree(pid: int) -> list[int]:
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


@contextmanager
def frozen(pid: int) -> Iterator[list[int]]:
    """Stop a server with all its processes (SIGSTOP), and let what is left of them go on."""
    pids = list_tree(pid)
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for each in pids:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


CREATE = "CREATE TABLE kept (writer int, seq int, node text, timeline text)"
INSERT = (
    "INSERT INTO kept VALUES (%s, %s, host(inet_server_addr()) || ':' || inet_server_port(),"
    " substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))"
)


@dataclass
class Writers:
    """Clients that write in turn, know what was acknowledged, and look before they repeat."""

    addresses: object
    count: int = 6
    acknowledged: set[tuple[int, int]] = field(default_factory=set)
    found_committed: set[tuple[int, int]] = field(default_factory=set)
    times: list[float] = field(default_factory=list)
    errors: int = 0
    _tasks: list[asyncio.Task] = field(default_factory=list)
    _stop: bool = False

    async def prepare(self) -> None:
        async with await connect(self.addresses()) as connection:
            await connection.execute(CREATE)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(self.count)]

    async def stop(self) -> None:
        """Let every writer finish its write, then none is undecided."""
        self._stop = True
        async with asyncio.timeout(60):
            await asyncio.gather(*self._tasks)

    async def _write(self, writer: int) -> None:
        connection: psycopg.AsyncConnection | None = None
        seq, unsure = 0, False
        while not self._stop or unsure:
            try:
                if connection is None or connection.closed:
                    async with asyncio.timeout(3):
                        connection = await connect(self.addresses())
                if unsure:
                    # It failed, and may have been committed all the same.
                    cursor = await connection.execute(
                        "SELECT 1 FROM kept WHERE writer = %s AND seq = %s", (writer, seq)
                    )
                    if await cursor.fetchone():
                        self.found_committed.add((writer, seq))
                        seq, unsure = seq + 1, False
                        continue
                unsure = True
                await connection.execute(INSERT, (writer, seq))
                self.times.append(time.monotonic())
                self.acknowledged.add((writer, seq))
                seq, unsure = seq + 1, False
                await asyncio.sleep(0.002)
            except (psycopg.Error, OSError, TimeoutError):
                self.errors += 1
                if connection is not None:
                    with suppress(psycopg.Error):
                        await connection.close()
                    connection = None
                await asyncio.sleep(0.005)
        if connection is not None:
            await connection.close()

    def gap_after(self, moment: float, until: float | None = None) -> float:
        """Give the longest time without an acknowledgement after a moment, in seconds."""
        times = sorted(t for t in self.times if t >= moment and (until is None or t <= until))
        return max(b - a for a, b in zip([moment, *times], times, strict=False))

    async def read(self) -> list[tuple[int, int, str, str]]:
        async with await connect(self.addresses()) as connection:
            cursor = await connection.execute("SELECT writer, seq, node, timeline FROM kept")
            return await cursor.fetchall()

    async def check(self) -> None:
        """Fail if an acknowledged write is lost, one is doubled, or two nodes wrote at once."""
        rows = await self.read()
        keys = [(writer, seq) for writer, seq, _, _ in rows]
        assert self.acknowledged
        assert self.acknowledged - set(keys) == set(), "acknowledged writes are lost"
        assert len(keys) == len(set(keys)), "a write was doubled"
        assert set(keys) == self.acknowledged | self.found_committed, "nobody wrote these"
        authors: dict[str, set[str]] = {}
        for _, _, node, timeline in rows:
            authors.setdefault(timeline, set()).add(node)
        assert all(len(nodes) == 1 for nodes in authors.values()), authors

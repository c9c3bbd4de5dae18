"""One Kafka cluster: its brokers, and the store that they share.

Takes a `ClusterSpec` and a process host; gives brokers over zones that come back when they die, one
of which clients reach at the cluster's endpoint. All brokers call themselves node 111 and none
knows of the others, so clients are led to one at a time; when it dies the next takes over within
milliseconds. It moves the endpoint by `point` alone and decides nothing else.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import seatrial
from seatrial.local.addresses import Address
from seatrial.local.engines.kafka import wire
from seatrial.local.engines.kafka.binary import find_tansu
from seatrial.local.engines.kafka.objects import STATE
from seatrial.local.engines.kafka.spec import BrokerView, ClusterSpec, Lag
from seatrial.local.process import Command, Process, ProcessHost

Point = Callable[[Address | None], Awaitable[None]]
Tell = Callable[[str], None]

START_LIMIT = 30.0
LOOK = 0.01
GRACE = 5.0
AGAIN = 0.5
"""Seconds before what would not start is tried again."""
PROBE, FROZEN = 2.0, 3
"""Seconds between probes, and how many in a row may fail before a process counts as frozen."""
BUCKET = "records"


class NotStarted(Exception):
    """A broker or the store ended, or did not answer in time; its log says why."""


class Member:
    """A process of the cluster: a broker in a zone, or the store, which is in none."""

    def __init__(
        self,
        host: ProcessHost,
        command: Command,
        address: Address,
        zone: str | None,
        probe: Callable[[], Awaitable[bool]],
    ) -> None:
        self.command = command
        self.address = address
        self.zone = zone
        self.process: Process | None = None
        self.probe = probe
        self.allowed = asyncio.Event()
        """Whether its zone is there."""
        self.allowed.set()
        self._host = host

    @property
    def name(self) -> str:
        """The name of its process."""
        return self.command.name

    @property
    def running(self) -> bool:
        """Tell whether its process runs."""
        return self.process is not None and self.process.running

    async def start(self) -> None:
        """Start it, or take on the one that runs; return when it answers. NotStarted."""
        self.process = self._host.adopt(self.name) or await self._host.start(self.command)
        deadline = time.monotonic() + START_LIMIT
        while not await self.probe():
            if not self.running or time.monotonic() > deadline:
                await self.process.kill()
                raise NotStarted(f"{self.name} does not answer; see {self.command.log}")
            await asyncio.sleep(LOOK)

    async def watch(self) -> None:
        """Return when its process has ended; one that is frozen is killed."""
        assert self.process
        ended = asyncio.ensure_future(self.process.wait())
        failed = 0
        try:
            while failed < FROZEN:
                await asyncio.wait((ended,), timeout=PROBE)
                if ended.done():
                    return
                failed = 0 if await self.probe() else failed + 1
            await self.process.kill()
        finally:
            ended.cancel()

    async def stop(self, grace: float) -> None:
        """End it; nothing happens if it does not run."""
        if self.process:
            await self.process.stop(grace)


class Cluster:
    """A cluster as MSK runs one; see the module."""

    def __init__(
        self,
        spec: ClusterSpec,
        host: ProcessHost,
        folder: Path,
        *,
        logs: Path,
        point: Point,
        tell: Tell,
    ) -> None:
        """Name what will run; nothing is started. TansuMissing."""
        self.spec = spec
        self._folder = folder
        self._point = point
        self._tell = tell
        self._leading = asyncio.Lock()
        self._lead: Member | None = None
        self._stopped = False
        self.lags: Sequence[Lag] = []
        """What the last measurement found, by group and topic."""
        for each in (folder, logs):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.storage = Member(host, _storage(spec, folder, logs), spec.storage, None, self._stores)
        program = find_tansu()
        self.brokers = [
            Member(
                host,
                _broker(spec, number, program, folder, logs),
                address,
                zone,
                lambda address=address: wire.answers(address, PROBE),  # type: ignore[misc]
            )
            for number, (zone, address) in enumerate(
                zip(spec.zones, spec.addresses, strict=True), start=1
            )
        ]

    @property
    def members(self) -> Sequence[Member]:
        """The store, then every broker."""
        return (self.storage, *self.brokers)

    @property
    def views(self) -> Sequence[BrokerView]:
        """Give every broker as it is now."""
        return [
            BrokerView(
                each.name,
                each.zone or "",
                each.address,
                each.running,
                each is self._lead and each.running,
                each.process.identity.pid if each.process and each.running else None,
            )
            for each in self.brokers
        ]

    async def start(self) -> None:
        """Start everything, or take on what runs; return when clients can come.

        NotStarted, `wire.Refused`.
        """
        self._stopped = False
        await self.storage.start()
        await asyncio.gather(*(each.start() for each in self.brokers if each.allowed.is_set()))
        await self._follow()
        await self.make_topics(self.spec)

    async def make_topics(self, spec: ClusterSpec) -> None:
        """Make the topics that are missing. `wire.NoAnswer`, `wire.Refused`."""
        self.spec = spec
        if not spec.topics or self._lead is None:
            return
        wanted = {each.name: each.partitions for each in spec.topics}
        made = await wire.make_topics(self._lead.address, list(spec.topics))
        if made:
            self._tell(f"topics made: {', '.join(sorted(made))}")
        for name, number in (await wire.count_partitions(self._lead.address)).items():
            if number != wanted.get(name, number):
                self._tell(
                    f"the topic {name} has {number} partitions and keeps them: "
                    f"{wanted[name]} need `down --delete-data`"
                )

    async def run(self) -> None:
        """Start again what dies, and keep the endpoint on a broker that runs, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for each in self.members:
                group.create_task(self._keep(each))

    async def stop(self) -> None:
        """End every broker, then the store; what is stored stays."""
        self._stopped = True
        await asyncio.gather(*(each.stop(GRACE) for each in self.brokers))
        await self.storage.stop(GRACE)

    async def zone_lost(self, zone: str) -> None:
        """Kill every broker of the zone and keep it down until the zone is back."""
        lost = [each for each in self.brokers if each.zone == zone]
        for each in lost:
            each.allowed.clear()
        await asyncio.gather(*(each.process.kill() for each in lost if each.process))

    async def zone_back(self, zone: str) -> None:
        """Let the zone's brokers come back."""
        for each in self.brokers:
            if each.zone == zone:
                each.allowed.set()

    async def measure(self) -> None:
        """Ask how far each group is behind; `lags` is empty while nobody knows."""
        found: list[Lag] = []
        with suppress(OSError, TimeoutError, ValueError):
            found = await self._read_lags()
        self.lags = found

    async def _read_lags(self) -> list[Lag]:
        state = json.loads(await self._ask(STATE))
        found = []
        for group, topics in state.items():
            for topic, partitions in topics.items():
                lags = [lag for lag, _ in partitions.values()]
                seconds = max((age for _, age in partitions.values()), default=0.0)
                found.append(Lag(group, topic, sum(lags), max(lags, default=0), seconds))
        return found

    async def _keep(self, member: Member) -> None:
        while not self._stopped:
            try:
                if not member.running:
                    await self._follow()
                    await member.allowed.wait()
                    await member.start()
                    self._tell(f"{member.name} runs")
                    await self._follow()
                await member.watch()
                if not self._stopped:
                    self._tell(f"{member.name} ended")
            except Exception as error:  # whatever stops it, the broker is to run
                self._tell(f"{member.name}: {type(error).__name__}: {error}")
                await asyncio.sleep(AGAIN)

    async def _follow(self) -> None:
        """Lead the endpoint to a broker that runs; the one that has it keeps it."""
        if self._stopped:
            return
        async with self._leading:
            running = [each for each in self.brokers if each.running]
            kept = self._lead or self._recorded()
            lead = kept if kept in running else next(iter(running), None)
            if lead is self._lead:
                return
            # The endpoint moves at once: a broker that is back is led to as any other.
            await self._point(lead.address if lead else None)
            if lead and self._lead:
                self._tell(f"{lead.name} takes over")
            self._lead = lead
            if lead:
                (self._folder / "lead").write_text(lead.name)

    def _recorded(self) -> Member | None:
        """Give the broker that an earlier supervisor led clients to."""
        with suppress(FileNotFoundError):
            name = (self._folder / "lead").read_text()
            return next((each for each in self.brokers if each.name == name), None)
        return None

    async def _stores(self) -> bool:
        try:
            await self._ask(STATE)
        except (OSError, TimeoutError, ValueError):
            return False
        return True

    async def _ask(self, path: str) -> bytes:
        """Ask the store over HTTP."""
        address = self.spec.storage
        async with asyncio.timeout(PROBE):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, length = head.lower().partition(b"content-length:")
                return await reader.readexactly(int(length.split()[0]))
            except asyncio.IncompleteReadError as error:
                raise OSError(f"the store at {address} broke off") from error
            finally:
                writer.close()


def _storage(spec: ClusterSpec, folder: Path, logs: Path) -> Command:
    name = f"{spec.name}-storage"
    program = (sys.executable, "-m", "seatrial.local.engines.kafka.storage")
    return Command(
        name,
        (*program, str(spec.storage), str(folder)),
        folder,
        {"PYTHONPATH": str(Path(seatrial.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
        logs / f"{name}.log",
    )


def _broker(spec: ClusterSpec, number: int, program: Path, folder: Path, logs: Path) -> Command:
    name = f"{spec.name}-{number}"
    return Command(
        name,
        (
            *(str(program), "broker", "--silent", "--cluster-id", spec.name),
            *("--storage-engine", f"s3://{BUCKET}/"),
            *("--listener-url", f"tcp://{spec.addresses[number - 1]}"),
            *("--advertised-listener-url", f"tcp://{spec.endpoint}"),
        ),
        folder,
        {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_ALLOW_HTTP": "true",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT": f"http://{spec.storage}",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SKIP_SIGNATURE": "true",
            "NO_COLOR": "1",
            "RUST_LOG": "error",
        },
        logs / f"{name}.log",
    )

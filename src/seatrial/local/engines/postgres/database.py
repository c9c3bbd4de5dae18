"""One database as RDS runs it: made, taken up again, watched, failed over and stopped.

Takes a specification, programs, a process host and two callbacks. What to do
when a server fails is decided by `seatrial.control.failover` and carried out by
the conductor; here a database is made from nothing or from what an earlier run
left. It never starts a server as a primary unless the record says it is the one.
"""

import asyncio
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from seatrial.control import database as facts
from seatrial.control import failover
from seatrial.local.engines.course import Tell
from seatrial.local.engines.postgres import bootstrap, replication
from seatrial.local.engines.postgres.binaries import Binaries
from seatrial.local.engines.postgres.conductor import FAILURES, Conductor, Point
from seatrial.local.engines.postgres.course import Course
from seatrial.local.engines.postgres.folder import NodeFolder, flush
from seatrial.local.engines.postgres.metrics import Meter
from seatrial.local.engines.postgres.node import Node
from seatrial.local.engines.postgres.record import RecordFile, keep_passwords
from seatrial.local.engines.postgres.settings import ADMIN, REPLICATION
from seatrial.local.engines.postgres.spec import DatabaseSpec, NodeView, Role, State
from seatrial.local.engines.postgres.template import Template, prepare_template
from seatrial.local.process import ProcessHost

STOP_GRACE = 60.0
NOBODY = 65534

# The phases in which nothing more is needed for the database to take writes.
WRITABLE = frozenset({"steady", "rejoining", "resyncing"})


class FailoverRefused(Exception):
    """There is no standby that could take over without losing a write."""


class Database:
    """A primary, its standby and its read replicas.

    `folder` keeps data, record and passwords, `cache` a fresh data folder per
    PostgreSQL version, `logs` each node's log. `point` is awaited whenever an
    endpoint has to lead elsewhere (None: nowhere for now), and `tell` gets
    each event as (kind, message). Nothing of an earlier run is started again in
    the zones that are `lost`.
    """

    def __init__(
        self,
        spec: DatabaseSpec,
        binaries: Binaries,
        host: ProcessHost,
        folder: Path,
        *,
        cache: Path,
        logs: Path,
        point: Point,
        tell: Tell,
        lost: Collection[str] = (),
    ) -> None:
        self.spec = spec
        self.binaries = binaries
        self._host = host
        self._folder = folder
        self._cache = cache
        self._logs = logs
        # A server that runs as another user must be able to read what we write for it.
        self._owner = NOBODY if host.capabilities.unprivileged == "nobody" else None
        rule = facts.FailoverRule(
            probe_interval=spec.probe_interval,
            probe_failures=spec.probe_failures,
            delay=spec.failover_delay,
        )
        primary, *standby = spec.pair
        first = facts.Database(primary, standby[0] if standby else None)
        self._course = Course(first, rule, RecordFile(folder / "record.json"), tell)
        self._nodes = self._make_nodes()
        self._conductor = Conductor(self._nodes, spec.reader_names, self._course, point, lost)
        self._meter = Meter(binaries.major, spec.vcpus, spec.storage)
        self._stopped = False

    @property
    def nodes(self) -> Sequence[NodeView]:
        """Give every node as it is now."""
        return [self._view(node) for node in self._nodes.values()]

    async def start(self) -> None:
        """Make the database writable: from nothing, or from whatever an earlier run left.

        The writer endpoint leads to it on return, unless its zone is lost. RecordUnreadable,
        ProgramFailed, NotStarted.
        """
        self._stopped = False
        self._conductor.resume()
        known = self._course.read()
        if known is None:
            try:
                await self._create()
            except BaseExceptionGroup as failed:
                raise failed.exceptions[0] from None
        else:
            await asyncio.to_thread(self._fit)
            await self._take_up()
        await self._conductor.drive(
            lambda: self._course.state.phase in WRITABLE or self._conductor.waits_for_zone
        )
        if self._conductor.waits_for_zone:
            return
        primary = self._conductor.primary
        if known is not None and known != self.spec.password:
            session = await primary.session()
            await bootstrap.change_password(session, self.spec.user, self.spec.password)
            self._course.begin(self.spec.password)
        await self._conductor.lead("writer", primary.address)

    async def run(self) -> None:
        """Watch the nodes and act until cancelled or stopped; when cancelled the servers run on."""
        await self._conductor.drive(lambda: False)

    async def fail_over(self) -> None:
        """Reboot with failover, as `RebootDBInstance` with `ForceFailover` does.

        Returns when the other node is the writer; FailoverRefused. `run` must be running.
        """
        before = self._course.state.primary
        self._course.see(facts.FailoverRequested())
        if self._course.state.phase != "fencing":
            raise FailoverRefused(f"{self.spec.name} has no synchronous standby to fail over to")
        while self._course.state.phase not in WRITABLE:
            await self._course.wait()
        if self._course.state.primary == before:
            raise FailoverRefused(f"the standby of {before} was lost, so it was started again")

    async def stop(self) -> None:
        """Shut every node down cleanly; the data stays. A `run` in progress returns."""
        await self._conductor.halt()
        self._stopped = True
        # The primary first: it hands its last records to the standbys before it ends.
        await self._conductor.primary.stop(STOP_GRACE)
        await asyncio.gather(*(node.stop(STOP_GRACE) for node in self._nodes.values()))
        # An action that was broken off may have left something of a node that does not run.
        await asyncio.gather(*(node.kill() for node in self._nodes.values()))

    async def kill(self) -> None:
        """SIGKILL every node at once and see that nothing is left; what was committed stays."""
        await self._conductor.halt()
        self._stopped = True
        await asyncio.gather(*(node.kill() for node in self._nodes.values()))

    async def close(self) -> None:
        """Let go of every server; all run on and can be taken up by another start."""
        await self._conductor.halt()
        for node in self._nodes.values():
            await node.let_go()

    async def metrics(self) -> dict[str, float]:
        """Measure now; CloudWatch's names and units, only what was truly measured."""
        readers = [self._nodes[name] for name in self.spec.reader_names]
        primary = self._conductor.primary
        return await self._meter.read(primary, [node for node in readers if node.running])

    async def zone_lost(self, zone: str) -> None:
        """Kill every node of the zone and keep it down until the zone is back."""
        await self._conductor.lose_zone(zone)

    async def zone_back(self, zone: str) -> None:
        """Let the zone's nodes come back."""
        self._conductor.return_zone(zone)

    def _make_nodes(self) -> dict[str, Node]:
        spec = self.spec
        for folder in (self._folder, self._logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._owner is not None:
            NodeFolder(self._folder, self._owner).make()
        passwords = keep_passwords(self._folder / "passwords.json", (ADMIN, REPLICATION))
        names = (*spec.pair, *spec.reader_names)
        zones = (*spec.zones, *spec.readers)
        return {
            name: Node(
                name,
                zone,
                address,
                NodeFolder(self._folder / name, self._owner),
                self._logs / f"{name}.log",
                host=self._host,
                binaries=self.binaries,
                parameters=spec.parameters,
                passwords=passwords,
            )
            for name, zone, address in zip(names, zones, spec.addresses, strict=True)
        }

    async def _create(self) -> None:
        """Make the database from a template; until the record is written nothing of it counts."""
        nodes = list(self._nodes.values())
        for node in nodes:
            node.folder.make()
        # What an earlier start left before it was done is of no use.
        await asyncio.gather(*(node.kill() for node in nodes))
        log = self._logs / f"{self.spec.name}-create.log"
        template = await prepare_template(self.binaries, self._host, self._cache, self._owner, log)
        primary, *others = nodes
        standby = self._conductor.standby
        roles = asyncio.Event()
        await asyncio.to_thread(primary.folder.copy_from, template.data)
        async with asyncio.TaskGroup() as group:
            for node in others:
                group.create_task(self._add(node, primary, template, roles))
            await primary.start(
                upstream=None,
                synchronous=standby.name if standby else None,
                password=template.password,
            )
            session = await primary.session()
            await bootstrap.give_own_roles(session, primary.passwords)
            primary.password = primary.passwords[ADMIN]
            roles.set()
            await bootstrap.create_database(session, self.spec)
        flushed = asyncio.create_task(asyncio.to_thread(flush, self._folder))
        if standby:
            await replication.see_synchronous(standby, primary)
        await flushed
        self._course.begin(self.spec.password)
        version = f"PostgreSQL {self.binaries.version}, sorted by {template.locale}"
        self._course.tell("created", f"{self.spec.name} was created on {version}.")

    async def _add(
        self, node: Node, primary: Node, template: Template, roles: asyncio.Event
    ) -> None:
        """Make a standby from the template while the primary starts; it connects by its role."""
        await asyncio.to_thread(node.folder.copy_from, template.data)
        await roles.wait()
        await node.start(upstream=primary)

    def _fit(self) -> None:
        """Make what is there fit the nodes that are asked for: Multi-AZ may have changed.

        Nothing of the database runs when it has. Safe to break off: the data is
        found under its old name or its new one.
        """
        before = self._course.state
        after = failover.fit(before, self.spec.pair)
        if after == before:
            return
        old, new = self._folder / before.primary, self._folder / after.primary
        if old != new and old.exists():
            shutil.rmtree(new, ignore_errors=True)
            old.rename(new)
            flush(self._folder)
        self._course.turn(after)

    async def _take_up(self) -> None:
        """Take up an earlier run's database, its servers running or not."""
        state = self._course.state
        for node in self._nodes.values():
            node.folder.make()  # a standby or a reader may be new
            node.adopt()
        pair = [self._nodes[name] for name in self.spec.pair]
        alive = [node for node in pair if node.running]
        if alive:
            for node in pair:
                if node not in alive:
                    await node.kill()
                    self._course.see(facts.Died(node.name))
        elif (
            state.phase == "steady"
            and (state.synced or state.standby is None)
            and self._conductor.lost.isdisjoint(self.spec.zones)
        ):
            await self._start_pair()
        else:
            self._course.turn(failover.cold_start(state))

    async def _start_pair(self) -> None:
        """Start servers that ended while they were in step: both have every acknowledged write."""
        primary, standby = self._conductor.primary, self._conductor.standby
        await asyncio.gather(*(node.kill() for node in (primary, standby) if node))
        starts = [
            primary.start(upstream=None, synchronous=standby.name if standby else None),
            *([standby.start(upstream=primary)] if standby else []),
        ]
        for failure in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(failure, BaseException) and not isinstance(failure, FAILURES):
                raise failure
        if standby and primary.running:
            try:
                await replication.see_synchronous(standby, primary)
            except FAILURES:
                await standby.kill()
                self._course.see(facts.Died(standby.name))
        if not primary.running:
            self._course.see(facts.Died(primary.name))

    def _view(self, node: Node) -> NodeView:
        course = self._course.state
        role = Role.READER
        if node.name in self.spec.pair:
            role = Role.PRIMARY if node.name == course.primary else Role.STANDBY
        state = State.RUNNING if node.running else State.DOWN
        if self._stopped:
            state = State.STOPPED
        elif role is Role.STANDBY and node.running and not course.synced:
            state = State.REJOINING if course.phase != "steady" else State.DEGRADED
        elif role is Role.PRIMARY and node.running and course.phase in ("restarting", "promoting"):
            state = State.STARTING
        pid = node.process.identity.pid if node.process else None
        return NodeView(node.name, node.zone, role, state, node.address, pid)

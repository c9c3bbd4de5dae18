"""One cache as ElastiCache runs it: made, taken up again, watched, failed over and stopped.

Takes a specification, a program, a process host and two callbacks. What to do
when a server fails is decided by `seatrial.control.replication` and carried out
by the conductor; here a cache is made from nothing or from what an earlier run
left. It never starts a server as a primary unless the record says it is the one.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from seatrial.control import database as facts
from seatrial.control import replication
from seatrial.local.engines.course import Tell
from seatrial.local.engines.redis.binary import Program
from seatrial.local.engines.redis.conductor import FAILURES, Conductor, Point
from seatrial.local.engines.redis.course import Course
from seatrial.local.engines.redis.metrics import Meter
from seatrial.local.engines.redis.node import Node
from seatrial.local.engines.redis.spec import CacheSpec, NodeView, Role, State
from seatrial.local.process import ProcessHost

STOP_GRACE = 30.0


class FailoverRefused(Exception):
    """There is no replica that could take over."""


class Cache:
    """A primary and its replicas.

    `folder` keeps the record and what a clean stop saved, `logs` each node's
    log. `point` is awaited whenever an endpoint has to lead elsewhere (None:
    nowhere for now), and `tell` gets each event as (kind, message). Nothing is
    started in the zones that are `lost`.
    """

    def __init__(
        self,
        spec: CacheSpec,
        program: Program,
        host: ProcessHost,
        folder: Path,
        *,
        logs: Path,
        point: Point,
        tell: Tell,
        lost: Collection[str] = (),
    ) -> None:
        self.spec = spec
        self.program = program
        rule = facts.FailoverRule(
            probe_interval=spec.probe_interval,
            probe_failures=spec.probe_failures,
            delay=spec.failover_delay,
            patience=spec.patience,
        )
        for each in (folder, logs):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        first = replication.Group(spec.nodes[0], spec.nodes)
        self._course = Course(first, rule, folder / "record.json", tell)
        self._nodes = {
            name: Node(
                name,
                zone,
                address,
                folder / name,
                logs / f"{name}.log",
                host=host,
                program=program.path,
                parameters=spec.parameters,
                memory=spec.memory,
                password=spec.password,
                admin=self._course.admin,
            )
            for name, zone, address in zip(spec.nodes, spec.zones, spec.addresses, strict=True)
        }
        self._folder = folder
        self._conductor = Conductor(self._nodes, self._course, point, lost)
        self._meter = Meter(spec.vcpus)
        self._stopped = False

    @property
    def nodes(self) -> Sequence[NodeView]:
        """Give every node as it is now."""
        return [self._view(node) for node in self._nodes.values()]

    async def start(self) -> None:
        """Make the cache writable: from nothing, or from whatever an earlier run left.

        The primary endpoint leads to it on return, unless its zone is lost. RecordUnreadable.
        """
        self._stopped = False
        self._conductor.resume()
        for node in self._nodes.values():
            node.adopt()
        if any(node.running for node in self._nodes.values()):
            await self._take_up()
        else:
            self._begin()
        await self._conductor.drive(lambda: self._is_steady() or self._conductor.waits_for_zone)
        if self._is_steady():
            await self._conductor.lead("primary", self._conductor.primary.address)

    def _is_steady(self) -> bool:
        return self._course.state.phase == "steady"

    async def run(self) -> None:
        """Watch the nodes and act until cancelled or stopped; when cancelled the servers run on."""
        await self._conductor.drive(lambda: False)

    async def fail_over(self) -> None:
        """Let a replica take over, as `TestFailover` does. FailoverRefused; `run` must be running.

        Returns when the other node is the primary.
        """
        before = self._course.state.primary
        if not self._conductor.linked - {before}:
            raise FailoverRefused(f"{self.spec.name} has no replica to fail over to")
        self._course.see(facts.FailoverRequested())
        while self._course.state.phase != "steady":
            await self._course.wait()
        if self._course.state.primary == before:
            raise FailoverRefused(f"the replicas of {before} were lost, so it began anew")

    async def stop(self) -> None:
        """End every node; what the primary holds is saved. A `run` in progress returns."""
        await self._conductor.halt()
        self._stopped = True
        primary = self._conductor.primary
        await primary.stop(STOP_GRACE)
        # In the middle of a failover another node has the data.
        stopping = [
            node.kill() if primary.snapshot.exists() else node.stop(STOP_GRACE)
            for node in self._nodes.values()
            if node is not primary
        ]
        await asyncio.gather(*stopping)
        await asyncio.gather(*(node.kill() for node in self._nodes.values()))

    async def kill(self) -> None:
        """SIGKILL every node at once and see that nothing is left; all they held is lost."""
        await self._conductor.halt()
        self._stopped = True
        await asyncio.gather(*(node.kill() for node in self._nodes.values()))

    async def close(self) -> None:
        """Let go of every server; all run on and can be taken up by another start."""
        await self._conductor.halt()
        for node in self._nodes.values():
            node.let_go()

    async def metrics(self) -> Mapping[str, Mapping[str, float]]:
        """Measure every node now; CloudWatch's names and units, only what was truly measured."""
        return await self._meter.read([node for node in self._nodes.values() if node.running])

    async def zone_lost(self, zone: str) -> None:
        """Kill every node of the zone and keep it down until the zone is back."""
        await self._conductor.lose_zone(zone)

    async def zone_back(self, zone: str) -> None:
        """Let the zone's nodes come back."""
        self._conductor.return_zone(zone)

    def _begin(self) -> None:
        """Begin when nothing of the cache runs: the primary is who has the snapshot, if any has."""
        recorded = self._course.state.primary
        self._move_snapshots()
        having = [name for name, node in self._nodes.items() if node.snapshot.exists()]
        primary = recorded if recorded in self._nodes else self.spec.nodes[0]
        if having and primary not in having:
            primary = having[0]
        self._conductor.load = True
        if not self._course.known:
            self._course.tell("created", f"{self.spec.name} runs on {self._describe()}.")
        elif not having:
            self._course.tell("lost", f"Nothing of {self.spec.name} ran, and nothing was saved.")
        self._course.turn(replication.fit(self._course.state, self.spec.nodes, primary))

    def _describe(self) -> str:
        return f"{self.program.name} {self.program.version}"

    def _move_snapshots(self) -> None:
        """Give what a node saved that is no longer asked for to the first that is."""
        first = self._nodes[self.spec.nodes[0]]
        if any(node.snapshot.exists() for node in self._nodes.values()):
            return
        for left in sorted(self._folder.glob("*/dump.rdb")):
            first.folder.mkdir(mode=0o700, exist_ok=True)
            left.replace(first.snapshot)
            return

    async def _take_up(self) -> None:
        """Take up servers that run: who watched them is gone, and maybe some of them with it."""
        state = self._course.state
        if state.nodes != self.spec.nodes:
            # Nodes were added or taken away while others run: all of it is known by name.
            kept = state.primary if state.primary in self._nodes else self.spec.nodes[0]
            self._course.turn(
                replication.resume(
                    {**replication.durable(state), "nodes": self.spec.nodes, "primary": kept}
                )
            )
        for node in self._nodes.values():
            node.forget()
            if node.running:
                try:
                    await node.use_token()
                except FAILURES:
                    continue  # the watch will see to it
        if not self._conductor.primary.running:
            self._course.see(facts.Died(self._course.state.primary))

    def _view(self, node: Node) -> NodeView:
        state = self._course.state
        role = Role.PRIMARY if node.name == state.primary else Role.REPLICA
        how = State.RUNNING if node.running else State.DOWN
        if self._stopped:
            how = State.STOPPED
        elif role is Role.REPLICA and node.running and node.name not in self._conductor.linked:
            how = State.REJOINING
        elif role is Role.PRIMARY and node.running and not state.promoted:
            how = State.STARTING
        pid = node.process.identity.pid if node.process else None
        return NodeView(node.name, node.zone, role, how, node.address, pid)

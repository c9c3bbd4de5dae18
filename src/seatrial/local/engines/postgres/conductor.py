"""What a database's watch looks at, and how each of its actions is done.

Every action may be done again. It decides nothing itself but how a read replica,
which no failover concerns, comes back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal

from seatrial.control import database as facts
from seatrial.control import failover
from seatrial.local.addresses import Address
from seatrial.local.engines.postgres import replication
from seatrial.local.engines.postgres.course import Course
from seatrial.local.engines.postgres.node import Node, NotStarted
from seatrial.local.engines.postgres.program import ProgramFailed
from seatrial.local.engines.postgres.replication import NotFollowing
from seatrial.local.engines.postgres.session import NoAnswer, Refused, probe
from seatrial.local.engines.watch import Watch
from seatrial.local.process import NotRunnable

Endpoint = Literal["writer", "reader"]
Point = Callable[[Endpoint, Address | None], Awaitable[None]]

STANDBY_INTERVAL = 0.25
READER_INTERVAL = 0.5
# A busy machine may keep a healthy server from answering for so long.
SHORTEST_PROBE = 0.5

# How an action may fail; anything else is a mistake of ours and ends the run.
FAILURES = (
    NoAnswer,
    NotFollowing,
    NotRunnable,
    NotStarted,
    ProgramFailed,
    Refused,
    TimeoutError,
    OSError,
)


class Conductor(Watch[Node, Course]):
    """The servers of one database while somebody watches them."""

    failures = FAILURES

    def __init__(
        self,
        nodes: Mapping[str, Node],
        readers: tuple[str, ...],
        course: Course,
        point: Point,
        lost: Collection[str] = (),
    ) -> None:
        super().__init__(nodes, course, lost)
        self.readers = readers
        self._point = point
        self._reader: Address | None = None
        # Whom each read replica was last seen to follow; a watch broken off has seen nothing.
        self._followed: dict[str, str] = {}

    @property
    def standby(self) -> Node | None:
        """Give the recorded standby; None without Multi-AZ."""
        name = self.course.state.standby
        return None if name is None else self.nodes[name]

    async def lead(self, endpoint: Endpoint, address: Address | None) -> None:
        """Let an endpoint lead to an address."""
        await self._point(endpoint, address)

    def _looks(self) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._probe()
        yield self._watch_standby()
        for name in self.readers:
            yield self._keep_reader(self.nodes[name])

    # Acting

    def _pending(self) -> facts.Action | None:
        return failover.pending(self.course.state)

    async def _do(self, action: facts.Action) -> facts.Done:
        """Carry one action out; return when its effect was seen."""
        node = self.nodes[action.node]
        state = self.course.state
        match action:
            case facts.Fence():
                await node.kill()
            case facts.Restart():
                await self._restart(node, state)
            case facts.Promote():
                if not node.running:
                    await self._restart(node, state)
                await replication.promote(node)
            case facts.PointEndpoint():
                await self.lead("writer", node.address)
            case facts.RecordDegraded():
                # The course has recorded the phase; DropSync comes with a record of its own.
                pass
            case facts.DropSync():
                await replication.drop_synchronous(node)
            case facts.Rejoin():
                await self._wait_for_zone(node)
                await replication.rejoin(node, self.primary)
            case facts.Resync():
                standby = self.standby
                assert standby
                await replication.synchronise(standby, node)
        return facts.Done(action)

    async def _restart(self, node: Node, state: facts.Database) -> None:
        """Start the recorded primary as what its files say it is."""
        await self._wait_for_zone(node)
        await node.kill()
        if not state.promoted and node.folder.marked_standby:
            await node.start(upstream=self.standby)
        else:
            await node.start(upstream=None, synchronous=state.standby if state.synced else None)

    # Watching

    async def _mourn(self, node: Node) -> None:
        await node.mourn()

    async def _probe(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            node = self.primary
            if self.course.state.promoted and node.running:
                answered = await self._answers(node)
                # What ended meanwhile is told by its end.
                if node.running:
                    seen = facts.ProbePassed if answered else facts.ProbeFailed
                    self.course.see(seen(node.name))
            passed = loop.time() - began
            await asyncio.sleep(max(0.01, self.course.rule.probe_interval - passed))

    async def _answers(self, node: Node) -> bool:
        """Tell whether a server takes new connections and answers on an open one as a primary."""
        timeout = max(SHORTEST_PROBE, self.course.rule.probe_interval)

        async def look() -> bool:
            try:
                [(in_recovery,)] = await node.look("SELECT pg_is_in_recovery()", timeout=timeout)
            except NoAnswer:
                return False
            except Refused:
                return True
            return not in_recovery

        return all(await asyncio.gather(probe(node.address, timeout=timeout), look()))

    async def _watch_standby(self) -> None:
        loop = asyncio.get_running_loop()
        waiting: dict[tuple[object, ...], float] = {}
        while True:
            await asyncio.sleep(STANDBY_INTERVAL)
            state, standby = self.course.state, self.standby
            if standby is None or not self.primary.running:
                continue
            if state.synced and state.phase == "steady":
                with suppress(NoAnswer, Refused):
                    rows = await self.primary.look(
                        "SELECT pid, backend_start, query_start FROM pg_stat_activity "
                        "WHERE wait_event = 'SyncRep'",
                        timeout=1.0,
                    )
                    now = loop.time()
                    # PostgreSQL does not say since when, so each wait is known from its first look.
                    waiting = {row: waiting.get(row, now) for row in rows}
                    if waiting and now - min(waiting.values()) > self.course.rule.stall:
                        self.course.tell("stalled", f"{standby.name} does not acknowledge.")
                        self.course.see(facts.StandbyStalled(standby.name))
            elif state.phase == "steady" and standby.running:
                with suppress(*FAILURES):
                    await replication.see_acknowledging(standby, self.primary, 1.0)
                    self.course.see(facts.StandbyStreaming(standby.name))

    # Read replicas

    async def _keep_reader(self, node: Node) -> None:
        """Keep one read replica following whoever is the primary."""
        diverged: bool | None = None
        while True:
            primary = self.primary
            ready = self.course.state.promoted and primary.running and node.zone not in self.lost
            try:
                if ready and (not node.running or diverged):
                    await self._lead_readers(without=node)
                    await replication.rejoin(node, primary, diverged=diverged)
                    diverged, self._followed[node.name] = None, primary.name
                elif ready and self._followed.get(node.name) != primary.name:
                    await replication.repoint(node, primary)
                    self._followed[node.name] = primary.name
            except NotFollowing as failure:
                # It may have received what the new primary never did.
                self.course.tell("failed", f"{failure}")
                diverged = True
            except FAILURES as failure:
                self.course.tell("failed", f"{node.name} did not come back: {failure}")
            await self._lead_readers()
            await self.course.wait(READER_INTERVAL)

    async def _lead_readers(self, without: Node | None = None) -> None:
        """Let the reader endpoint lead to the first replica that runs."""
        running = [self.nodes[name] for name in self.readers]
        address = next((n.address for n in running if n.running and n is not without), None)
        if address != self._reader:
            await self._point("reader", address)
            self._reader = address

"""What a cache's watch looks at, and how each of its actions is done.

Every action may be done again. It decides nothing itself but how a replica comes
back and which of them the reader endpoint leads to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any, Literal

from seatrial.control import database as facts
from seatrial.control import replication
from seatrial.local.addresses import Address
from seatrial.local.engines.redis.course import Course
from seatrial.local.engines.redis.node import LOADING, Node, NotStarted
from seatrial.local.engines.redis.wire import NoAnswer, Refused
from seatrial.local.engines.watch import Watch
from seatrial.local.process import NotRunnable

Endpoint = Literal["primary", "reader"]
Point = Callable[[Endpoint, Address | None], Awaitable[None]]

REPLICA_INTERVAL = 0.25
ASKED = 0.5
"""Seconds for a server to answer."""
LONGEST = 5.0
"""Seconds until no replica is thought to hold anything: then the cache begins with nothing."""
# A busy machine may keep a healthy server from answering for so long.
SHORTEST_PROBE = 0.5

# How an action may fail; anything else is a mistake of ours and ends the run.
FAILURES = (NoAnswer, NotRunnable, NotStarted, Refused, TimeoutError, OSError)


class Conductor(Watch[Node, Course]):
    """The servers of one cache while somebody watches them."""

    failures = FAILURES

    def __init__(
        self,
        nodes: Mapping[str, Node],
        course: Course,
        point: Point,
        lost: Collection[str] = (),
    ) -> None:
        super().__init__(nodes, course, lost)
        self.load = False
        """Whether a primary that is started may have what a clean stop saved."""
        self.linked: set[str] = set()
        """The replicas that were last seen to follow the primary."""
        self._point = point
        self._reader: Address | None = None
        self._silent: dict[str, float] = {}
        # How far the primary was when a replica was seen to have its copy.
        self._awaited: dict[str, int] = {}

    async def lead(self, endpoint: Endpoint, address: Address | None) -> None:
        """Let an endpoint lead to an address."""
        await self._point(endpoint, address)

    def _looks(self) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._probe()
        for node in self.nodes.values():
            yield self._keep_replica(node)

    # Acting

    def _pending(self) -> facts.Action | None:
        return replication.pending(self.course.state)

    async def _do(self, action: facts.Action) -> replication.Seen:
        """Carry one action out; give what came of it."""
        node = self.nodes[action.node]
        match action:
            case facts.Fence():
                async with node.turn:
                    await node.kill()
            case replication.Choose():
                return replication.Held(action, await self._list_places(node))
            case facts.Restart():
                await self._begin_anew(node)
            case facts.Promote():
                await self._promote(node)
            case facts.PointEndpoint():
                await self.lead("primary", node.address)
        return facts.Done(action)

    async def _list_places(self, failed: Node) -> dict[str, int]:
        """Ask every replica that runs how much it holds; do not wait long for the last of them."""
        others = [node for node in self.nodes.values() if node is not failed and node.running]
        asking = {asyncio.create_task(self._read_place(node)): node for node in others}
        found: dict[str, int] = {}
        waiting = set(asking)
        try:
            while waiting:
                timeout = ASKED if found else LONGEST
                done, waiting = await asyncio.wait(
                    waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    if (place := task.result()) is not None:
                        found[asking[task].name] = place
                if not done:
                    break
        finally:
            for task in waiting:
                task.cancel()
            if waiting:
                await asyncio.wait(waiting)
        return found

    async def _read_place(self, node: Node) -> int | None:
        """Give how far a replica has come in the history; None if it holds nothing whole."""
        loop = asyncio.get_running_loop()
        answered: float | None = None
        while node.running:
            try:
                found = await node.info("replication", "persistence", timeout=ASKED)
            except (NoAnswer, Refused):
                # A busy machine may keep it from answering: all would be lost on its account.
                await asyncio.sleep(0.01)
                continue
            answered = answered or loop.time()
            # Until it has seen the end of its line to the primary, there may be more to read.
            reads = found.get("master_link_status") == "up" and loop.time() < answered + ASKED
            if not reads and found.get("loading") == "0":
                return read_place(found)
            await asyncio.sleep(0.002)
        return None

    async def _begin_anew(self, node: Node) -> None:
        """Start the recorded primary with nothing, or with what a clean stop saved.

        Whatever else runs holds nothing, or did not answer: it may not come back with
        another history.
        """
        await self._wait_for_zone(node)
        for each in self.nodes.values():
            async with each.turn:
                await each.kill()
        async with node.turn:
            load, self.load = self.load and node.snapshot.exists(), False
            await node.start(upstream=None, load=load)
        if not load:
            self.course.tell("empty", f"{node.name} begins with nothing.")

    async def _promote(self, node: Node) -> None:
        async with node.turn:
            await node.ask("REPLICAOF", "NO", "ONE")
            role = await node.ask("ROLE")
        if not isinstance(role, list) or role[0] != "master":
            raise NotStarted(f"{node.name} is not a primary")

    # Watching

    async def _mourn(self, node: Node) -> None:
        node.mourn()
        self._part(node)

    async def _probe(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            node = self.primary
            if self.course.state.promoted:
                answered = node.running and await self._answers(node)
                if not node.running:
                    self.course.see(facts.Died(node.name))
                else:
                    seen = facts.ProbePassed if answered else facts.ProbeFailed
                    self.course.see(seen(node.name))
            passed = loop.time() - began
            await asyncio.sleep(max(0.01, self.course.rule.probe_interval - passed))

    async def _answers(self, node: Node) -> bool:
        """Tell whether a server answers as a primary."""
        timeout = max(SHORTEST_PROBE, self.course.rule.probe_interval)
        try:
            role = await node.look("ROLE", timeout=timeout)
        except NoAnswer:
            return False
        except Refused as refused:
            return str(refused).startswith(LOADING)
        return isinstance(role, list) and role[0] == "master"

    # Replicas

    async def _keep_replica(self, node: Node) -> None:
        """Keep one node following whoever is the primary, as long as it is not that itself."""
        while True:
            try:
                async with node.turn:
                    if self._is_to_follow(node):
                        await self._follow(node)
            except FAILURES as failure:
                self.course.tell("failed", f"{node.name} did not come back: {failure}")
            await self._lead_reader()
            await self.course.wait(REPLICA_INTERVAL)

    def _is_to_follow(self, node: Node) -> bool:
        state = self.course.state
        served = state.promoted and state.phase in ("steady", "pointing") and self.primary.running
        return served and state.primary != node.name and node.zone not in self.lost

    async def _follow(self, node: Node) -> None:
        """Start the node, or let it follow another primary, or find that all is well."""
        primary = self.primary
        if not node.running:
            self._part(node)
            await node.kill()  # what an earlier run may have left of it
            await node.start(upstream=primary.address)
            self.course.tell("rejoin", f"{node.name} comes back as a replica.")
            return
        try:
            found = await node.info("replication", timeout=ASKED)
        except NoAnswer:
            await self._bear_with(node)
            return
        self._silent.pop(node.name, None)
        if found.get("role") == "master":
            # Nobody promoted it: it may never take a write.
            await node.kill()
        elif (found.get("master_host"), found.get("master_port")) != (
            primary.address.host,
            str(primary.address.port),
        ):
            self._part(node)
            # Asked again here, since a node that has become the primary must never follow.
            if self._is_to_follow(node) and self.primary is primary:
                await node.ask("REPLICAOF", primary.address.host, str(primary.address.port))
        elif found.get("master_link_status") != "up":
            self._part(node)
        elif node.name not in self.linked:
            await self._see_receiving(node, primary, int(found["slave_repl_offset"]))

    def _part(self, node: Node) -> None:
        """Count a replica no more, until it is seen to receive again."""
        self.linked.discard(node.name)
        self._awaited.pop(node.name, None)

    async def _see_receiving(self, node: Node, primary: Node, place: int) -> None:
        """Count a replica once it has received what the primary sent after its copy was whole.

        Until then, up to a second, the primary keeps back all that it writes.
        """
        if node.name not in self._awaited:
            told = await primary.info("replication", timeout=ASKED)
            self._awaited[node.name] = int(told["master_repl_offset"])
        elif place > self._awaited[node.name]:
            del self._awaited[node.name]
            self.linked.add(node.name)

    async def _bear_with(self, node: Node) -> None:
        """Replace a replica that has not answered for too long."""
        now = asyncio.get_running_loop().time()
        self._part(node)
        if now - self._silent.setdefault(node.name, now) < self.course.rule.patience:
            return
        del self._silent[node.name]
        self.course.tell("replaced", f"{node.name} does not answer and is replaced.")
        await node.kill()

    async def _lead_reader(self) -> None:
        """Let the reader endpoint lead to the first replica that follows; alone, to the primary."""
        if len(self.nodes) == 1:
            address: Address | None = self.primary.address
        else:
            following = [
                node
                for node in self.nodes.values()
                if node.name in self.linked and node.running and node is not self.primary
            ]
            # Where it leads already it stays: its connections are closed when it moves.
            stay = any(node.address == self._reader for node in following)
            first = following[0].address if following else None
            address = self._reader if stay else first
        if address != self._reader:
            self._reader = address
            await self._point("reader", address)


def read_place(told: Mapping[str, str]) -> int | None:
    """Read from what a replica says how far it has come; None if it holds nothing whole.

    One that has lost the primary before anything came after its copy is at 1: it
    says the same as one that never had a copy, but for having once been linked.
    """
    place = int(told.get("slave_repl_offset", "1"))
    linked = told.get("master_link_status") == "up"
    parted = int(told.get("master_link_down_since_seconds", "-1")) >= 0
    busy = told.get("loading") != "0" or told.get("master_sync_in_progress") == "1"
    return place if (linked or parted or place != 1) and not busy else None

"""Watches servers that fail over, and carries out what is pending, one action at a time.

Takes the servers and the course, where what is seen goes in and the recorded
state follows; what is pending there is done, and broken off when it is no longer
pending. What an engine looks at besides, and how an action is done, is its own.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from seatrial.control import database as facts
from seatrial.local.engines.course import Course
from seatrial.local.engines.server import Server

RETRY = 0.2

N = TypeVar("N", bound=Server)
C = TypeVar("C", bound=Course[Any])


class Watch(ABC, Generic[N, C]):
    """The servers of one engine while somebody watches them.

    `failures` are how an action may fail; anything else is a mistake of ours and
    ends the watch.
    """

    failures: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, nodes: Mapping[str, N], course: C, lost: Collection[str] = ()) -> None:
        self.nodes = nodes
        self.course = course
        self.lost = set(lost)
        self._halted = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    @property
    def primary(self) -> N:
        """Give the recorded primary."""
        return self.nodes[self.course.state.primary]

    async def drive(self, until: Callable[[], bool]) -> None:
        """Watch and act until `until` holds or `halt` is called; breaking off is safe."""
        if self._halted or not self._at_rest.is_set():
            return
        self._at_rest.clear()
        jobs = [
            self._act(),
            self._tick(),
            *(self._watch_exit(node) for node in self.nodes.values()),
            *self._looks(),
        ]
        try:
            async with asyncio.TaskGroup() as watching:
                tasks = [watching.create_task(job) for job in jobs]
                while not until() and not self._halted:
                    await self.course.wait()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as failed:
            # Whoever called asked for one thing; the first failure says why it ended.
            raise failed.exceptions[0] from None
        finally:
            self._at_rest.set()

    async def halt(self) -> None:
        """End the watch for good, and return when nothing acts any more."""
        self._halted = True
        self.course.wake()
        await self._at_rest.wait()

    def resume(self) -> None:
        """Let `drive` work again after `halt`."""
        self._halted = False

    async def lose_zone(self, zone: str) -> None:
        """Kill every node of the zone and keep it down until the zone is back."""
        self.lost.add(zone)
        nodes = [node for node in self.nodes.values() if node.zone == zone]
        # Not a node's own kill: the deaths are to be seen as any other's.
        await asyncio.gather(*(node.process.kill() for node in nodes if node.process))

    def return_zone(self, zone: str) -> None:
        """Let the zone's nodes come back."""
        self.lost.discard(zone)
        self.course.wake()

    @property
    def waits_for_zone(self) -> bool:
        """Tell whether only the return of a zone can bring the primary back."""
        return self.course.state.phase == "restarting" and self.primary.zone in self.lost

    @abstractmethod
    def _looks(self) -> Iterable[Coroutine[Any, Any, None]]:
        """Give what the engine itself looks at all the time."""

    @abstractmethod
    def _pending(self) -> facts.Action | None:
        """Give the action that the recorded state asks for."""

    @abstractmethod
    async def _do(self, action: facts.Action) -> Any:
        """Carry one action out; give what was seen of it."""

    @abstractmethod
    async def _mourn(self, node: N) -> None:
        """Clear up after a server that ended by itself or by another's hand."""

    async def _wait_for_zone(self, node: N) -> None:
        while node.zone in self.lost:
            await self.course.wait()

    async def _act(self) -> None:
        while True:
            action = self._pending()
            if action is None:
                await self.course.wait()
                continue
            doing = asyncio.create_task(self._do(action))
            try:
                while not doing.done() and self._pending() == action:
                    change = asyncio.create_task(self.course.change.wait())
                    await asyncio.wait({doing, change}, return_when=asyncio.FIRST_COMPLETED)
                    change.cancel()
            finally:
                if not doing.done():
                    doing.cancel()
                await asyncio.wait({doing})
            if doing.cancelled():
                continue
            failure = doing.exception()
            if failure is None:
                self.course.see(doing.result())
            elif isinstance(failure, self.failures):
                what = type(action).__name__
                self.course.tell("failed", f"{what} of {action.node} failed: {failure}")
                self.course.see(facts.Failed(action))
                await asyncio.sleep(RETRY)
            else:
                raise failure

    async def _watch_exit(self, node: N) -> None:
        while True:
            process = await node.wait_started()
            end = await process.wait()
            if node.process is process:
                await self._mourn(node)
                code = "" if end.code is None else f" with code {end.code}"
                self.course.tell("died", f"{node.name} ended{code}.")
                self.course.see(facts.Died(node.name))
                self.course.wake()

    async def _tick(self) -> None:
        """Let time pass; closely while a delay runs."""
        while True:
            self.course.see(facts.Tick())
            await asyncio.sleep(0.02 if self.course.state.failed_since is not None else 0.2)

"""Watching servers: what is pending is done, again if it failed, and not when it no longer is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import pytest

from seatrial.control.database import Action, Died, Failed, FailoverRule, Promote, Rejoin, Tick
from seatrial.local.addresses import Address
from seatrial.local.engines.course import Course
from seatrial.local.engines.server import Server
from seatrial.local.engines.watch import Watch
from seatrial.local.process import Exit, Process, ProcessHost
from tests.local.fakes import FakeProcess, until

NOBODY = Address("127.0.0.1", 1)


class Failure(Exception):
    pass


class State(tuple[Action, ...]):
    """The actions still to be done."""

    failed_since = None
    primary = "a"


class Doing(Course[Any]):
    """What is pending goes when it was done; `seen` has every observation but the ticks."""

    def __init__(self, *actions: Action) -> None:
        self.seen: list[Any] = []
        self.told: list[tuple[str, str]] = []
        super().__init__(
            State(actions), FailoverRule(), lambda kind, message: self.told.append((kind, message))
        )

    def _observe(self, now: float, seen: Any) -> State:
        if seen == Tick():
            return cast(State, self.state)
        self.seen.append(seen)
        return State(self.state[1:]) if seen in self.state else cast(State, self.state)

    def _record(self, before: State, after: State) -> None:
        pass

    def _tell_difference(self, before: State) -> None:
        pass


class Watched(Watch[Server, Doing]):
    failures = (Failure,)

    def __init__(self, course: Doing, do: Callable[[Action], Awaitable[Any]]) -> None:
        host = cast(ProcessHost, None)
        zones = {"a": "us-east-1a", "b": "us-east-1b"}
        super().__init__({n: Server(n, z, NOBODY, host) for n, z in zones.items()}, course)
        self.mourned: list[str] = []
        self._carry_out = do

    def _looks(self) -> Iterable[Any]:
        return ()

    def _pending(self) -> Action | None:
        return cast("Action | None", next(iter(self.course.state), None))

    async def _do(self, action: Action) -> Any:
        return await self._carry_out(action)

    async def _mourn(self, node: Server) -> None:
        node.process = None
        self.mourned.append(node.name)

    def run(self, name: str) -> FakeProcess:
        process = FakeProcess(name, lambda what, who: None)
        self.nodes[name].process = cast(Process, process)
        return process


def test_what_is_pending_is_done_in_its_turn_and_again_after_a_failure() -> None:
    async def scenario() -> None:
        first, second = Promote("a", 1), Rejoin("b", 1)
        course, tried = Doing(first, second), list[Action]()

        async def do(action: Action) -> Action:
            tried.append(action)
            if len(tried) == 1:
                raise Failure("it was too early")
            return action

        watch = Watched(course, do)
        await watch.drive(lambda: not course.state)
        assert tried == [first, first, second]
        assert course.seen == [Failed(first), first, second]
        assert course.told == [("failed", "Promote of a failed: it was too early")]

    asyncio.run(scenario())


def test_a_mistake_of_ours_ends_the_watch() -> None:
    async def scenario() -> None:
        async def do(action: Action) -> Action:
            raise KeyError(action.node)

        with pytest.raises(KeyError):
            await Watched(Doing(Promote("a", 1)), do).drive(lambda: False)

    asyncio.run(scenario())


def test_an_action_that_is_no_longer_pending_is_broken_off() -> None:
    async def scenario() -> None:
        first, second = Promote("a", 1), Promote("b", 2)
        course, ended = Doing(first), list[Action]()

        async def do(action: Action) -> Action:
            if action == second:
                return action
            # The change comes in the very turn in which the doing begins.
            course.turn(State((second,)))
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(action)
            return action

        await Watched(course, do).drive(lambda: not course.state)
        assert ended == [first]
        assert course.seen == [second]

    asyncio.run(scenario())


def test_a_death_is_seen_and_a_lost_zone_kills_what_is_in_it() -> None:
    async def scenario() -> None:
        course = Doing()
        watch = Watched(course, lambda action: asyncio.sleep(0))
        watch.run("a")
        other = watch.run("b")
        driving = asyncio.create_task(watch.drive(lambda: False))
        await asyncio.sleep(0)
        await watch.lose_zone("us-east-1a")
        await until(lambda: course.seen == [Died("a")])
        assert watch.mourned == ["a"]
        assert other.running
        held = asyncio.create_task(watch._wait_for_zone(watch.nodes["a"]))
        await watch._wait_for_zone(watch.nodes["b"])
        await asyncio.sleep(0)
        assert not held.done()
        watch.return_zone("us-east-1a")
        await held
        other.end(Exit(0))
        await until(lambda: Died("b") in course.seen)
        assert ("died", "b ended with code 0.") in course.told
        await watch.halt()
        await driving
        # A watch that was halted does not begin again by itself.
        await watch.drive(lambda: False)

    asyncio.run(scenario())

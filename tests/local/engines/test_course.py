"""The recorded state of a failover: on the disk before it is acted on, and no change missed."""

import asyncio
from typing import Any

from seatrial.control.database import FailoverRule
from seatrial.local.engines.course import Course


class Counted(Course[int]):
    """A state that each observation is added to; `log` has what was done, in its order."""

    def __init__(self) -> None:
        self.log: list[tuple[str, int]] = []
        super().__init__(0, FailoverRule(), lambda kind, message: None)

    def _observe(self, now: float, seen: Any) -> int:
        return self.state + int(seen)

    def _record(self, before: int, after: int) -> None:
        assert self.state == before
        self.log.append(("recorded", after))

    def _tell_difference(self, before: int) -> None:
        self.log.append(("told", self.state))


def test_a_state_is_recorded_before_it_is_the_state_and_told_afterwards() -> None:
    async def scenario() -> None:
        course = Counted()
        course.see(2)
        course.see(0)
        assert course.log == [("recorded", 2), ("told", 2)]

    asyncio.run(scenario())


def test_whoever_waits_returns_at_a_change_and_at_the_end_of_its_time() -> None:
    async def scenario() -> None:
        course = Counted()
        waiting = [asyncio.create_task(course.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        course.see(1)
        await asyncio.gather(*waiting)
        await course.wait(0.001)

    asyncio.run(scenario())


def test_a_change_that_comes_before_the_waiting_has_begun_is_not_missed() -> None:
    async def scenario() -> None:
        course = Counted()
        waiting = asyncio.create_task(course.change.wait())
        course.see(1)
        await waiting

    asyncio.run(scenario())

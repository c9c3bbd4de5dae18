"""Where a failover stands: observations go in, the recorded state follows.

Takes what was seen; gives the state. On return from `see` what must be durable
is on the disk, so whoever acts on the state may begin. It never acts itself. What
is observed, recorded and told is each engine's own.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from seatrial.control.database import FailoverRule

Tell = Callable[[str, str], None]
S = TypeVar("S")


class Course(ABC, Generic[S]):
    """One recorded state; `tell` gets each event as (kind, message)."""

    def __init__(self, state: S, rule: FailoverRule, tell: Tell) -> None:
        self.state = state
        self.rule = rule
        self.tell = tell
        self._changed = asyncio.Event()

    def see(self, seen: Any) -> None:
        """Take an observation, made now."""
        self.turn(self._observe(asyncio.get_running_loop().time(), seen))

    def turn(self, state: S) -> None:
        """Go over to another state."""
        before = self.state
        if state == before:
            return
        self._record(before, state)
        self.state = state
        self._tell_difference(before)
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def change(self) -> asyncio.Event:
        """Give the next change of the state: set once it is there, and no other's after it."""
        return self._changed

    async def wait(self, timeout: float | None = None) -> None:
        """Return at the next change of the state, or after `timeout` seconds."""
        # Not wait_for: before Python 3.12 it can swallow a cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self.change.wait()

    @abstractmethod
    def _observe(self, now: float, seen: Any) -> S:
        """Give the state after an observation."""

    @abstractmethod
    def _record(self, before: S, after: S) -> None:
        """Write down what must be durable of a state, where that is another than before."""

    @abstractmethod
    def _tell_difference(self, before: S) -> None:
        """Put what happened into words."""

"""What both virtual worlds share: time, the decisions under test, and what a breach is.

Time is a number and an agenda of what happens next; nothing waits. `Decisions` holds the real
functions of `seatrial.control`, and wrong ones where a test proves that a check can fail.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from seatrial.control import failover, replication, service
from seatrial.control.deployment import BreakerRule, Deployments
from seatrial.control.tracking import Decision, TargetTracking, TrackingRule, combine


class Breach(Exception):
    """An invariant did not hold."""

    def __init__(self, invariant: str, at: float, detail: str) -> None:
        super().__init__(f"{invariant} at {at:.3f} s: {detail}")
        self.invariant = invariant


@dataclass(frozen=True)
class Decisions:
    """The decisions that the worlds drive."""

    plan: Callable[..., list[service.Start | service.Stop]] = service.plan
    deployments: Callable[[BreakerRule], Deployments] = Deployments
    tracking: Callable[[TrackingRule], TargetTracking] = TargetTracking
    combine: Callable[..., Decision | None] = combine
    observe: Callable[..., Any] = failover.observe
    follow: Callable[..., Any] = replication.observe
    record_first: bool = True


REAL = Decisions()


@dataclass
class Agenda:
    """What happens when: calls ordered by time, equal times in the order they were added."""

    now: float = 0.0
    _heap: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def at(self, time: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (time, next(self._order), call))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.at(self.now + seconds, call)

    def run(self, until: float) -> None:
        """Let everything up to `until` happen."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.now, _, call = heapq.heappop(heap)
            call()
        self.now = until


# The moment that scheduled actions of the worlds name; the worlds fire them themselves.
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

Figures = Counter[str]

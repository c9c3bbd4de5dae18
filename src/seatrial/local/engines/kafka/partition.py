"""One partition as the store knows it: its batches, who waits for them, what is listed of it.

It holds offsets and times, never a record, and knows no object of the store.
"""

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

REACH = 1000
"""Batches that are listed from where the foremost group is; twice as many when that is too few."""


@dataclass(slots=True)
class Partition:
    """The batches of one partition, where it ends, and which batches wait for those before them."""

    topic: str
    number: int
    end: int = 0
    bases: list[int] = field(default_factory=list)
    """The first offset of each batch, in their order."""
    written: list[int] = field(default_factory=list)
    """When each batch was written, in microseconds."""
    waiting: dict[int, Callable[[], None]] = field(default_factory=dict)
    whole_until: float = 0.0
    """Until when, by the monotonic clock, everything is listed."""
    begun: dict[str, float] = field(default_factory=dict)
    """Until when it is listed from its first batch on; by group, "" for whoever rewinds."""
    reached: tuple[int, float] = (0, 0.0)
    """How many batches are listed, until when; REACH afterwards."""

    @property
    def reach(self) -> int:
        """Give how many batches are listed from where the foremost group is."""
        return self.reached[0] if time.monotonic() < self.reached[1] else REACH

    def next(self) -> int | None:
        """Give the lowest offset that waits."""
        return min(self.waiting, default=None)

    @property
    def from_the_first(self) -> bool:
        """Tell whether somebody may read from before what all groups have read."""
        now = time.monotonic()
        return any(now < until for until in self.begun.values())

    def forget(self, offset: int) -> None:
        """Forget a batch that was removed; mostly it is the first."""
        at = bisect_right(self.bases, offset) - 1
        if at >= 0 and self.bases[at] == offset:
            del self.bases[at], self.written[at]

    def behind(self, offset: int, now: float) -> tuple[int, float]:
        """Count the records from an offset on, and give the age of the first in seconds.

        `now` is in microseconds.
        """
        if offset >= self.end:
            return 0, 0.0
        first = max(0, bisect_right(self.bases, offset) - 1)
        age = (now - self.written[first]) / 1_000_000 if self.bases else 0.0
        return self.end - offset, max(0.0, age)

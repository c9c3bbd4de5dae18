"""What happened, in order: kept on disk as JSON lines, the newest in memory.

Takes plain sentences; a sentence never holds a secret. An event that cannot be
written (a full disk) is still shown.
"""

import json
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

KEPT = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `at` in seconds since the epoch, to which part, in words."""

    number: int
    at: float
    kind: str
    part: str
    text: str


class Events:
    """The record of one system; `number` grows by one with each event."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.recent: deque[Event] = deque(maxlen=KEPT)
        with suppress(OSError, ValueError, TypeError):
            for line in file.read_text().splitlines()[-KEPT:]:
                self.recent.append(Event(**json.loads(line)))

    def tell(self, kind: str, part: str, text: str) -> Event:
        """Record one event."""
        number = self.recent[-1].number + 1 if self.recent else 1
        event = Event(number, time.time(), kind, part, text)
        self.recent.append(event)
        with suppress(OSError), self._file.open("a") as file:
            file.write(json.dumps(asdict(event)) + "\n")
        return event

    def after(self, number: int) -> list[Event]:
        """Give the kept events that came after this one."""
        return [each for each in self.recent if each.number > number]

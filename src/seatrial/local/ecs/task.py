"""One task: what is known of it, and how it looks to the scheduler.

Plain state; `service` changes it. It can be written to JSON and read back by a
supervisor that takes the running process on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seatrial.control.service import TaskState, TaskView
from seatrial.local.addresses import Address
from seatrial.local.process import Process


@dataclass
class Task:
    """A task of one version in one zone; times in seconds since the epoch."""

    id: str
    version: str
    zone: str
    address: Address | None
    started: float
    state: TaskState = "starting"
    reason: str = ""
    healthy_once: bool = False
    process: Process | None = field(default=None, repr=False)
    cpu_percent: float | None = None
    memory_percent: float | None = None
    cpu_seconds: float = 0.0
    log_position: int = 0

    def view(self) -> TaskView:
        """Give it as the scheduler sees it."""
        return TaskView(self.id, self.version, self.zone, self.state, self.started)

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.state in ("draining", "stopping")

    def record(self) -> dict[str, Any]:
        """Give it as JSON-like data."""
        return {
            "id": self.id,
            "version": self.version,
            "zone": self.zone,
            "address": str(self.address) if self.address else None,
            "started": self.started,
            "state": self.state,
            "healthy_once": self.healthy_once,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Task":
        """Read back what `record` gave."""
        address = record["address"]
        return cls(**{**record, "address": Address.from_text(address) if address else None})

"""A service between fakes: addresses from a book that counts, events kept, one wake-up flag."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seatrial.control.deployment import BreakerRule
from seatrial.control.service import DeploymentRule
from seatrial.local.addresses import Address
from seatrial.local.ecs.definition import ServiceDefinition, TaskDefinition
from seatrial.local.ecs.service import Service
from seatrial.local.ecs.task import Task
from seatrial.local.pace import Pace
from seatrial.local.wanted import Built
from tests.local.fakes import FakeLauncher, FakeProcess, FakeTargets, until

ZONES = ("us-east-1a", "us-east-1b")
TASK = TaskDefinition(
    id="ApiTask",
    name="api",
    cpu=0.25,
    memory=512 * 1024 * 1024,
    port=8000,
    stop_timeout=30.0,
    command=("run",),
    environment={},
    secrets={},
    built=Built("digest-1", Path("/versions/1"), Path("/programs/1")),
)
NEXT = replace(TASK, built=Built("digest-2", Path("/versions/2"), Path("/programs/2")))
DEFINITION = ServiceDefinition(
    id="ApiService",
    name="api",
    task=TASK,
    desired=2,
    zones=ZONES,
    rule=DeploymentRule(100, 200),
    breaker=BreakerRule(),
    group="ApiTargets",
    grace=0.0,
    rebalancing=True,
    before=None,
)


@dataclass
class Told:
    """One event."""

    kind: str
    part: str
    text: str


class Ground:
    """A service and all that it touches."""

    def __init__(
        self, logs: Path, definition: ServiceDefinition = DEFINITION, may_open: bool = True
    ) -> None:
        self.order: list[tuple[str, str]] = []
        self.launcher = FakeLauncher(logs, note=self.note)
        self.targets = FakeTargets()
        self.targets.calls = self.order
        self.given: list[Address] = []
        self.back: list[Address] = []
        self.told: list[Told] = []
        self.woken = asyncio.Event()
        self.service = self.make(definition)
        self.service.open = may_open

    def make(self, definition: ServiceDefinition) -> Service:
        return Service(
            definition,
            self.launcher,
            self.targets,
            self.address,
            self.back.append,
            Pace(120.0),
            lambda kind, part, text: self.told.append(Told(kind, part, text)),
            self.woken.set,
        )

    def note(self, what: str, process_name: str) -> None:
        self.order.append((what, process_name.rpartition("-")[2]))

    def address(self, zone: str, port: int) -> Address:
        given = Address(f"127.0.{ZONES.index(zone) + 1}.{len(self.given) + 1}", port)
        self.given.append(given)
        return given

    @property
    def tasks(self) -> list[Task]:
        return list(self.service.tasks.values())

    def process(self, task: Task) -> FakeProcess:
        return self.launcher.processes[self.service.process_name(task)]

    def texts(self, kind: str) -> list[str]:
        return [each.text for each in self.told if each.kind == kind]

    async def settle(self) -> None:
        """Look until nothing moves any more, as the supervisor does."""
        for _ in range(30):
            self.service.reconcile()
            for _ in range(6):
                await asyncio.sleep(0)

    async def steady(self) -> None:
        """Bring the service to its desired count, healthy."""
        for _ in range(100):
            await self.settle()
            await asyncio.sleep(0.002)  # the restart throttle may hold a start back for a moment
            self.targets.all_healthy()
            self.service.reconcile()
            if self.service.running == self.service.desired == len(self.tasks):
                break
        await self.settle()
        assert self.service.running == self.service.desired == len(self.tasks)

    async def takes_over(self, record: Mapping[str, Any]) -> Service:
        """Let another supervisor's service go on from a record; what still runs is adopted."""

        def adopt(name: str) -> Any:
            process = self.launcher.processes.get(name)
            return process if process and process.running else None

        self.service.let_go()
        await asyncio.sleep(0)
        self.targets.registered.clear()
        self.order.clear()
        self.service = self.make(self.service.definition)
        self.service.resume(record, adopt)
        return self.service


__all__ = ["DEFINITION", "NEXT", "TASK", "ZONES", "Ground", "until"]

"""One ECS service: asks `control` what to do and does it with processes.

    plan -> start: address, secrets, process -> register with the target group
         -> stop: deregister and drain -> SIGTERM -> SIGKILL after the stop timeout

Every task is recorded before its process exists. The scheduler's decisions,
the circuit breaker and the placement are `control`'s; nothing is decided here.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from seatrial.control.backoff import StartThrottle, ThrottleRule
from seatrial.control.deployment import Deployment, Deployments, Failure
from seatrial.control.health import State
from seatrial.control.service import (
    SETTLE_SECONDS,
    Start,
    Stop,
    plan,
    task_state,
)
from seatrial.local.addresses import Address
from seatrial.local.ecs.definition import ServiceDefinition, TaskDefinition
from seatrial.local.ecs.launch import Launcher, last_lines
from seatrial.local.ecs.task import Task
from seatrial.local.pace import Pace
from seatrial.local.process import Exit, Process


class Targets(Protocol):
    """The target group that a service's tasks are registered with."""

    def register(self, group: str, target: str, address: Address, *, healthy: bool) -> None:
        """Begin to check a target and to send to it."""
        ...

    async def deregister(self, group: str, target: str) -> None:
        """Stop sending to a target, and wait until it serves nothing more."""
        ...

    def remove(self, group: str, target: str) -> None:
        """Forget a target that is gone."""
        ...

    def health(self, group: str, target: str) -> tuple[State, str]:
        """Give a target's state and reason, as DescribeTargetHealth does."""
        ...


class Service:
    """A service that runs; `wake` is called when the scheduler should look again."""

    def __init__(
        self,
        definition: ServiceDefinition,
        launcher: Launcher,
        targets: Targets,
        addresses: Callable[[str, int], Address],
        release: Callable[[Address], None],
        pace: Pace,
        tell: Callable[[str, str, str], object],
        wake: Callable[[], None],
    ) -> None:
        self.definition = definition
        self.desired = definition.desired
        self.tasks: dict[str, Task] = {}
        self.versions: dict[str, TaskDefinition] = {}
        self.deployments = Deployments(definition.breaker)
        self.lost: set[str] = set()
        self.open = True
        """Whether tasks may be registered: not before the job that runs first has succeeded."""
        self._launcher = launcher
        self._targets = targets
        self._address = addresses
        self._release = release
        self._pace = pace
        self._tell = tell
        self._wake = wake
        self._throttle = StartThrottle(
            ThrottleRule(first=pace.timer(10.0), maximum=pace.timer(27 * 60.0))
        )
        self._work: set[asyncio.Task[None]] = set()
        self._launches: set[asyncio.Task[None]] = set()
        self._asked = 0

    @property
    def asked(self) -> Deployment | None:
        """The deployment that was last asked for; a rollback may have followed it."""
        return next((each for each in self.deployments.history if each.id == self._asked), None)

    @property
    def name(self) -> str:
        """The service's name."""
        return self.definition.name

    @property
    def running(self) -> int:
        """How many tasks are healthy."""
        return sum(task.state == "running" for task in self.tasks.values())

    def deploy(self, definition: ServiceDefinition) -> bool:
        """Take on a definition; say whether it is a new version."""
        old = self.definition
        self.definition = definition
        self.deployments.rule = definition.breaker
        if definition.desired != old.desired:
            self.desired = definition.desired
        version = definition.task.version
        self.versions[version] = definition.task
        current = self.deployments.current
        if current and current.version == version and self.deployments.launching:
            self._asked = current.id
            return False
        self._throttle.started()
        self._asked = self.deployments.deploy(time.time(), version).id
        self._tell("deployment", self.name, f"version {version}: started")
        self._wake()
        return True

    def reconcile(self) -> None:
        """Look at the tasks once and do what the scheduler decides."""
        now = time.time()
        self._look(now)
        version = self.deployments.version
        if version is None:
            return
        definition = self.definition
        actions = plan(
            self.desired,
            [task.view() for task in self.tasks.values()],
            version,
            definition.rule,
            definition.zones,
            lost=self.lost,
            rebalancing=definition.rebalancing,
            launching=self.deployments.launching and self._throttle.ready(now),
        )
        for action in actions:
            match action:
                case Start(wanted, zone):
                    self._start(wanted, zone)
                case Stop(id, reason):
                    self._stop(self.tasks[id], reason)
        views = [task.view() for task in self.tasks.values()]
        if self.deployments.advance(now, self.desired, views):
            self._tell("deployment", self.name, f"version {version}: completed")

    def _look(self, now: float) -> None:
        """Bring each task's state up to what its target group says of it."""
        for task in self.tasks.values():
            if task.leaving or task.process is None or not task.process.running:
                continue
            self._judge(task, now)

    def _judge(self, task: Task, now: float) -> None:
        group = self.definition.group
        if group is None:
            if task.state == "starting" and now - task.started >= self._pace.timer(SETTLE_SECONDS):
                self._healthy(task)
            return
        health, task.reason = self._targets.health(group, task.id)
        state = task_state(health, now - task.started, self.definition.grace)
        if state == "running" and task.state != "running":
            self._healthy(task)
        elif state == "unhealthy" and task.state != "unhealthy":
            task.state = "unhealthy"
            self._tell("health", self.name, f"task {task.id} is unhealthy: {task.reason}")
            self._failed(task, "health", f"health check failed: {task.reason}")

    def _healthy(self, task: Task) -> None:
        task.state = "running"
        if not task.healthy_once:
            self._tell("health", self.name, f"task {task.id} in {task.zone} is healthy")
        task.healthy_once = True
        if task.process:
            task.process.set_cpu(self.versions[task.version].cpu)
        self._throttle.started()
        self.deployments.task_healthy(task.version)

    def _start(self, version: str, zone: str) -> None:
        task = Task(secrets.token_hex(4), version, zone, None, time.time())
        self.tasks[task.id] = task
        launch = self._do(self._launch(task))
        self._launches.add(launch)
        launch.add_done_callback(self._launches.discard)

    async def _launch(self, task: Task) -> None:
        definition = self.versions[task.version]
        try:
            if definition.port is not None:
                task.address = self._address(task.zone, definition.port)
            process = await self._launcher.start(self.process_name(task), definition, task.address)
        except Exception as error:
            self._gone(task, f"could not start: {error}", "start")
            return
        self.take(task, process)
        self._tell("task", self.name, f"task {task.id} started in {task.zone}")

    def take(self, task: Task, process: Process) -> None:
        """Watch a task's process, new or adopted, and register it."""
        task.process = process
        task.cpu_seconds = process.usage().cpu_seconds
        self._do(self._watch(task, process))
        if task.leaving:
            self._do(self._retire(task))
        else:
            self.register(task)

    def register(self, task: Task) -> None:
        """Register a task with its target group, once targets may take traffic."""
        if self.open and self.definition.group and task.address and not task.leaving:
            self._targets.register(
                self.definition.group, task.id, task.address, healthy=task.state == "running"
            )

    def opened(self) -> None:
        """Let the tasks take traffic: the job that runs first has succeeded."""
        self.open = True
        for task in self.tasks.values():
            if task.process:
                self.register(task)

    async def _watch(self, task: Task, process: Process) -> None:
        ended = await process.wait()
        group = self.definition.group
        if group:
            self._targets.remove(group, task.id)
        if task.leaving:
            self._gone(task, "", None)
            return
        self._gone(task, _why(ended), "exit" if task.healthy_once else "start")

    def _stop(self, task: Task, reason: str) -> None:
        task.state = "draining"
        self._tell("task", self.name, f"task {task.id} in {task.zone} stops: {reason}")
        if task.process:
            self._do(self._retire(task))

    async def _retire(self, task: Task) -> None:
        group = self.definition.group
        try:
            if group and task.state == "draining":
                await self._targets.deregister(group, task.id)
        except Exception as error:
            self._tell("error", self.name, f"task {task.id} could not be drained: {error}")
        task.state = "stopping"
        self._wake()
        if task.process:
            await task.process.stop(self.versions[task.version].stop_timeout)

    def _gone(self, task: Task, why: str, failure: Failure | None) -> None:
        self.tasks.pop(task.id, None)
        if task.address:
            self._release(task.address)
        if failure:
            self._tell("task", self.name, f"task {task.id} in {task.zone} ended: {why}")
            if not task.healthy_once:
                self._throttle.start_failed(time.time())
            self._failed(task, failure, why)
        self._wake()

    def _failed(self, task: Task, failure: Failure, why: str) -> None:
        failed = self.deployments.task_failed(time.time(), failure, task.version, self.desired)
        if not failed:
            return
        self._throttle.started()  # the version that comes back has failed at nothing
        lines = last_lines(self._launcher.log(self.process_name(task)))
        said = "".join(f"\n    {line}" for line in lines)
        back = self.deployments.current
        after = (
            f"back to version {back.version}"
            if back and back.rolls_back is not None
            else "nothing to go back to"
        )
        self._tell(
            "deployment",
            self.name,
            f"version {task.version}: failed, {after}. Last task: {why}. Its last lines:{said}",
        )

    def process_name(self, task: Task) -> str:
        """Give the name of a task's process and log."""
        return f"{self.name}-{task.id}"

    async def close(self) -> None:
        """Stop every task at once, as deleting the service does."""
        for task in list(self.tasks.values()):
            if not task.leaving:
                task.state = "stopping"
        # What is being started cannot be taken back: it is stopped as soon as it is there.
        await asyncio.gather(*self._launches, return_exceptions=True)
        waiting = [
            task.process.stop(self.versions[task.version].stop_timeout)
            for task in self.tasks.values()
            if task.process
        ]
        await asyncio.gather(*waiting)
        self.let_go()

    def let_go(self) -> None:
        """Stop watching; the processes run on."""
        for work in self._work:
            work.cancel()

    def _do(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, work: asyncio.Task[None]) -> None:
        self._work.discard(work)
        with suppress(asyncio.CancelledError):
            error = work.exception()
            if error:
                self._tell("error", self.name, f"{type(error).__name__}: {error}")
        self._wake()

    def record(self) -> dict[str, Any]:
        """Give all that another supervisor needs to go on."""
        used = {task.version for task in self.tasks.values()}
        used |= {each.version for each in self.deployments.history}
        return {
            "desired": self.desired,
            "open": self.open,
            "asked": self._asked,
            "deployments": self.deployments.record()[-20:],
            "versions": {v: d.record() for v, d in self.versions.items() if v in used},
            "tasks": [task.record() for task in self.tasks.values()],
        }

    def resume(self, record: Mapping[str, Any], adopt: Callable[[str], Process | None]) -> None:
        """Go on from a record: take on what still runs, count what has ended."""
        self.desired = record["desired"]
        self.open = record["open"]
        self._asked = record["asked"]
        self.deployments.resume(record["deployments"])
        self.versions = {
            version: TaskDefinition.from_record(each)
            for version, each in record["versions"].items()
        }
        for each in record["tasks"]:
            task = Task.from_record(each)
            process = adopt(self.process_name(task))
            if process is None:
                if task.address:
                    self._release(task.address)
                continue
            self.tasks[task.id] = task
            self.take(task, process)


def _why(ended: Exit) -> str:
    if ended.out_of_memory:
        return "out of memory (exit code 137)"
    if ended.code is None:
        return "it ended while no supervisor watched"
    return f"exit code {ended.code}"

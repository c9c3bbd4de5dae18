"""What an ECS service starts and stops next: the service scheduler with rolling deployments.

Takes the tasks as they are seen now, the wanted count and version; gives tasks to start and to
stop, in that order. It keeps nothing between calls, so a driver that restarts just calls it
again. Never starts or stops a task itself, and never judges a task's health.

Documented in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
(how unhealthy tasks are replaced), .../deployment-type-ecs.html (minimum and maximum percent) and
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seatrial.control.placement import rebalance, zone_for_new, zone_to_shrink

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

TaskState = Literal["starting", "running", "unhealthy", "draining", "stopping"]
StopReason = Literal["unhealthy", "scale-in", "deployment"]

SETTLE_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task as the scheduler sees it.

    `starting` is not healthy yet, `running` is healthy, `unhealthy` failed its checks, and
    `draining` or `stopping` is on its way out. `started` is when it was started, in seconds.
    """

    id: str
    version: str
    zone: str
    state: TaskState
    started: float = 0.0


@dataclass(frozen=True, slots=True)
class Start:
    """Start one task of this version in this zone."""

    version: str
    zone: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop this task (drain it first where it takes traffic)."""

    task_id: str
    reason: StopReason


@dataclass(frozen=True, slots=True)
class DeploymentRule:
    """A rolling deployment's limits in percent of the desired count."""

    minimum_healthy_percent: int = 100
    maximum_percent: int = 200

    def __post_init__(self) -> None:
        """Refuse what ECS refuses: both at 100 would block every deployment."""
        if self.minimum_healthy_percent < 0 or self.maximum_percent < 100:
            raise ValueError("the minimum is at least 0 percent, the maximum at least 100")
        if self.minimum_healthy_percent >= 100 and self.maximum_percent == 100:
            raise ValueError("minimum and maximum percent of 100 would block every deployment")

    def minimum(self, desired: int) -> int:
        """Give the healthy tasks that must remain: rounded up, as ECS documents."""
        return -(-desired * self.minimum_healthy_percent // 100)

    def maximum(self, desired: int) -> int:
        """Give the tasks that may run at once: rounded down, as ECS documents."""
        return desired * self.maximum_percent // 100

    def blocks(self, desired: int) -> bool:
        """Say whether no task may be stopped and none started, so that no deployment can move.

        ECS documents both: 75 % of 2 still is 2, and 125 % of 3 still is 3.
        """
        return desired > 0 and self.minimum(desired) >= desired >= self.maximum(desired)


def task_state(
    health: Literal["initial", "healthy", "unhealthy", "draining"], age: float, grace: float
) -> TaskState:
    """Say what a target's health makes of its task, `age` seconds after the start.

    ECS ignores failing checks for HealthCheckGracePeriodSeconds after the start:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    A driver that took over running tasks gives the health that was recorded of them: a task that
    is `starting` again by mistake may be stopped as if it had never been healthy.
    """
    match health:
        case "healthy":
            return "running"
        case "draining":
            return "draining"
        case "unhealthy" if age >= grace:
            return "unhealthy"
        case _:
            return "starting"


def settled(now: float, running_since: float) -> bool:
    """Say whether a task that has no health check at all counts as healthy yet.

    ECS waits 40 seconds after RUNNING:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    return now - running_since >= SETTLE_SECONDS


def plan(
    desired: int,
    tasks: Iterable[TaskView],
    version: str,
    rule: DeploymentRule,
    zones: Sequence[str],
    *,
    lost: Collection[str] = (),
    rebalancing: bool = True,
    launching: bool = True,
) -> list[Start | Stop]:
    """Decide which tasks to start and to stop now.

    `launching` false starts nothing (a stalled deployment, or the restart throttle). `lost` zones
    get no new task. A healthy task is only stopped while the minimum stays healthy without it.

    Draining and stopping tasks count neither as healthy nor towards the maximum: assumption
    `ecs.leaving-not-counted`.
    """
    view = _View(desired, list(tasks), version, rule, zones, lost)
    starts = view.starts(rebalancing) if launching else []
    return [*starts, *view.stops(rebalancing)]


@dataclass
class _View:
    """One look at a service: the tasks sorted by what may be done with them."""

    desired: int
    tasks: list[TaskView]
    version: str
    rule: DeploymentRule
    zones: Sequence[str]
    lost: Collection[str]

    def __post_init__(self) -> None:
        self.active = [t for t in self.tasks if t.state in ("starting", "running", "unhealthy")]
        self.new = [t for t in self.active if t.version == self.version]
        self.old = [t for t in self.active if t.version != self.version]
        self.running = [t for t in self.active if t.state == "running"]
        self.missing = self.desired - sum(t.state != "unhealthy" for t in self.new)
        self.room = self.rule.maximum(self.desired) - len(self.active)

    def starts(self, rebalancing: bool) -> list[Start]:
        """Fill up to the desired count of the version, as far as the maximum allows."""
        counts = Counter(t.zone for t in self.new if t.state != "unhealthy")
        found: list[Start] = []
        for _ in range(min(self.missing, self.room)):
            zone = zone_for_new(counts, self.zones, self.lost)
            if zone is None:
                return found
            counts[zone] += 1
            found.append(Start(self.version, zone))
        if not found and rebalancing and self.room > 0 and self._steady():
            move = rebalance(counts, self.zones, self.lost)
            if move:
                found.append(Start(self.version, move.target))
        return found

    def _steady(self) -> bool:
        """Say whether the service is exactly what was asked for, which rebalancing waits for.

        That a deployment or a replacement goes first is assumption `ecs.rebalance-when-steady`.
        """
        return not self.old and len(self.active) == len(self.running) == self.desired

    def stops(self, rebalancing: bool) -> list[Stop]:
        """Stop what is replaced, outdated or too many."""
        found = [*self._outdated_starts(), *self._replaced(), *self._surplus_starts(rebalancing)]
        return found + self._healthy_stops()

    def _outdated_starts(self) -> list[Stop]:
        """Stop tasks of another version that never became healthy."""
        return [Stop(t.id, "deployment") for t in self.old if t.state == "starting"]

    def _replaced(self) -> list[Stop]:
        """Stop unhealthy tasks, each once a healthy one stands in its place.

        "If the maximumPercent parameter limits the scheduler from starting a replacement task
        first, the scheduler will stop an unhealthy task one at a time at random to free up
        capacity" (ecs_services.html). Oldest first instead of at random: assumption
        `ecs.oldest-first`.
        """
        sick = _oldest_first(t for t in self.active if t.state == "unhealthy")
        # Those of an outdated version go first: they are not to be repaired.
        sick.sort(key=lambda t: t.version == self.version)
        replaced = max(0, len(self.running) + len(sick) - self.desired)
        blocked = self.missing > 0 >= self.room and not any(
            t.state == "starting" for t in self.active
        )
        return [Stop(t.id, "unhealthy") for t in sick[: max(replaced, int(blocked))]]

    def _surplus_starts(self, rebalancing: bool) -> list[Stop]:
        """Stop starting tasks that are no longer wanted, newest first; spare a rebalancing one."""
        starting = _oldest_first(t for t in self.new if t.state == "starting")
        surplus = min(len(starting), -self.missing)
        if surplus == 1 and rebalancing and self._rebalances(starting[-1]):
            return []
        return [Stop(t.id, "scale-in") for t in reversed(starting[len(starting) - surplus :])]

    def _rebalances(self, task: TaskView) -> bool:
        """Say whether this starting task is the first half of a move between zones."""
        if self.old or len(self.running) != self.desired:
            return False
        move = rebalance(Counter(t.zone for t in self.running), self.zones, self.lost)
        return move is not None and move.target == task.zone

    def _healthy_stops(self) -> list[Stop]:
        """Stop healthy tasks: outdated ones, then surplus ones from the fullest zone.

        Outdated ones go down to the minimum at once, without waiting for their replacements:
        assumption `ecs.stop-to-minimum`.
        """
        budget = max(0, len(self.running) - self.rule.minimum(self.desired))
        old = [t for t in self.running if t.version != self.version]
        new = [t for t in self.running if t.version == self.version]
        stops = [Stop(t.id, "deployment") for t in self._pick(old, min(len(old), budget))]
        surplus = min(len(new) - self.desired, budget - len(stops))
        return stops + [Stop(t.id, "scale-in") for t in self._pick(new, surplus)]

    def _pick(self, tasks: list[TaskView], count: int) -> list[TaskView]:
        """Choose `count` tasks, each from the zone that then has most of them."""
        left = _oldest_first(tasks)
        counts = Counter(t.zone for t in left)
        picked: list[TaskView] = []
        for _ in range(count):
            zone = zone_to_shrink(counts, self.zones, self.lost)
            task = next(t for t in left if t.zone == zone)
            left.remove(task)
            counts[task.zone] -= 1
            picked.append(task)
        return picked


def _oldest_first(tasks: Iterable[TaskView]) -> list[TaskView]:
    return sorted(tasks, key=lambda task: (task.started, task.id))

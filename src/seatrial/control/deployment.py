"""The life of a service's deployments: in progress, completed, failed, rolled back.

Takes what happened to the tasks (one failed, one became healthy, how many run); gives the version
that the scheduler should aim for and whether it may start tasks. Never starts or stops one.

Documented in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
and https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatrial.control.service import TaskView

Status = Literal["IN_PROGRESS", "COMPLETED", "FAILED", "STOPPED"]
ThresholdType = Literal["BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"]
# `start`: stopped before it was ever healthy; `health`: replaced because a health check failed;
# `exit`: ended by itself after it had been healthy, which is no failure of the deployment.
# A task that was stopped to scale in, or because its version is outdated, has not failed.
Failure = Literal["start", "health", "exit"]

LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 200


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """The deployment circuit breaker and the deployment alarms of a service.

    `bake` is how long, in seconds, a deployment with alarms stays in progress after its tasks
    are steady.
    """

    enable: bool = True
    rollback: bool = True
    threshold_type: ThresholdType = "BOUNDED_PERCENT"
    threshold_value: int = 50
    reset_on_healthy_task: bool = True
    alarms: bool = False
    alarm_rollback: bool = True
    bake: float = 0.0

    def threshold(self, desired: int) -> int:
        """Give the number of failures that fails a deployment of `desired` tasks.

        Half of the desired count, rounded up, at least 3 and at most 200, unless
        ThresholdConfiguration says otherwise. At least one failure is needed in any case:
        assumption `ecs.threshold-at-least-one`.
        """
        if self.threshold_type == "COUNT":
            return max(1, self.threshold_value)
        share = max(1, math.ceil(desired * self.threshold_value / 100))
        if self.threshold_type == "UNBOUNDED_PERCENT":
            return share
        return min(max(share, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of one version.

    `rolls_back` is the id of the failed deployment that this one undoes; `steady_since` is when
    all its tasks were seen healthy, None before that.
    """

    id: int
    version: str
    started: float
    status: Status = "IN_PROGRESS"
    reason: str = ""
    failures: int = 0
    rolls_back: int | None = None
    steady_since: float | None = None
    ended: float | None = None


class Deployments:
    """The deployments of one service, the current one last.

    A rollback brings the last COMPLETED deployment back as IN_PROGRESS, so it cannot be rolled
    back to again before it has completed anew. With nothing to roll back to, a failed deployment
    stalls: nothing is started until somebody deploys again.
    """

    def __init__(self, rule: BreakerRule | None = None) -> None:
        self.rule = rule or BreakerRule()
        self.history: tuple[Deployment, ...] = ()

    @property
    def current(self) -> Deployment | None:
        """The newest deployment, None before the first."""
        return self.history[-1] if self.history else None

    @property
    def version(self) -> str | None:
        """The version that the scheduler aims for."""
        return self.history[-1].version if self.history else None

    @property
    def launching(self) -> bool:
        """Say whether new tasks may be started: not while the deployment has failed."""
        return bool(self.history) and self.history[-1].status != "FAILED"

    @property
    def in_progress(self) -> bool:
        """Say whether a deployment is under way, during which nothing is scaled in."""
        return bool(self.history) and self.history[-1].status == "IN_PROGRESS"

    def deploy(self, now: float, version: str) -> Deployment:
        """Start a deployment; one that is still in progress is stopped by it."""
        if self.in_progress:
            self._end(now, "STOPPED", "replaced by a newer deployment")
        return self._begin(now, version, None)

    def task_failed(self, now: float, failure: Failure, version: str, desired: int) -> bool:
        """Count a failed task and say whether that failed the deployment.

        Only tasks of the current deployment count, and only before it has completed. A failed
        start counts in both of the documented stages: assumption `ecs.both-stages-count`.
        """
        current = self.current
        counted = failure != "exit" and self.rule.enable
        if not counted or current is None or not self.in_progress or version != current.version:
            return False
        failures = current.failures + 1
        self._update(failures=failures, steady_since=None)
        if failures < self.rule.threshold(desired):
            return False
        self._fail(now, f"{failures} tasks failed in a row", rollback=self.rule.rollback)
        return True

    def task_healthy(self, version: str) -> None:
        """Take a task that became healthy: it resets the failures of its deployment."""
        current = self.current
        if current is None or not self.in_progress or version != current.version:
            return
        if self.rule.reset_on_healthy_task:
            self._update(failures=0)

    def alarm_fired(self, now: float, name: str) -> bool:
        """Take a deployment alarm and say whether it failed the deployment.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
        """
        if not self.rule.alarms or not self.in_progress:
            return False
        self._fail(now, f"alarm {name}", rollback=self.rule.alarm_rollback)
        return True

    def advance(self, now: float, desired: int, tasks: Iterable[TaskView]) -> bool:
        """Complete the deployment once the service is steady; say whether its status changed.

        Steady: the desired count of healthy tasks of this version, and no other task that is
        not on its way out (assumption `ecs.steady`). Deployment alarms are watched for the bake
        time after that.
        """
        if not self.in_progress:
            return False
        version = self.version
        active = [t for t in tasks if t.state not in ("draining", "stopping")]
        healthy = sum(t.version == version and t.state == "running" for t in active)
        if healthy != desired or len(active) != desired:
            self._update(steady_since=None)
            return False
        if self.history[-1].steady_since is None:
            self._update(steady_since=now)
        bake = self.rule.bake if self.rule.alarms else 0.0
        if now - (self.history[-1].steady_since or 0.0) < bake:
            return False
        self._end(now, "COMPLETED", "")
        return True

    def record(self) -> list[dict[str, Any]]:
        """Give the history as plain data that JSON can hold."""
        return [asdict(deployment) for deployment in self.history]

    def resume(self, record: Iterable[Mapping[str, Any]]) -> None:
        """Take a recorded history back, in place of this one."""
        self.history = tuple(Deployment(**item) for item in record)

    def _fail(self, now: float, reason: str, *, rollback: bool) -> None:
        failed = self.history[-1]
        self._end(now, "FAILED", reason)
        good = next((d for d in reversed(self.history) if d.status == "COMPLETED"), None)
        if rollback and good is not None:
            # It leaves COMPLETED, as documented: not eligible again until it has completed anew.
            self.history = tuple(
                replace(d, status="STOPPED", reason="brought back by a rollback")
                if d is good
                else d
                for d in self.history
            )
            self._begin(now, good.version, failed.id)

    def _begin(self, now: float, version: str, rolls_back: int | None) -> Deployment:
        number = self.history[-1].id + 1 if self.history else 1
        begun = Deployment(number, version, now, rolls_back=rolls_back)
        self.history = (*self.history, begun)
        return begun

    def _end(self, now: float, status: Status, reason: str) -> None:
        self._update(status=status, reason=reason, ended=now)

    def _update(self, **changes: Any) -> None:
        updated = replace(self.history[-1], **changes)
        # The same tuple stays where nothing changed, so that a driver knows what to write down.
        if updated != self.history[-1]:
            self.history = (*self.history[:-1], updated)

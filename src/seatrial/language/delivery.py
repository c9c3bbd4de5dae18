"""How a new version of a service takes the old one's place."""

from typing import Literal

from seatrial.language.part import Setting, setting

DAY = 1440
"""Minutes: ECS lets a step and the bake take at most a day."""


@setting
class Rollout(Setting):
    """A deployment as ECS does it: `rolling`, or a shift of traffic to a second set of tasks.

    `rolling`: at least `min_healthy` percent of the desired tasks stay healthy
    and at most `max` percent run at once. With `circuit_breaker` a version
    whose tasks keep failing ends the deployment; with `rollback` the last
    version that completed comes back by itself.

    `blue-green` moves all traffic at once, `canary` first `step` percent and
    after `pause` minutes the rest, `linear` another `step` percent every
    `pause` minutes. Then the old version stays for `bake` minutes. An alarm of
    the service (`alarms`; unsaid, where traffic shifts and the system has
    Alerts) takes the traffic back, with `rollback`.
    """

    strategy: Literal["rolling", "blue-green", "canary", "linear"] = "rolling"
    min_healthy: int = 100
    max: int = 200
    circuit_breaker: bool = True
    rollback: bool = True
    step: float = 10
    pause: int = 5
    bake: int = 5
    alarms: bool | None = None

    @property
    def shifts(self) -> bool:
        """Whether traffic moves from one set of tasks to another."""
        return self.strategy != "rolling"

    @property
    def watched(self) -> bool:
        """Whether the service's alarms stop it."""
        return self.shifts if self.alarms is None else self.alarms

    def check(self) -> None:
        """Hold the percentages: a rollout needs room to start or to stop a task."""
        if not 0 <= self.min_healthy <= 100:
            raise self.wrong(f"min_healthy={self.min_healthy} is not between 0 and 100 percent.")
        if not 100 <= self.max <= 200:
            raise self.wrong(f"max={self.max} is not between 100 and 200 percent.")
        if self.min_healthy == self.max == 100:
            raise self.wrong(
                "with min_healthy=100 and max=100 no task can ever be replaced.",
                "Raise max to 200, or lower min_healthy.",
            )
        if self.rollback and not self.circuit_breaker and not self.shifts and not self.alarms:
            raise self.wrong("rollback=True needs circuit_breaker=True.")
        least = 3 if self.strategy == "linear" else 0.1
        if not least <= self.step <= 100:
            raise self.wrong(f"step={self.step:g} is not between {least:g} and 100 percent.")
        if round(self.step, 1) != self.step:
            raise self.wrong(f"step={self.step:g} has more than one decimal.")
        for name in ("pause", "bake"):
            if not 0 <= getattr(self, name) <= DAY:
                raise self.wrong(
                    f"{name}={getattr(self, name)} is not between 0 and {DAY} minutes."
                )

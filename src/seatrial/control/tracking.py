"""Target tracking: how many tasks a metric asks for.

Takes one datapoint per period and policy, the current count and its bounds; gives the new count
or none. Never changes a count: a decision that it gives counts as carried out.

Documented in https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
and https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
The metric is one that halves when the tasks double: average CPU or memory in percent, requests
per target, lag per task.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Direction = Literal["out", "in", "bounds"]


@dataclass(frozen=True, slots=True)
class TrackingRule:
    """One target tracking policy; times in seconds.

    Scale out after `high_periods` datapoints in a row above the target, in after `low_periods`
    below `low_ratio` of it. The alarms that AWS makes are visible in any account but not
    documented: assumption `aas.alarms`.
    """

    metric: str
    target: float
    scale_out_cooldown: float = 300.0
    scale_in_cooldown: float = 300.0
    period: float = 60.0
    high_periods: int = 3
    low_periods: int = 15
    low_ratio: float = 0.9
    disable_scale_in: bool = False

    def __post_init__(self) -> None:
        """Refuse a target that nothing can be divided by."""
        if not self.target > 0:
            raise ValueError(f"the target of {self.metric} is above zero")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most tasks that scaling may ask for."""

    minimum: int
    maximum: int

    def __post_init__(self) -> None:
        """Refuse bounds that cross."""
        if not 0 <= self.minimum <= self.maximum:
            raise ValueError(f"{self.minimum} to {self.maximum} tasks are not bounds")

    def clamp(self, count: int) -> int:
        """Give the nearest count within the bounds."""
        return max(self.minimum, min(self.maximum, count))


@dataclass(frozen=True, slots=True)
class Decision:
    """A new desired count, and why."""

    desired: int
    direction: Direction
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one policy asks for; `in` may ask for the current count, which agrees to nothing."""

    desired: int
    direction: Literal["out", "in"]
    reason: str


@dataclass(frozen=True, slots=True)
class Cooldown:
    """When the target was last scaled: `before` is the count that its last scale-out began with."""

    out_at: float | None = None
    before: int = 0
    in_at: float | None = None


class TargetTracking:
    """One policy: its recent datapoints and its cool-downs."""

    def __init__(self, rule: TrackingRule) -> None:
        self.rule = rule
        self.cooldown = Cooldown()
        self._recent: deque[float | None] = deque(maxlen=max(rule.high_periods, rule.low_periods))

    def observe(self, now: float, datapoint: float | None) -> None:
        """Take the datapoint of the period that ended now; None where the metric has none."""
        del now
        self._recent.append(datapoint)

    def propose(self, now: float, current: int) -> Proposal | None:
        """Say what this policy asks for, its cool-downs respected; None asks for nothing.

        A missing datapoint breaks both runs, so it never scales in: "it does not interpret
        insufficient data as low utilization". That it also delays scaling out is assumption
        `aas.missing-delays-out`.
        """
        if current == 0:
            return self._from_zero()
        rule = self.rule
        high = self._run(rule.high_periods)
        if high and min(high) > rule.target:
            return self._out(now, current, high[-1])
        low = self._run(rule.low_periods)
        if low and max(low) < rule.target * rule.low_ratio and not rule.disable_scale_in:
            return self._in(now, current, max(low))
        return None

    def decide(self, now: float, current: int, bounds: Bounds) -> Decision | None:
        """Decide for a target that has this policy alone."""
        return combine([self], now, current, bounds)

    def scaled(self, now: float, before: int, decision: Decision) -> None:
        """Start the cool-down that follows a decision by any policy of the same target.

        A scale-out ends the scale-in cool-down. That policies share their target's cool-downs,
        each with its own length, is assumption `aas.shared-cooldown`.
        """
        if decision.direction == "out":
            running = self._out_cooling(now)
            self.cooldown = Cooldown(now, self.cooldown.before if running else before, None)
        elif decision.direction == "in":
            self.cooldown = replace(self.cooldown, in_at=now)

    def record(self) -> dict[str, Any]:
        """Give the cool-downs as plain data that JSON can hold."""
        return asdict(self.cooldown)

    def resume(self, record: Mapping[str, Any]) -> None:
        """Take recorded cool-downs back; the datapoints are gathered anew."""
        self.cooldown = Cooldown(**record)

    def _run(self, length: int) -> list[float]:
        """Give the last `length` datapoints, or nothing if any of them is missing."""
        recent = list(self._recent)[-length:]
        run = [value for value in recent if value is not None]
        return run if len(run) == length else []

    def _from_zero(self) -> Proposal | None:
        """Leave zero by one task as soon as one datapoint shows demand, as ECS documents."""
        latest = self._recent[-1] if self._recent else None
        if latest is None or latest <= 0:
            return None
        return Proposal(1, "out", f"{self.rule.metric} is {latest:g} with no task")

    def _out_cooling(self, now: float) -> bool:
        at = self.cooldown.out_at
        return at is not None and now - at < self.rule.scale_out_cooldown

    def _out(self, now: float, current: int, value: float) -> Proposal | None:
        """Ask for enough tasks to bring the newest datapoint back to the target.

        During the scale-out cool-down the tasks that it added count as on their way: only a
        larger scale-out from the same beginning is made.
        """
        origin = self.cooldown.before if self._out_cooling(now) else current
        desired = _proportional(origin, value, self.rule.target)
        if desired <= current:
            return None
        return Proposal(desired, "out", self._describe(value, "above"))

    def _in(self, now: float, current: int, value: float) -> Proposal | None:
        """Ask for the tasks that the highest of the low datapoints needs.

        AWS "scales in more gradually" without saying how: assumption `aas.scale-in-highest`.
        """
        at = self.cooldown.in_at
        if at is not None and now - at < self.rule.scale_in_cooldown:
            return None
        desired = min(current, _proportional(current, value, self.rule.target))
        return Proposal(desired, "in", self._describe(value, "below"))

    def _describe(self, value: float, side: str) -> str:
        return f"{self.rule.metric} is {value:g}, {side} its target of {self.rule.target:g}"


def combine(
    policies: Sequence[TargetTracking],
    now: float,
    current: int,
    bounds: Bounds,
    *,
    deploying: bool = False,
) -> Decision | None:
    """Decide for a target with these policies, and start the cool-downs of what is decided.

    Any policy may scale out and the largest count wins; scale-in needs all that have it enabled,
    and again takes the largest count. While a deployment is in progress nothing scales in. A
    count outside the bounds is brought back into them, without a cool-down.
    """
    if current < bounds.minimum:
        return Decision(bounds.minimum, "bounds", f"fewer than the minimum of {bounds.minimum}")
    if current > bounds.maximum and not deploying:
        return Decision(bounds.maximum, "bounds", f"more than the maximum of {bounds.maximum}")
    proposals = [(policy, policy.propose(now, current)) for policy in policies]
    out = [p for _, p in proposals if p is not None and p.direction == "out"]
    if out:
        return _decided(policies, now, current, bounds, max(out, key=lambda p: p.desired))
    voters = [p for policy, p in proposals if not policy.rule.disable_scale_in]
    agreed = [p for p in voters if p is not None]
    if deploying or not agreed or len(agreed) < len(voters):
        return None
    return _decided(policies, now, current, bounds, max(agreed, key=lambda p: p.desired))


def _decided(
    policies: Sequence[TargetTracking], now: float, current: int, bounds: Bounds, wanted: Proposal
) -> Decision | None:
    desired = bounds.clamp(wanted.desired)
    # Bounds may turn the direction round, as when too many run during a deployment.
    if desired == current or (desired > current) != (wanted.direction == "out"):
        return None
    decision = Decision(desired, wanted.direction, wanted.reason)
    for policy in policies:
        policy.scaled(now, current, decision)
    return decision


def _proportional(count: int, value: float, target: float) -> int:
    """Give the tasks needed to bring `value` to `target`: rounded up, so never too few."""
    # The tolerance keeps 3 * 70 / 70 at 3 when a float comes out a hair above.
    return math.ceil(count * value / target - 1e-9)

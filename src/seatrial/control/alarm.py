"""When a CloudWatch alarm fires, and when it is well again.

Takes samples or datapoints; gives the alarm's state changes. Never sends a notification.

Documented in https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Comparison = Literal[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]

# The example that AWS works through looks at 5 periods when 3 are evaluated; the rule behind the
# number is not documented: assumption `cloudwatch.evaluation-range`.
EXTRA_PERIODS = 2

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: math.fsum(values) / len(values),
    "Sum": math.fsum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": lambda values: float(len(values)),
}


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A metric alarm; `period` in seconds, `datapoints_to_alarm` None means all of them."""

    comparison: Comparison
    threshold: float
    period: float = 60.0
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    statistic: str = "Average"
    treat_missing_data: Missing = "missing"

    def __post_init__(self) -> None:
        """Refuse a comparison, a count or a statistic that CloudWatch does not have."""
        if self.comparison not in _COMPARE:
            raise ValueError(f"{self.comparison!r} is not a comparison of a metric alarm")
        if not 1 <= self.needed <= self.evaluation_periods:
            raise ValueError("the datapoints to alarm are 1 to the evaluation periods")
        aggregate(self.statistic, [])

    @property
    def needed(self) -> int:
        """The breaching datapoints that make the alarm fire (M of N)."""
        if self.datapoints_to_alarm is None:
            return self.evaluation_periods
        return self.datapoints_to_alarm

    @property
    def evaluation_range(self) -> int:
        """The most recent periods that are looked at, in case some of them are missing."""
        return self.evaluation_periods + EXTRA_PERIODS

    def breaches(self, value: float) -> bool:
        """Compare a datapoint with the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value and when it was measured, in seconds."""

    time: float
    value: float


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm's change of state."""

    at: float
    before: State
    after: State
    reason: str


def aggregate(statistic: str, values: Sequence[float]) -> float | None:
    """Give one period's datapoint by Average, Sum, Minimum, Maximum, SampleCount or pNN[.NN].

    None where the period has no sample: CloudWatch then has no datapoint, not a zero.
    """
    if statistic[:1] == "p" and statistic[1:].replace(".", "", 1).isdecimal():
        share = float(statistic[1:])
        if not 0 <= share <= 100:
            raise ValueError(f"{statistic!r} is not a percentile")
        ordered = sorted(values)
        # The nearest rank; CloudWatch does not say how it interpolates:
        # assumption `cloudwatch.percentile`.
        rank = max(1, math.ceil(len(ordered) * share / 100))
        return ordered[rank - 1] if ordered else None
    if statistic not in _STATISTICS:
        raise ValueError(f"{statistic!r} is not a statistic of a metric alarm")
    return _STATISTICS[statistic](values) if values else None


def datapoints(rule: AlarmRule, now: float, samples: Iterable[Sample]) -> list[float | None]:
    """Sort samples into the evaluation range's periods that ended by `now`, oldest first.

    Periods begin at multiples of their length. A period that still runs has no datapoint yet.
    """
    end = math.floor(now / rule.period)
    first = end - rule.evaluation_range
    values: list[list[float]] = [[] for _ in range(rule.evaluation_range)]
    for sample in samples:
        index = math.floor(sample.time / rule.period) - first
        if 0 <= index < len(values):
            values[index].append(sample.value)
    return [aggregate(rule.statistic, period) for period in values]


def assess(rule: AlarmRule, points: Sequence[float | None]) -> State | None:
    """Judge the most recent datapoints, oldest first; None keeps the state that there is.

    The tables in alarms-and-missing-data.html are the test cases of this function. What they do
    not show, too few datapoints that all breach and are too recent, keeps the state:
    assumption `cloudwatch.premature`.
    """
    recent = points[-rule.evaluation_range :]
    real = [rule.breaches(value) for value in recent if value is not None]
    missing = max(0, rule.evaluation_periods - len(real))
    breaching = sum(real[-rule.evaluation_periods :])
    if missing and rule.treat_missing_data == "breaching":
        breaching += missing
    if breaching >= rule.needed:
        return "ALARM"
    if not missing or rule.treat_missing_data in ("breaching", "notBreaching") or not all(real):
        return "OK"
    # From here on every datapoint that exists breaches, and there are too few of them.
    if rule.treat_missing_data == "ignore":
        return None
    return _premature(rule, recent) if real else "INSUFFICIENT_DATA"


def _premature(rule: AlarmRule, recent: Sequence[float | None]) -> State | None:
    """Let the alarm fire when its oldest breaching datapoint is old enough to be waited for."""
    age = len(recent) - next(i for i, point in enumerate(recent) if point is not None)
    return "ALARM" if age >= rule.needed else None


class Alarm:
    """One alarm and the state that it is in."""

    def __init__(self, rule: AlarmRule, state: State = "INSUFFICIENT_DATA") -> None:
        self.rule = rule
        self.state: State = state

    def evaluate(self, now: float, points: Sequence[float | None]) -> Change | None:
        """Judge the datapoints, oldest first, and give the change of state if there is one."""
        after = assess(self.rule, points)
        if after is None or after == self.state:
            return None
        before, self.state = self.state, after
        seen = ", ".join("-" if p is None else f"{p:g}" for p in points)
        rule = self.rule
        told = f"{rule.comparison} {rule.threshold:g}, {rule.needed} of {rule.evaluation_periods}"
        return Change(now, before, after, f"{told}: {seen}")

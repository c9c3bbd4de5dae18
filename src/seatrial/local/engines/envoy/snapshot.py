"""What went through the load balancer, counted; two snapshots give a window between them.

Takes counters that only grow, gives CloudWatch's figures for any stretch of time
(names as in
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
Pure data: it never asks Envoy.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

BUCKETS: tuple[float, ...] = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15,
    0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0,
)  # fmt: skip
"""Upper bounds of the response-time buckets, in seconds."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """One target group's totals, or what was added to them within a window.

    `requests` counts requests for which a target was chosen. `targets` is by the
    class of the target's own status (2 to 5), `elb` by the status that the load
    balancer gave for want of a target's answer (502, 503, 504, ...).
    `response_times[n]` is the number of answers that began within `BUCKETS[n]`
    seconds, cumulative; the last entry, one more than the buckets, is all of them.
    `response_time_sum` is their sum, in seconds.
    """

    requests: int = 0
    targets: Mapping[int, int] = field(default_factory=dict)
    elb: Mapping[int, int] = field(default_factory=dict)
    connection_errors: int = 0
    response_times: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    response_time_sum: float = 0.0

    def __sub__(self, earlier: Self) -> "GroupCount":
        """Give what was added since; after a restart of the counters, what there is now."""
        if self.requests < earlier.requests or self.response_times[-1] < earlier.response_times[-1]:
            return self
        return GroupCount(
            requests=self.requests - earlier.requests,
            targets=_subtract(self.targets, earlier.targets),
            elb=_subtract(self.elb, earlier.elb),
            connection_errors=self.connection_errors - earlier.connection_errors,
            response_times=tuple(
                now - before
                for now, before in zip(self.response_times, earlier.response_times, strict=True)
            ),
            response_time_sum=self.response_time_sum - earlier.response_time_sum,
        )

    def percentile(self, share: float) -> float | None:
        """Give the TargetResponseTime, in seconds, that `share` (0 to 1) of the answers kept.

        Linear within a bucket, the last bound beyond it; None without an answer.
        """
        total = self.response_times[-1]
        if total == 0:
            return None
        rank = share * total
        below, low = 0, 0.0
        for bound, cumulative in zip(BUCKETS, self.response_times, strict=False):
            if cumulative >= rank and cumulative > below:
                return low + (bound - low) * (rank - below) / (cumulative - below)
            below, low = cumulative, bound
        return BUCKETS[-1]

    @property
    def average(self) -> float | None:
        """Give the mean TargetResponseTime in seconds; None without an answer."""
        total = self.response_times[-1]
        return self.response_time_sum / total if total else None


@dataclass(frozen=True, slots=True)
class ListenerCount:
    """One listener's totals: what came in, and the load balancer's own answers by status.

    `requests` has those that no target was chosen for, too; RequestCount of the
    load balancer is the sum of its groups'. `elb` has redirects and fixed
    responses from 300 on.
    """

    requests: int = 0
    elb: Mapping[int, int] = field(default_factory=dict)

    def __sub__(self, earlier: Self) -> "ListenerCount":
        """Give what was added since; after a restart of the counters, what there is now."""
        if self.requests < earlier.requests:
            return self
        return ListenerCount(self.requests - earlier.requests, _subtract(self.elb, earlier.elb))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything counted since Envoy started; `at` is the monotonic time in seconds."""

    at: float
    groups: Mapping[str, GroupCount]
    listeners: Mapping[str, ListenerCount]

    def since(self, earlier: Self) -> "Window":
        """Give what happened between two snapshots."""
        return Window(
            seconds=self.at - earlier.at,
            groups={
                name: count - earlier.groups.get(name, GroupCount())
                for name, count in self.groups.items()
            },
            listeners={
                name: count - earlier.listeners.get(name, ListenerCount())
                for name, count in self.listeners.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What happened in `seconds`: counts per target group and per listener."""

    seconds: float
    groups: Mapping[str, GroupCount]
    listeners: Mapping[str, ListenerCount]


def _subtract(now: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    # For a moment a failed request can stand as the target's answer, before it is told apart.
    codes = itertools.chain(now, (code for code in before if code not in now))
    return {code: max(0, now.get(code, 0) - before.get(code, 0)) for code in codes}

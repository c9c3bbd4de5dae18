"""Envoy's counters, read: from the admin interface's text to a `Snapshot`.

Takes what `configuration` made Envoy count, gives totals per target group and
listener. It never asks Envoy itself.

Source of what counts where: https://docs.aws.amazon.com/elasticloadbalancing/latest/
application/load-balancer-cloudwatch-metrics.html
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from seatrial.local.engines.envoy.answers import BROKEN_TARGET, MALFORMED, NO_TARGET, SILENT
from seatrial.local.engines.envoy.network import Network
from seatrial.local.engines.envoy.routes import name_cluster
from seatrial.local.engines.envoy.snapshot import BUCKETS, GroupCount, ListenerCount, Snapshot

PAGE = "/stats/prometheus?usedonly&filter=^(alb%5C.|cluster%5C.group-.*connect_fail$)"

SAMPLE = re.compile(r"envoy_(\w+)\{([^}]*)\} (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')
OWN = frozenset((*BROKEN_TARGET, *NO_TARGET, *SILENT, MALFORMED))
# The client went away before there was an answer: load-balancer-troubleshooting.html.
CLIENT_GONE = 460


@dataclass
class Tally:
    """What is added up for one group or one listener."""

    requests: int = 0
    targets: Counter[int] = field(default_factory=Counter)
    elb: Counter[int] = field(default_factory=Counter)
    connection_errors: int = 0
    times: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    time_sum: float = 0.0

    def add(self, status: int, flags: set[str], count: int, *, forwarded: bool) -> None:
        """Add answers; no RequestCount for those that no target was chosen for."""
        if forwarded and not flags.intersection(NO_TARGET):
            self.requests += count
        if status == 0:
            self.elb[CLIENT_GONE] += count
        elif not forwarded or (status >= 400 and flags & OWN):
            self.elb[status] += count
        elif status >= 200:
            self.targets[status // 100] += count


def read_snapshot(page: bytes, network: Network, at: float) -> Snapshot:
    """Read the totals of every group and listener of the network; `at` in seconds."""
    groups = {name_cluster(group.name): Tally() for group in network.groups}
    # Prometheus has no - in a name.
    listeners = {each.name.replace("-", "_"): Tally() for each in network.listeners}
    for name, labels, value in _read_samples(page.decode()):
        if name == "cluster_upstream_cx_connect_fail":
            group = groups.get(labels["envoy_cluster_name"], Tally())
            group.connection_errors = int(value)
            continue
        listener, _, kind = name.removeprefix("alb_").partition("__")
        group = groups.get(labels.get("group", ""), Tally())
        if kind == "answers":
            status, flags = int(labels["code"]), set(labels["flags"].split(","))
            for tally in (group, listeners.get(listener, Tally())):
                tally.add(status, flags, int(value), forwarded=bool(labels["group"]))
        elif kind == "times_bucket":
            group.times[_find_bucket(labels["le"])] += int(value)
        elif kind == "times_sum":
            group.time_sum += value / 1e6
    return Snapshot(
        at=at,
        groups={each.name: _close(groups[name_cluster(each.name)]) for each in network.groups},
        listeners={
            each.name: ListenerCount(tally.requests, dict(tally.elb))
            for each in network.listeners
            for tally in [listeners[each.name.replace("-", "_")]]
        },
    )


def _close(tally: Tally) -> GroupCount:
    return GroupCount(
        requests=tally.requests,
        targets=dict(tally.targets),
        elb=dict(tally.elb),
        connection_errors=tally.connection_errors,
        response_times=tuple(tally.times),
        response_time_sum=tally.time_sum,
    )


def _find_bucket(bound: str) -> int:
    """Give the index of a bucket by its bound in microseconds; +Inf is the last."""
    if bound == "+Inf":
        return len(BUCKETS)
    seconds = float(bound) / 1e6
    return min(range(len(BUCKETS)), key=lambda index: abs(BUCKETS[index] - seconds))


def _read_samples(page: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for name, labels, value in SAMPLE.findall(page):
        yield name, dict(LABEL.findall(labels)), float(value)

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

PAGE = (
    "/stats/prometheus?usedonly&filter="
    "^(alb%5C.|cluster%5C.group-.*(connect_fail|rq_.xx)$|http%5C..*downstream_rq_total$)"
)

SAMPLE = re.compile(r"envoy_(\w+)\{([^}]*)\} (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')
# What Envoy's cluster counters take for an answer of the target, with status 503.
CHARGED = frozenset((*BROKEN_TARGET, *NO_TARGET))
OWN = CHARGED.union(SILENT, (MALFORMED,))
# The client went away before there was an answer: load-balancer-troubleshooting.html.
CLIENT_GONE = 460


@dataclass
class Tally:
    """What is added up for one group."""

    classes: Counter[int] = field(default_factory=Counter)
    charged: int = 0
    without_target: int = 0
    elb: Counter[int] = field(default_factory=Counter)
    connection_errors: int = 0
    times: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    time_sum: float = 0.0

    def add_own(self, status: int, flags: set[str], count: int) -> None:
        """Add answers of the load balancer's own."""
        self.elb[status] += count
        self.charged += count if flags & CHARGED else 0
        self.without_target += count if flags.intersection(NO_TARGET) else 0

    def close(self) -> GroupCount:
        """Give the totals."""
        answered = self.classes - Counter({5: self.charged})
        requests = answered.total() + self.elb.total() - self.without_target
        return GroupCount(
            requests=requests,
            targets={status: count for status, count in answered.items() if status > 1},
            elb=dict(self.elb),
            connection_errors=self.connection_errors,
            response_times=tuple(self.times),
            response_time_sum=self.time_sum,
        )


def read_snapshot(page: bytes, network: Network, at: float) -> Snapshot:
    """Read the totals of every group and listener of the network; `at` in seconds."""
    groups = {name_cluster(group.name): Tally() for group in network.groups}
    # Prometheus has no - in a name.
    own: dict[str, Counter[int]] = {
        each.name.replace("-", "_"): Counter() for each in network.listeners
    }
    arrived: Counter[str] = Counter()
    for name, labels, value in _read_samples(page.decode()):
        count = int(value)
        group = groups.get(labels.get("group") or labels.get("envoy_cluster_name", ""), Tally())
        listener, _, kind = name.removeprefix("alb_").partition("__")
        match kind or name:
            case "answers":
                flags = set(labels["flags"].split(","))
                status = _find_own_status(int(labels["code"]), flags, labels["group"])
                if status:
                    group.add_own(status, flags, count)
                    own.get(listener, Counter())[status] += count
            case "times_bucket":
                group.times[_find_bucket(labels["le"])] += count
            case "times_sum":
                group.time_sum += value / 1e6
            case "cluster_upstream_rq_xx":
                group.classes[int(labels["envoy_response_code_class"])] = count
            case "cluster_upstream_cx_connect_fail":
                group.connection_errors = count
            case "http_downstream_rq_total":
                arrived[labels["envoy_http_conn_manager_prefix"]] = count
    return Snapshot(
        at=at,
        groups={each.name: groups[name_cluster(each.name)].close() for each in network.groups},
        listeners={
            each.name: ListenerCount(arrived[each.name], dict(own[each.name.replace("-", "_")]))
            for each in network.listeners
        },
    )


def _find_own_status(status: int, flags: set[str], cluster: str) -> int | None:
    """Give the status if the load balancer itself said it; None if a target did."""
    if not cluster:
        return status
    if status == 0:
        return CLIENT_GONE
    return status if status >= 400 and flags & OWN else None


def _find_bucket(bound: str) -> int:
    """Give the index of a bucket by its bound in microseconds; +Inf is the last."""
    if bound == "+Inf":
        return len(BUCKETS)
    seconds = float(bound) / 1e6
    return min(range(len(BUCKETS)), key=lambda index: abs(BUCKETS[index] - seconds))


def _read_samples(page: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for name, labels, value in SAMPLE.findall(page):
        yield name, dict(LABEL.findall(labels)), float(value)

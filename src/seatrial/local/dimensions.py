"""Which of the metrics that are measured here a metric of CloudWatch is.

Takes namespace, name and dimensions as the graph has them; gives what it is of: the last resource
that the dimensions name, or where they name none, the namespace with their values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.graph.values import referred
from seatrial.local.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Watched:
    """A metric as `cloudwatch.Metrics` keeps it: what it is of, and its name."""

    of: str
    name: str


def read_metric(metric: Mapping[str, Any], resolver: Resolver) -> Watched:
    """Read a metric's `Namespace`, `MetricName` and `Dimensions`."""
    dimensions = metric.get("Dimensions") or ()
    named = list(referred(dimensions))
    if named:
        return Watched(named[-1], metric["MetricName"])
    values = [resolver.text(each["Value"]) for each in dimensions]
    return Watched(name_subject(metric["Namespace"], *values), metric["MetricName"])


def name_subject(namespace: str, *values: str) -> str:
    """Name what a metric without a resource is of."""
    return "/".join((namespace, *values))

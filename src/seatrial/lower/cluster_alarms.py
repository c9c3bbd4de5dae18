"""The alarms of a database cluster, Aurora's and DocumentDB's alike."""

from collections.abc import Iterable

from seatrial.graph.values import Ref, Value
from seatrial.language.part import Part
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import alarm

LAG = "Lag"
"""The alarm that looks at the reader that is furthest behind, and not at the average."""
Watched = tuple[str, str, str, float]
"""The alarm's name, what it tells, the metric, and the limit."""


def of_cluster(lowering: Lowering, part: Part) -> dict[str, Value]:
    """Give the dimension by which CloudWatch knows the cluster."""
    return {"DBClusterIdentifier": Ref(lowering.id(part, "Cluster"))}


def add(lowering: Lowering, part: Part, namespace: str, watched: Iterable[Watched]) -> None:
    """Add an alarm for each, which wants its limit passed for five minutes."""
    for kind, told, metric, limit in watched:
        alarm(
            lowering,
            part,
            kind,
            f"{part.name}: {told} for five minutes",
            (namespace, metric),
            "Maximum" if kind == LAG else "Average",
            limit,
            of_cluster(lowering, part),
            5,
        )

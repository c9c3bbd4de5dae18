"""What is wrong with graphs, for every command that asks: joins `policy` with `reach`.

Takes graphs, gives the answer to "does this reach that" that rules ask for, and the findings
of many graphs that differ little. It prints nothing.
"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.graph import Graph, Resource
    from seatrial.policy import Finding, Reach
    from seatrial.reach import Reach as Network


def reaches(graph: "Graph") -> "Reach":
    """Give the answer to "does this reach that" for one graph."""
    return _Asked(graph)


class _Asked:
    """Answers as rules ask, from a network that is worked out when the first one does."""

    def __init__(self, graph: "Graph") -> None:
        self.graph = graph

    @cached_property
    def network(self) -> "Network":
        from seatrial.reach import Reach

        return Reach(self.graph)

    def __call__(self, source: str, target: str, port: int | None = None) -> str:
        """Give one sentence for a way that is open, "" for none."""
        return self.network.reaches(source, target, port)

    def surely(self, source: str, target: str, port: int | None = None) -> str:
        """Give it only where nothing on the way had to be assumed."""
        said = self(source, target, port)
        return said if said and not self.network.ask(source, target, port).assumed else ""


class Checked:
    """Gives the findings of many graphs that differ little.

    Who reaches whom, and what is wrong with the network, is worked out once for graphs
    whose networks are the same: that takes most of the time, and no size changes it.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.networks: dict[object, list[Finding]] = {}

    def findings(self, graph: "Graph") -> "Iterable[Finding]":
        """Give what `check` finds, as it does."""
        from seatrial.policy.accepted import accept
        from seatrial.policy.findings import every_rule, look
        from seatrial.policy.plan import Plan

        plan = Plan(graph, reaches(graph), self.today)
        network = _network(graph)
        if network not in self.networks:
            wanted = [each for each in every_rule() if each.area == "network"]
            self.networks[network] = look(plan, wanted)
        others = [each for each in every_rule() if each.area != "network"]
        return accept(graph, [*self.networks[network], *look(plan, others)])


ASIDE = (
    "AWS::ApplicationAutoScaling::",
    "AWS::Backup::",
    "AWS::CloudWatch::",
    "AWS::Logs::",
    "AWS::SNS::",
)
"""What begins the types that no packet meets."""

SIZES = {
    "AllocatedStorage",
    "BackupRetentionPeriod",
    "CacheNodeType",
    "CapacityProviderStrategy",
    "Cpu",
    "DBInstanceClass",
    "DesiredCount",
    "Memory",
    "RuntimePlatform",
    "SnapshotRetentionLimit",
    "StorageType",
}
"""Properties that say how large or how long, and lead nowhere."""


def _network(graph: "Graph") -> object:
    """Give what tells two graphs' networks apart: everything but sizes."""
    return tuple(
        (each.id, each.type, _kept(each)) for each in graph if not each.type.startswith(ASIDE)
    )


def _kept(resource: "Resource") -> str:
    properties = resource.properties
    return repr([each for each in properties.items() if each[0] not in SIZES])

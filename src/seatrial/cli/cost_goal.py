"""What `cost --optimize` is held against: the findings of `check`, and what somebody says.

Joins the readers of the graph that the search needs: `policy` and `reach`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.policy import Finding

if TYPE_CHECKING:
    from seatrial.cli.cost import Options
    from seatrial.cli.cost_optimize import Goal
    from seatrial.graph import Graph, Resource
    from seatrial.policy.plan import Reach


def cheapest(path: Path, environment: str, asked: "Options", today: date | None = None) -> str:
    """Search an environment; with `--against`, the budget is the document's own.

    `today` is the day that versions are held against, unsaid the present one.
    """
    from seatrial.cli.cost_commitment import read  # noqa: PLC0415
    from seatrial.cli.cost_optimize import Goal, optimize  # noqa: PLC0415

    goal = None if asked.budget is None else Goal(asked.budget)
    if asked.against is not None and goal is None:
        goal = _of_document(path, asked.against)
    bought = {name: percent for name, percent in map(read, asked.commitments) if percent}
    return optimize(
        path,
        environment,
        asked.usage_file,
        Checked(today or datetime.now(UTC).date()).findings,
        commitments=bought,
        goal=goal,
        step=asked.patch,
        every=asked.every,
        no_free=asked.no_free,
        as_json=asked.as_json,
    )


def _of_document(path: Path, against: str) -> "Goal | None":
    from seatrial.cli.cost_against import document_of  # noqa: PLC0415
    from seatrial.cli.cost_optimize import Goal  # noqa: PLC0415
    from seatrial.language.loading import load  # noqa: PLC0415
    from seatrial.price.against import most_saved  # noqa: PLC0415

    for table in document_of(load(path), against).tables:
        if table.optimised is not None:
            row = table.optimised
            return Goal(row.usd[1], f"{row.id}: {row.quote}", partial(most_saved, table))
    return None


class Checked:
    """Gives the findings of many graphs that differ little.

    Who reaches whom, and what is wrong with the network, is worked out once for graphs
    whose networks are the same: that takes most of the time, and no size changes it.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.networks: dict[object, list[Finding]] = {}

    def findings(self, graph: "Graph") -> Iterable[Finding]:
        """Give what `check` finds, as it does."""
        from seatrial.policy.accepted import accept  # noqa: PLC0415
        from seatrial.policy.findings import look, rules  # noqa: PLC0415
        from seatrial.policy.plan import Plan  # noqa: PLC0415

        plan = Plan(graph, _Later(graph), self.today)
        network = _network(graph)
        if network not in self.networks:
            wanted = [each for each in rules() if each.area == "network"]
            self.networks[network] = look(plan, wanted)
        others = [each for each in rules() if each.area != "network"]
        return accept(graph, [*self.networks[network], *look(plan, others)])


class _Later:
    """Works out who reaches whom in a graph when the first one asks."""

    def __init__(self, graph: "Graph") -> None:
        self.graph = graph

    @cached_property
    def answer(self) -> "Reach":
        from seatrial.cli.check import reaches  # noqa: PLC0415

        return reaches(self.graph)

    def __call__(self, source: str, target: str, port: int | None = None) -> str:
        return self.answer(source, target, port)

    def surely(self, source: str, target: str, port: int | None = None) -> str:
        return self.answer.surely(source, target, port)


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
    properties: Mapping[str, object] = resource.properties
    return repr([each for each in properties.items() if each[0] not in SIZES])

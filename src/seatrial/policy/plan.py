"""What a rule looks at: the graph, indexed once, and who reaches whom.

`reaches` is given by whoever asks for the findings, because a reader of the graph
knows no other reader.
"""

from datetime import date
from functools import cached_property
from typing import Any, Protocol

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Uses
from seatrial.graph.check.view import View
from seatrial.graph.values import Ref
from seatrial.policy.network import Network
from seatrial.policy.rights import Rights


class Reach(Protocol):
    """Tells whether one end reaches another over the network.

    An end is `internet`, a part's name or a resource's logical id; `port` None is
    any. What is given back is one sentence for the way that is open, "" for none. A way
    that is open only where something unknown is assumed counts, but not for `surely`.
    """

    def __call__(self, source: str, target: str, port: int | None = None) -> str:
        """Give the sentence for an open way."""

    def surely(self, source: str, target: str, port: int | None = None) -> str:
        """Give it only where nothing on the way had to be assumed."""


class Plan(View):
    """One graph as rules see it; everything of `View`, and `reaches`."""

    def __init__(self, graph: Graph, reaches: Reach, today: date | None = None) -> None:
        """Take the day that versions are held against; None is the day of the tables themselves."""
        super().__init__(graph)
        self.reaches = reaches
        self.today = today

    def known(self, value: Any) -> Any:
        """Give a parameter's default for a reference to it, anything else as it is."""
        if isinstance(value, Ref) and (parameter := self.graph.parameters.get(value.id)):
            return parameter.default
        return value

    @cached_property
    def parts(self) -> dict[str, list[Resource]]:
        """Give the resources of each part; a foreign template has none."""
        found: dict[str, list[Resource]] = {}
        for resource in self.graph:
            if resource.origin:
                found.setdefault(resource.part, []).append(resource)
        return found

    @cached_property
    def network(self) -> Network:
        """Give the network, indexed."""
        return Network(self)

    @cached_property
    def rights(self) -> Rights:
        """Give what roles may do, indexed."""
        return Rights(self)

    @cached_property
    def uses(self) -> set[tuple[str, str]]:
        """Give every arrow of the system: (part, what it uses); with a topic goes its broker."""
        arrows = {(each.part, each.used) for each in self.graph.annotated(Uses)}
        brokers: dict[str, set[str]] = {}
        for topic in self.of("AWS::MSK::Topic"):
            cluster = self.named(topic.properties.get("ClusterArn"), "AWS::MSK::Cluster")
            if cluster:
                brokers.setdefault(topic.part, set()).add(cluster.part)
        return arrows | {(part, each) for part, used in arrows for each in brokers.get(used, ())}

    @cached_property
    def access(self) -> dict[tuple[str, str], set[str]]:
        """Give how each part uses another: `read`, `write` or `call`."""
        found: dict[tuple[str, str], set[str]] = {}
        for each in self.graph.annotated(Uses):
            found.setdefault((each.part, each.used), set()).add(each.access)
        return found

    def own(self, part: str) -> bool:
        """Tell whether a part is one that a user wrote: not the system itself, not unknown."""
        return part not in ("", self.graph.system)

    @cached_property
    def users(self) -> dict[str, list[Resource]]:
        """Give the resources that name each resource, by its id."""
        found: dict[str, list[Resource]] = {}
        for id, wanted in self.needs.items():
            for other in wanted:
                found.setdefault(other, []).append(self.graph.resources[id])
        return found

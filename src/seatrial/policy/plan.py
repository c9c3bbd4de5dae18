"""What a rule looks at: the graph, indexed once, and who reaches whom.

`reaches` is given by whoever asks for the findings, because a reader of the graph
knows no other reader.
"""

from functools import cached_property
from typing import Any, Protocol

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Uses
from seatrial.graph.check.view import View
from seatrial.graph.values import Ref


class Reach(Protocol):
    """Tells whether one end reaches another over the network.

    An end is `internet`, a part's name or a resource's logical id; `port` None is
    any. What is given back is one sentence for the way that is open, "" for none.
    """

    def __call__(self, source: str, target: str, port: int | None = None) -> str: ...  # noqa: D102


class Plan(View):
    """One graph as rules see it; everything of `View`, and `reaches`."""

    def __init__(self, graph: Graph, reaches: Reach) -> None:
        super().__init__(graph)
        self.reaches = reaches

    def known(self, value: Any) -> Any:
        """Give a parameter's default for a reference to it, anything else as it is."""
        if isinstance(value, Ref) and (parameter := self.graph.parameters.get(value.id)):
            return parameter.default
        return value

    def part(self, resource: Resource) -> str:
        """Give the part that a resource came from; "" in a foreign template."""
        return resource.origin.part if resource.origin else ""

    @cached_property
    def parts(self) -> dict[str, list[Resource]]:
        """Give the resources of each part; a foreign template has none."""
        found: dict[str, list[Resource]] = {}
        for resource in self.graph:
            if resource.origin:
                found.setdefault(resource.origin.part, []).append(resource)
        return found

    @cached_property
    def uses(self) -> set[tuple[str, str]]:
        """Give every arrow of the system: (part, what it uses)."""
        return {(each.part, each.used) for each in self.graph.annotated(Uses)}

    @cached_property
    def users(self) -> dict[str, list[Resource]]:
        """Give the resources that name each resource, by its id."""
        found: dict[str, list[Resource]] = {}
        for id, wanted in self.needs.items():
            for other in wanted:
                found.setdefault(other, []).append(self.graph.resources[id])
        return found

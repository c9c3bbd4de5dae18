"""What a rule looks at: the graph, indexed once, and who reaches whom.

`reaches` is given by whoever asks for the findings, because a reader of the graph
knows no other reader.
"""

from typing import Protocol

from seatrial.graph import Graph
from seatrial.graph.check.view import View


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

"""The machines that run programs by Docker Compose: what a delivery does with each.

Takes a graph, gives the machines with their commands of Systems Manager, and
the jobs that nothing but a delivery starts there. It never asks AWS.
"""

from dataclasses import dataclass

from seatrial.graph import Graph
from seatrial.graph.annotations import Composed


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that a command brings to what the stack says; logical ids of the stack.

    `run` starts one of `jobs`, by its name; it is "" where there are none.
    """

    id: str
    deploy: str
    run: str
    jobs: tuple[str, ...]


def machines(graph: Graph) -> list[Machine]:
    """Give each machine of a stack once."""
    found: dict[tuple[str, str], list[Composed]] = {}
    for each in graph.annotated(Composed):
        found.setdefault((each.machine, each.deploy), []).append(each)
    return [
        Machine(
            id,
            deploy,
            next((each.run for each in theirs if each.run), ""),
            tuple(each.program for each in theirs if each.run),
        )
        for (id, deploy), theirs in found.items()
    ]

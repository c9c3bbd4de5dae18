"""What `check` tells of each example system in each environment, kept as golden lists.

`python -m tests.policy.own` writes them anew; the difference is for a person to read before
it is committed.
"""

from datetime import date
from pathlib import Path

from seatrial.graph import Graph
from seatrial.policy import findings
from seatrial.reach import Reach
from tests.golden.systems import EXAMPLES, graphs

FOLDER = Path(__file__).parent / "own"
TODAY = date(2026, 11, 21)
"""The day that versions are held against, whenever this runs."""


def systems() -> list[tuple[str, str]]:
    """Give every example with each of its environments and second regions."""
    return [(example, name) for example in EXAMPLES for name in graphs(example)]


def told(graph: Graph) -> str:
    """Give what is told of a graph, one finding a line; what is accepted, with its reason."""
    lines = []
    for each in findings(graph, Reach(graph).reaches, TODAY):
        rule = each.rule
        accepted = f" (accepted: {each.accepted})" if each.accepted else ""
        head = f"{rule.severity} {rule.id} {rule.name} {each.part}: {each.where}"
        lines.append(f"{head}: {each.what}{accepted}\n")
    return "".join(lines)


def home(example: str, name: str) -> Path:
    """Give the golden list of one system in one environment."""
    return FOLDER / f"{example}.{name}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    kept = {home(*each) for each in systems()}
    for old in set(FOLDER.iterdir()) - kept:
        old.unlink()
    for each in systems():
        home(*each).write_text(told(graphs(each[0])[each[1]]))

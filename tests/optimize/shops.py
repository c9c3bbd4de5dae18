"""Small systems to search, with the book of one region and rules that a test makes up."""

from collections.abc import Callable, Iterable

from seatrial.cli.pricing import priced
from seatrial.graph import Graph, Resource
from seatrial.policy import Finding, Rule
from seatrial.price.bill import Bill
from seatrial.price.usage import Usage


def price(graph: Graph, usage: Usage) -> Bill:
    return priced(graph, usage=usage)


def nothing_wrong(graph: Graph) -> Iterable[Finding]:
    return []


def wrong(
    type_: str, when: Callable[[Resource], bool], severity: str = "warning"
) -> Callable[[Graph], Iterable[Finding]]:
    """Make a rule that finds the resources of a type of which something is so."""
    rule = Rule("ST999", "made-up", severity, "availability", "", "", lambda plan: ())  # type: ignore[arg-type]

    def check(graph: Graph) -> Iterable[Finding]:
        for each in graph.of(type_):
            if when(each):
                yield Finding(rule, each, "", f"{each.id} is wrong", "", "")

    return check

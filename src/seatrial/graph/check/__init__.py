"""A graph held against what AWS accepts, before AWS sees it.

Takes a graph, gives every mistake that can be known without AWS, each with
the part, the resource, the property and the place in the user's file: what
AWS's schemas refuse, references that lead nowhere, and the rules that AWS
enforces without writing them into a schema. It never changes the graph, never
raises for what a graph holds, and has no taste: policy is another room.
"""

from seatrial.graph.check import balancing, database, names, network, scaling, services, tags, tasks
from seatrial.graph.check.references import check_order, check_references
from seatrial.graph.check.refused import Refused
from seatrial.graph.check.resources import check_resources
from seatrial.graph.check.rule import ANY, BY_TYPE, RULES, Rule
from seatrial.graph.check.shape import check_shapes
from seatrial.graph.check.view import View
from seatrial.graph.graph import Graph
from seatrial.mistake import Mistake

TOPICS = (balancing, database, names, network, scaling, services, tags, tasks)

__all__ = ["RULES", "TOPICS", "Refused", "Rule", "check"]


def check(graph: Graph) -> list[Mistake]:
    """Give what AWS would refuse of a graph, in the order of its resources; [] when nothing.

    Each is a `Refused` with its code, resource, path and source. The time is
    linear in the size of the graph.
    """
    view = View(graph)
    found: list[Refused] = [*check_resources(view), *check_shapes(view), *check_references(view)]
    found += check_order(view)
    # A rule presumes the right shape of what it looks at: what is wrong already is said once.
    wrong = {each.resource for each in found}
    for resource in graph:
        if resource.id in wrong:
            continue
        rules = BY_TYPE[ANY]
        if wrong.isdisjoint(view.needs[resource.id]):
            rules = [*BY_TYPE.get(resource.type, ()), *rules]
        for rule in rules:
            found += rule.check(resource, view)
    place = {id: index for index, id in enumerate(graph.resources)}
    return [*sorted(found, key=lambda each: place.get(each.resource, -1))]

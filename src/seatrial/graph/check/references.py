"""Every reference held against what the graph has.

Takes a view of a graph, gives references to resources, parameters and
attributes that do not exist, and resources that need each other in a circle.
It never judges whether a reference gives the right thing, only that it gives
one.
"""

from collections.abc import Iterator

from seatrial.graph.check.refused import Refused
from seatrial.graph.check.view import View, collect
from seatrial.graph.graph import Resource
from seatrial.graph.schema import facts, schema
from seatrial.graph.schema.faults import Steps, spell
from seatrial.graph.values import (
    GetAtt,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    Zone,
)
from seatrial.mistake import closest

SOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "intrinsic-function-reference.html"
)
PSEUDO = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)


def check_references(view: View) -> Iterator[Refused]:
    """Give the references that lead nowhere."""
    for resource in view.graph:
        for symbol, steps in view.references[resource.id]:
            if wrong := check_symbol(symbol, view, resource.id):
                yield Refused(wrong[0], resource, spell(steps), *wrong[1:], source=SOURCE)
        for other in resource.depends_on:
            if other not in view.graph.resources:
                right = closest(other, view.graph.resources)
                problem = f"names {other}, which is not in the system"
                yield Refused(
                    "no-such-resource", resource, "DependsOn", problem, right, source=SOURCE
                )
            elif other == resource.id:
                yield Refused("circle", resource, "DependsOn", "names the resource itself")
    for output in view.graph.outputs.values():
        found: list[tuple[Symbol, Steps]] = []
        collect(output.value, None, found)
        for symbol, _ in found:
            if wrong := check_symbol(symbol, view, ""):
                yield Refused(wrong[0], None, "", f"output {output.id} {wrong[1]}", wrong[2])


def check_symbol(symbol: Symbol, view: View, own: str) -> tuple[str, str, str] | None:
    """Give code, problem and what would be right for a symbol that leads nowhere."""
    wrong = None
    if isinstance(symbol, Ref | GetAtt | Secret) and symbol.id == own:
        wrong = "circle", "refers to the resource itself", ""
    elif isinstance(symbol, Ref | Secret):
        wrong = _check_name(symbol.id, view)
    elif isinstance(symbol, GetAtt):
        wrong = _check_attribute(symbol, view)
    elif isinstance(symbol, Pseudo) and symbol.name not in PSEUDO:
        problem = f"refers to {symbol.name}, which AWS does not have"
        wrong = "no-such-resource", problem, closest(symbol.name, PSEUDO)
    elif isinstance(symbol, Zone) and view.graph.region in facts.regions():
        count = facts.zones(view.graph.region)
        if not 0 <= symbol.index < count:
            problem = f"asks for zone {symbol.index + 1} of {view.graph.region}"
            wrong = "no-such-zone", problem, f"The region has {count} zones."
    return wrong


def _check_name(id: str, view: View) -> tuple[str, str, str] | None:
    graph = view.graph
    if id in graph.resources or id in graph.parameters or id in PSEUDO:
        return None
    right = closest(id, [*graph.resources, *graph.parameters])
    return "no-such-resource", f"refers to {id}, which is not in the system", right


def _check_attribute(symbol: GetAtt, view: View) -> tuple[str, str, str] | None:
    resource = view.graph.resources.get(symbol.id)
    if resource is None:
        right = closest(symbol.id, view.graph.resources)
        return "no-such-resource", f"refers to {symbol.id}, which is not in the system", right
    known = schema(resource.type)
    if known is None or symbol.attribute in known.attributes or ".*" in known.attributes:
        return None
    problem = f"asks {symbol.id} for {symbol.attribute}, which {resource.type} does not give"
    return "no-such-attribute", problem, closest(symbol.attribute, known.attributes)


def check_order(view: View) -> Iterator[Refused]:
    """Give one circle of resources that need each other, if there is one."""
    circle = find_circle(view)
    if circle:
        names = " -> ".join([*(each.id for each in circle), circle[0].id])
        problem = f"is in a circle of resources that need each other: {names}"
        right = "AWS can create none of them first; cut one of the references."
        yield Refused("circle", circle[0], "", problem, right, source=SOURCE)


def find_circle(view: View) -> list[Resource]:
    """Take away what can be created, then walk from need to need until one comes twice."""
    wanted = {id: set(others) for id, others in view.needs.items()}
    users: dict[str, list[str]] = {id: [] for id in wanted}
    for id, others in wanted.items():
        for other in others:
            users[other].append(id)
    ready = [id for id, others in wanted.items() if not others]
    while ready:
        id = ready.pop()
        del wanted[id]
        for user in users[id]:
            wanted[user].discard(id)
            if not wanted[user]:
                ready.append(user)
    if not wanted:
        return []
    id = next(iter(wanted))
    way: dict[str, int] = {}
    while id not in way:
        way[id] = len(way)
        id = min(wanted[id])
    return [view.graph[each] for each in list(way)[way[id] :]]

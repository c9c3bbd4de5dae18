"""Resources that only CloudFormation needs, and what takes their place.

Takes a graph, gives the resources that have no place in the folder, each with
the reason, and what must then come before a resource. A resource goes only
where nothing that stays speaks of it; nothing is left out without a word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seatrial.graph import Graph, Resource
from seatrial.graph.values import GetAtt, referred
from seatrial.terraform.specs import BROKERS

HANDLE = "AWS::CloudFormation::WaitConditionHandle"
CONDITION = "AWS::CloudFormation::WaitCondition"
GONE = (HANDLE, CONDITION)
"""Types that only CloudFormation answers: neither provider has them."""
NOWHERE = "file:///dev/null"
"""A URL to which `curl` sends a signal with success, and nobody hears it."""
MACHINERY = ("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup")


@dataclass(frozen=True, slots=True)
class Folded:
    """Why a resource is not in the folder, and what its `Ref` is there, None for nothing."""

    reason: str
    ref: str | None = None


def folded(graph: Graph) -> dict[str, Folded]:
    """Give the resources without a place, by their ids in the order of the graph."""
    found: dict[str, Folded] = {}
    for handle in graph.of(HANDLE):
        found[handle.id] = Folded(
            "only CloudFormation hears its signal; one that is sent goes nowhere", NOWHERE
        )
    for condition in graph.of(CONDITION):
        found[condition.id] = Folded("Terraform waits for no signal, see below")
    for custom in graph.of(BROKERS):
        reason = f"Terraform asks MSK itself, where {custom.id} is read"
        found |= {id: Folded(reason) for id in _machinery(graph, custom)}
    return {each.id: found[each.id] for each in graph if each.id in found}


def prior(graph: Graph, resource: Resource, gone: Mapping[str, Folded]) -> list[str]:
    """Give what must exist before a resource: for one that is gone, what came before that."""

    def each(these: Resource) -> Iterator[str]:
        for id in these.depends_on:
            if id in gone:
                yield from each(graph[id])
            else:
                yield id

    return list(dict.fromkeys(each(resource)))


def waiting(graph: Graph, condition: str) -> list[str]:
    """Give the resources that begin when a wait condition is met."""
    return [each.id for each in graph if condition in each.depends_on]


def _machinery(graph: Graph, custom: Resource) -> set[str]:
    """Give the function that answers, and of what it is made of what nothing else uses."""
    token = custom.properties.get("ServiceToken")
    if not isinstance(token, GetAtt) or token.id not in graph.resources:
        return set()
    users = _users(graph)
    gone = {custom.id}
    waits = [token.id]
    while waits:
        id = waits.pop(0)
        of = graph.resources.get(id)
        if of is None or of.type not in MACHINERY or id in gone or not users[id] <= gone:
            continue
        gone.add(id)
        waits += referred(of.properties)
    return gone - {custom.id}


def _users(graph: Graph) -> dict[str, set[str]]:
    """Give who speaks of each resource; an output is the user `""`."""
    users: dict[str, set[str]] = {each.id: set() for each in graph}
    for each in graph:
        for id in (*referred(each.properties), *each.depends_on):
            users.setdefault(id, set()).add(each.id)
    for output in graph.outputs.values():
        for id in referred(output.value):
            users.setdefault(id, set()).add("")
    return users

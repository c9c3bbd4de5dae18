"""What differs between a system's environments becomes a variable.

Takes the graph of one environment and those of its siblings, gives the plain
values that a sibling has otherwise, each with a name. It looks at what stands
at the same place in the same resource, and never into lists.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seatrial.graph import Graph
from seatrial.graph.values import Value
from seatrial.terraform.naming import label, merge, snake, variable_name

Place = tuple[str, ...]
"""A logical id and the names of properties that lead to a value."""
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Knob:
    """One value that the environments do not share."""

    name: str
    value: str | int | float | bool
    description: str


def prefix_of(graph: Graph) -> str:
    """Give what the names of an environment's resources begin with."""
    return f"{graph.system}-{graph.environment}"


def knobs(graph: Graph, siblings: Iterable[Graph]) -> dict[Place, Knob]:
    """Give the values of this environment that another has otherwise, by their places."""
    others = [(prefix_of(each), each) for each in siblings if each is not graph]
    prefix = prefix_of(graph)
    found: dict[Place, Knob] = {}
    names: set[str] = set()
    taken = {variable_name(each) for each in graph.parameters}
    for place, value in _values(graph):
        if isinstance(value, str) and prefix in value:
            continue  # the name of the environment in it is a variable already
        for _, other in others:
            theirs = _at(other, place)
            if type(theirs) is type(value) and theirs != value:
                name = merge(label(place[0]), "_".join(snake(each) for each in place[1:]))
                while name in names or name in taken:
                    name += "_here"
                names.add(name)
                found[place] = Knob(name, value, f"{'.'.join(place[1:])} of {place[0]}")
                break
    return found


def _values(graph: Graph) -> Iterator[tuple[Place, str | int | float | bool]]:
    for resource in graph:
        yield from _within(resource.properties, (resource.id,))


def _within(
    value: Mapping[str, Value], place: Place
) -> Iterator[tuple[Place, str | int | float | bool]]:
    for name, inner in value.items():
        here = (*place, name)
        if isinstance(inner, Mapping) and len(here) < DEEPEST:
            yield from _within(inner, here)
        elif isinstance(inner, str | int | float | bool):
            yield here, inner


def _at(graph: Graph, place: Place) -> Value:
    resource = graph.resources.get(place[0])
    value: Value = resource.properties if resource else None
    for step in place[1:]:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value

"""Properties held against the types that AWS's schemas give them.

Takes a graph that was read; a text where AWS wants an object is a mistake with its line,
so that whoever reads the graph need not ask each value what it is. Unknown types,
properties and values are left alone: AWS may know more than the schemas do.
"""

from collections.abc import Iterator

from seatrial.graph import Graph, Resource
from seatrial.graph.check.view import View
from seatrial.graph.schema import schema
from seatrial.graph.schema.faults import Fault, Faults, Steps, spell
from seatrial.graph.values import Ref, Symbol
from seatrial.mistake import Mistake, Mistakes
from seatrial.template.reading.notes import Notes


def check_types(graph: Graph, macros: bool, notes: Notes) -> None:
    """Refuse values of a wrong type; what a macro may still change is left out instead."""
    wrong = list(_wrong(graph))
    if wrong and not macros:
        raise Mistakes(
            Mistake(
                f"{spell(fault.steps)} of {resource.type} {resource.id} {fault.problem}",
                resource.origin.place if resource.origin else None,
                fault.right,
            )
            for resource, fault in wrong
        )
    for resource, fault in wrong:
        resource.properties.pop(_first(fault.steps), None)
        notes.add(f"{resource.id}: {spell(fault.steps)} is left to the macro")


def _wrong(graph: Graph) -> Iterator[tuple[Resource, Fault]]:
    view = View(graph)

    def kind(symbol: Symbol) -> str:
        # What a template does not declare is a resource that a macro or SAM makes.
        return view.kind(symbol) or ("string" if isinstance(symbol, Ref) else "")

    for resource in graph:
        known = schema(resource.type)
        if known is None:
            continue
        faults = Faults(kind)
        known.node.check(resource.properties, None, faults)
        yield from ((resource, each) for each in faults.found if each.code == "wrong-type")


def _first(steps: Steps) -> str:
    name: str | int = ""
    while steps:
        steps, name = steps
    return str(name)

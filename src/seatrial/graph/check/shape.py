"""Every resource held against AWS's schema of its type.

Takes a view of a graph, gives what the schemas refuse: unknown types and
properties, missing ones, wrong types and values, properties that only AWS
sets. It never looks from one resource to another, except for what a reference
becomes.
"""

import json
from collections.abc import Iterator
from typing import Any

from seatrial.graph.check.refused import Refused
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource
from seatrial.graph.schema import Schema, known_types, schema
from seatrial.graph.schema.faults import Fault, Faults, spell
from seatrial.graph.schema.types import reach
from seatrial.mistake import closest

SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


def check_shapes(view: View) -> Iterator[Refused]:
    """Give what the schemas refuse, resource by resource."""
    for resource in view.graph:
        known = schema(resource.type)
        if known is None:
            yield unknown_type(resource)
        elif view.graph.region in known.absent:
            problem = f"is a type that the region {view.graph.region} does not have"
            yield Refused("type-not-in-region", resource, "", problem, source=SOURCE)
        else:
            yield from check_shape(resource, known, view)


def unknown_type(resource: Resource) -> Refused:
    """Say that a type is unknown: to AWS, or only to the pack."""
    if resource.type in known_types():
        right = "A developer adds it to src/seatrial/graph/schema/types.txt."
        return Refused(
            "type-not-packed", resource, "", "is a type outside the packed subset", right
        )
    right = closest(resource.type, known_types())
    if not right.startswith("Did"):
        right = "See AWS's list of resource types."
    return Refused("unknown-type", resource, "", "is not a type that AWS has", right, source=SOURCE)


def check_shape(resource: Resource, known: Schema, view: View) -> Iterator[Refused]:
    """Give what one schema refuses of one resource."""
    faults = Faults(view.kind)
    known.node.check(resource.properties, None, faults)
    for pointer in known.read_only:
        if pointer[0] in resource.properties:
            for steps, _ in reach(resource.properties, pointer, faults):
                faults.add("read-only", steps, "is set by AWS alone", "Leave it out.")
    found = faults.found
    yield from (_refuse(resource, fault, SOURCE) for fault in found)
    if found:
        return  # the rules presume the right shape, and would only say the same again
    for rule in known.rules:
        for steps, value in reach(resource.properties, rule.path, faults):
            faults = Faults(view.kind)
            if rule.is_policy and isinstance(value, str):
                value = read_json(value)  # noqa: PLW2901 - AWS takes a policy as text too
            rule.node.check(value, steps, faults)
            for fault in faults.found[:1]:
                yield _refuse(resource, fault, rule.source or SOURCE, rule.code)


def read_json(text: str) -> Any:
    """Read JSON; a text that is none stays as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _refuse(resource: Resource, fault: Fault, source: str, code: str = "") -> Refused:
    path, code = spell(fault.steps), code or fault.code
    right = fault.right
    if fault.code == "unknown-property" and right.startswith("Known: "):
        right = right.replace("Known: ", "It has ", 1)
    return Refused(code, resource, path, fault.problem, right, source=source)

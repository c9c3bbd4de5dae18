"""A template that Seatrial wrote, back to the graph that it was rendered from.

Symbols are read as they stand, annotations and parts come from the template's
Metadata. What is known only when a task runs comes back as the text that AWS gets.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.graph import Annotation, Graph, Output, Resource
from seatrial.graph.annotations import Expected
from seatrial.graph.encoding import decode_annotation
from seatrial.graph.graph import Origin
from seatrial.graph.measures import NoLevels, read_levels
from seatrial.mistake import Mistake
from seatrial.template.reading.literal import DEFINITION, symbolic, task_secrets
from seatrial.template.reading.parameters import declared, meanings
from seatrial.template.reading.sections import Sections

KEY = "Seatrial"


def is_own(sections: Sections) -> bool:
    """Tell whether Seatrial wrote a template, and nobody added what it does not write."""
    added = sections.conditions or sections.mappings or sections.transforms or sections.loops
    said = said_by(sections)
    named = isinstance(said.get("System"), str) and isinstance(said.get("Environment"), str)
    return named and not added


def said_by(sections: Sections) -> Mapping[str, Any]:
    """Give what Seatrial wrote of itself into a template's Metadata, empty where it did not."""
    said = sections.metadata.get(KEY)
    return said if isinstance(said, dict) else {}


def annotations(sections: Sections) -> list[Annotation]:
    """Give the annotations that a template carries."""
    said = said_by(sections).get("Annotations") or []
    try:
        found = [decode_annotation(each) for each in said]
        for each in found:
            if isinstance(each, Expected):
                read_levels(each.measure, [each.low, each.expected, each.high])
    except (TypeError, KeyError, AttributeError, NoLevels):
        raise Mistake(
            "the Annotations in Metadata, Seatrial are not as Seatrial writes them",
            sections.written.place("Metadata", KEY),
            "Take them away, or write the template again with `seatrial template`.",
        ) from None
    return found


def origin(sections: Sections, id: str) -> Origin:
    """Give a resource's line in the template, with its part where its metadata tells one."""
    parts = said_by(sections).get("Parts")
    part = parts.get(id) if isinstance(parts, dict) else _construct(sections.resources[id])
    place = sections.written.place("Resources", id)
    return Origin(part if isinstance(part, str) else "", place)


def _construct(entry: Mapping[str, Any]) -> str:
    """Give the construct of a stack that CDK made a resource for, "" where it does not say.

    The path in the metadata is stack, construct, what is inside it:
    https://unpkg.com/aws-cdk-lib@2.142.1/cx-api/lib/metadata.d.ts
    """
    path = (entry.get("Metadata") or {}).get("aws:cdk:path")
    steps = path.split("/") if isinstance(path, str) else []
    return steps[1] if len(steps) > 2 else ""


def depends_on(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what a resource says that it comes after."""
    said = entry.get("DependsOn") or ()
    return (said,) if isinstance(said, str) else tuple(said)


def read_own(sections: Sections, given: Mapping[str, str], region: str) -> Graph:
    """Give the graph; a given parameter becomes that parameter's default."""
    known = meanings(sections, given, region)
    said = said_by(sections)
    graph = Graph(
        str(said.get("System") or sections.written.stem),
        str(said.get("Environment") or ""),
        region,
        sections.description,
        parameters={
            id: declared(id, entry, known[id] if id in given else None)
            for id, entry in sections.parameters.items()
        },
        annotations=annotations(sections),
    )
    for id, entry in sections.resources.items():
        graph.resources[id] = Resource(
            id,
            entry["Type"],
            {key: symbolic(each) for key, each in (entry.get("Properties") or {}).items()},
            origin(sections, id),
            depends_on(entry),
            entry.get("DeletionPolicy"),
            entry.get("UpdateReplacePolicy"),
            metadata=entry.get("Metadata") or {},
        )
    for definition in graph.of(DEFINITION):
        task_secrets(definition.properties, lambda id: id)
    for id, entry in sections.outputs.items():
        text = str(entry.get("Description") or "")
        graph.outputs[id] = Output(id, symbolic(entry.get("Value")), text)
    return graph

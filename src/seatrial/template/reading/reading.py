"""From a template's file to its graph.

A template that Seatrial wrote is read as it stands, with its annotations and parts. Any
other is evaluated: parameters get what they stand for, conditions are decided, functions
come to what they can, and nested stacks in files are read along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.graph import Graph
from seatrial.graph.schema import facts
from seatrial.graph.values import Ref
from seatrial.mistake import Mistake, closest
from seatrial.template.reading.evaluated import Evaluated, macros
from seatrial.template.reading.literal import DEFINITION, task_secrets
from seatrial.template.reading.notes import Notes
from seatrial.template.reading.own import is_own, read_own, said_by
from seatrial.template.reading.refused import too_deep
from seatrial.template.reading.sections import divide
from seatrial.template.reading.shapes import check_types
from seatrial.template.reading.written import read_written

REGION = "us-east-1"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a template says, and the sentences that tell what was assumed."""

    graph: Graph
    assumptions: tuple[str, ...] = ()


def read_template(
    file: Path, parameters: Mapping[str, str] | None = None, region: str | None = None
) -> Reading:
    """Read a template; `Mistake` names file and line of what is wrong."""
    try:
        return _read(file, parameters or {}, region)
    except RecursionError:
        raise too_deep(str(file.absolute())) from None


def _read(file: Path, given: Mapping[str, str], region: str | None) -> Reading:
    sections = divide(read_written(file))
    notes = Notes()
    said = said_by(sections).get("Region") if region is None else region
    if not isinstance(said, str):
        said = REGION
        notes.add(f"the region is {REGION}; --region says another")
    if said not in facts.regions():
        raise Mistake(f"{said!r} is not an AWS region", right=closest(said, facts.regions()))
    if is_own(sections):
        graph = read_own(sections, given, said)
    else:
        graph = Evaluated(sections, given, said, notes).graph()
        for definition in graph.of(DEFINITION):
            task_secrets(definition.properties, lambda id: _secret(graph, id))
    check_types(graph, bool(macros(sections)), notes)
    return Reading(graph, tuple(notes.said))


def _secret(graph: Graph, id: str) -> str:
    """Give the secret that an id stands for: itself, or the one that an attachment is of."""
    resource = graph.resources.get(id)
    if resource is not None and resource.type == ATTACHMENT:
        of = resource.properties.get("SecretId")
        resource = graph.resources.get(of.id) if isinstance(of, Ref) else None
    return resource.id if resource is not None and resource.type == SECRET else ""

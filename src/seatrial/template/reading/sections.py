"""The sections of a template, held against what each must be.

Takes what a file says; gives its sections with the right shapes. A file that is no
template is one `Mistake` with its line. What stands inside properties is not looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.mistake import Mistake, Place, closest
from seatrial.template.reading.written import Written

_TYPE = re.compile(r"\w+(?:::[\w@-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sections:
    """A template by its sections; a missing one is empty.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
    """

    written: Written
    description: str
    metadata: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]
    loops: tuple[str, ...]
    """`Fn::ForEach` in the place of a resource."""
    outputs: Mapping[str, Mapping[str, Any]]
    transforms: tuple[str, ...]


def divide(written: Written) -> Sections:
    """Give the sections of what was written."""
    data = written.data
    if not isinstance(data, dict) or not data.get("Resources"):
        raise _no_template(written)
    resources, loops = {}, []
    for id, entry in _mapping(written, "Resources").items():
        if id.startswith("Fn::"):
            loops.append(id)
        else:
            resources[id] = _resource(written, id, entry)
    metadata = data.get("Metadata")
    return Sections(
        written=written,
        description=str(data.get("Description") or ""),
        metadata=metadata if isinstance(metadata, dict) else {},
        parameters=dict(_entries(written, "Parameters", "Type")),
        mappings=dict(_entries(written, "Mappings")),
        conditions=_mapping(written, "Conditions"),
        resources=resources,
        loops=tuple(loops),
        outputs={id: each for id, each in _entries(written, "Outputs") if "Fn::" not in id},
        transforms=tuple(_transforms(data.get("Transform"))),
    )


def _no_template(written: Written) -> Mistake:
    data = written.data
    right = "Give a file with a section Resources."
    if not isinstance(data, dict):
        held = "nothing" if data is None else "no mapping of sections"
        return Mistake(f"this is no CloudFormation template: it holds {held}", _at(written), right)
    if "Resources" in data:
        place = written.place("Resources")
        return Mistake("this is no CloudFormation template: Resources is empty", place)
    near = [key for key in data if closest(key, ["Resources"]).startswith("Did")]
    if near:
        right = f"Write Resources for {near[0]}."
    what = "this is no CloudFormation template: it has no section Resources"
    return Mistake(what, written.place(near[0]) if near else _at(written), right)


def _at(written: Written) -> Any:
    return written.place()


def _mapping(written: Written, section: str) -> dict[str, Any]:
    """Give a section that must be a mapping, empty where it is missing."""
    found = written.data.get(section)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Mistake(f"{section} must be a mapping of names", written.place(section))
    return found


def _entries(
    written: Written, section: str, wanted: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in _mapping(written, section).items():
        if name.startswith("Fn::"):
            continue
        place = written.place(section, name)
        if not isinstance(entry, dict):
            raise Mistake(f"{section}, {name!r}: this must be a mapping", place)
        if wanted and not (isinstance(entry.get(wanted), str) and entry[wanted]):
            raise Mistake(f"{section}, {name!r}: {wanted} must be a text", place)
        yield name, entry


def _resource(written: Written, id: str, entry: Any) -> dict[str, Any]:
    place = written.place("Resources", id)
    if not isinstance(entry, dict):
        raise Mistake(f"resource {id!r} must be a mapping with a Type", place)
    if not (isinstance(entry.get("Type"), str) and entry["Type"]):
        near = [key for key in entry if key.lower() == "type"]
        right = f"Write Type for {near[0]}." if near and near[0] != "Type" else ""
        raise Mistake(f"resource {id!r} has no Type", place, right)
    if not _TYPE.fullmatch(entry["Type"]):
        what = f"resource {id!r}: {entry['Type']!r} is no type of a resource"
        raise Mistake(what, place, "Write e.g. AWS::S3::Bucket.")
    for name, kinds, what in (
        ("Properties", dict, "a mapping"),
        ("Metadata", dict, "a mapping"),
        ("Condition", str, "the name of a condition"),
        ("DependsOn", (str, list), "the name of a resource, or a list of names"),
    ):
        held = entry.get(name)
        if held is not None and not isinstance(held, kinds):
            raise Mistake(f"resource {id!r}: {name} must be {what}", place)
    if not all(isinstance(each, str) for each in entry.get("DependsOn") or ()):
        raise Mistake(f"resource {id!r}: DependsOn must be a list of names", place)
    _check_acceptances(id, entry, place)
    return entry


def _check_acceptances(id: str, entry: Mapping[str, Any], place: Place) -> None:
    """Hold `Metadata: {Seatrial: {accept: ...}}` to rules with reasons, as `check` takes them."""
    said = (entry.get("Metadata") or {}).get("Seatrial")
    accepted = said.get("accept") if isinstance(said, dict) else None
    right = "Write e.g. accept: {nat-in-another-zone: one zone is enough for tests}."
    if accepted is not None and not isinstance(accepted, dict):
        raise Mistake(f"resource {id!r}: accept must give each rule a reason", place, right)
    for rule, reason in (accepted or {}).items():
        if not isinstance(reason, str) or not reason.strip():
            raise Mistake(f"resource {id!r}: accept of {rule!r} needs a reason", place, right)


def _transforms(said: Any) -> Iterator[str]:
    for each in said if isinstance(said, list) else [said]:
        name = each.get("Name") if isinstance(each, dict) else each
        if name is not None:
            yield str(name)

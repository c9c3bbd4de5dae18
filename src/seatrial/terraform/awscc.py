"""The `awscc` provider's schemas, derived from CloudFormation's.

HashiCorp generates that provider from the same schemas that
`seatrial.graph.schema` packs, so its attributes follow by rule:
https://github.com/hashicorp/terraform-provider-awscc/blob/main/contributing/schemas.md
Takes a resource type, gives the schema of its Terraform resource. It never
reads a graph.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from seatrial.graph.schema import Schema, schema
from seatrial.terraform.kinds import (
    BOOL,
    JSON,
    NUMBER,
    TEXT,
    Attribute,
    Kind,
    Many,
    Mode,
    Object,
    Scalar,
)
from seatrial.terraform.naming import awscc_attribute, snake

SCALARS: dict[str, Scalar] = {
    "string": TEXT,
    "integer": NUMBER,
    "number": NUMBER,
    "boolean": BOOL,
}


@cache
def awscc_schema(type: str) -> Object:  # noqa: A002 - AWS's own word
    """Give the schema of a type's `awscc` resource; KeyError for a type that is not packed."""
    packed = schema(type)
    if packed is None:
        raise KeyError(type)
    read_only = {path[0] for path in packed.read_only if len(path) == 1}
    required = set(packed.required)
    attributes = {"id": Attribute("id", TEXT, "computed")}
    for name, node in packed.properties.items():
        mode: Mode = (
            "computed" if name in read_only else "required" if name in required else "optional"
        )
        written = awscc_attribute(type, name)
        attributes[written] = Attribute(written, _kind(packed, node, ()), mode, name)
    return Object(attributes)


def _kind(packed: Schema, node: Mapping[str, Any], within: tuple[str, ...]) -> Kind:
    """Give a schema node's kind; `within` names the definitions that it stands in."""
    while "$ref" in node:
        name = node["$ref"].removeprefix("#/definitions/")
        if name in within:
            return JSON  # a type that holds itself has no end: the provider takes JSON
        within = (*within, name)
        node = packed.definitions[name]
    stated = node.get("type", "object")
    names = {stated} if isinstance(stated, str) else set(stated)
    if len(names) > 1:
        # One of several: the provider takes the text, which holds JSON for an object.
        return JSON if "object" in names else TEXT
    if "properties" in node:
        return _object(packed, node, within)
    if node.get("patternProperties"):
        first = min(node["patternProperties"])  # the generator ignores the others
        return Many("map", _kind(packed, node["patternProperties"][first], within))
    if "items" in node:
        is_set = node.get("uniqueItems", False) and not node.get("insertionOrder", True)
        return Many("set" if is_set else "list", _kind(packed, node["items"], within))
    return SCALARS.get(names.pop(), JSON)


def _object(packed: Schema, node: Mapping[str, Any], within: tuple[str, ...]) -> Object:
    required = node.get("required", ())
    return Object(
        {
            snake(name): Attribute(
                snake(name),
                _kind(packed, inner, within),
                "required" if name in required else "optional",
                name,
            )
            for name, inner in node["properties"].items()
        }
    )

"""One resource of every type, with every property that AWS's schema names.

Made from the packed CloudFormation schemas: a plain value for each property, one item in each
list. The values mean nothing to AWS; their shapes are what a template may hold.
"""

import re
from collections.abc import Mapping
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.schema import schema
from seatrial.graph.values import Secret
from seatrial.mistake import Mistake, Mistakes
from seatrial.terraform import folder
from seatrial.terraform.target import WHERE_SECRET

SECRET = "Credentials"
PLAIN = {"string": "1111", "integer": 1, "number": 1, "boolean": True, "object": {"a": "b"}}
REFUSED = re.compile(r"as Terraform: ([\w.*-]+): ")


def sample(definitions: Mapping[str, Any], node: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """Give a value of a schema node, None where the node holds only itself."""
    while "$ref" in node:
        name = node["$ref"].removeprefix("#/definitions/")
        if name in within:
            return None
        within = (*within, name)
        node = definitions[name]
    if "properties" in node:
        inner = {
            name: sample(definitions, each, within) for name, each in node["properties"].items()
        }
        return {name: value for name, value in inner.items() if value is not None}
    if "items" in node:
        item = sample(definitions, node["items"], within)
        return None if item is None else [item]
    if node.get("patternProperties"):
        first = node["patternProperties"][min(node["patternProperties"])]
        return {"name": sample(definitions, first, within)}
    if "enum" in node:
        return node["enum"][0]
    kind = node.get("type", "object")
    return ["1111"] if kind == "array" else PLAIN[kind if isinstance(kind, str) else kind[0]]


def animal(type_: str) -> dict[str, Any]:
    """Give every property of a type that may be set."""
    known = schema(type_)
    assert known is not None
    read_only = {path[0] for path in known.read_only if len(path) == 1}
    values = {
        name: sample(known.definitions, node, ())
        for name, node in known.properties.items()
        if name not in read_only
    }
    given = {name: value for name, value in values.items() if value is not None}
    if type_ in WHERE_SECRET:
        given["MasterUserPassword"] = Secret(SECRET, "password", dynamic=True)
    return given


def graph_of(animals: Mapping[str, tuple[str, dict[str, Any]]]) -> Graph:
    """Put resources, by their logical ids, into one graph with a secret to speak of."""
    graph = Graph("zoo", "test", "us-east-1")
    graph.add(Resource(SECRET, "AWS::SecretsManager::Secret", {"Name": "zoo-test/credentials"}))
    for id, (type_, properties) in animals.items():
        graph.add(Resource(id, type_, properties))
    return graph


def tame(type_: str) -> tuple[dict[str, Any] | None, list[str]]:
    """Give a type's properties that Terraform takes, and the paths of those that it refuses.

    None where the type itself is refused. Each refusal is one message that names its path.
    """
    properties = animal(type_)
    refused: list[str] = []
    while True:
        try:
            folder(graph_of({"Animal": (type_, properties)}))
        except Mistake as told:
            (mistake,) = told.found if isinstance(told, Mistakes) else (told,)
            found = REFUSED.search(str(mistake))
            if found is None:
                return None, [str(mistake)]
            assert found[1] not in refused, mistake
            refused.append(found[1])
            _remove(properties, found[1].split("."))
        else:
            return properties, refused


def _remove(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _remove(each, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict) and path[0] in value:
        _remove(value[path[0]], path[1:])

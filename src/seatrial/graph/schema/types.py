"""One resource type's packed schema, read when it is first asked for.

Takes a type's name, gives its schema: the node that its properties are held
against and what AWS says about single properties. It never reads a graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from seatrial.graph.schema.faults import Faults, Steps, is_there
from seatrial.graph.schema.lines import Lines, read_lines
from seatrial.graph.schema.node import Document, Node

DATA = Path(__file__).parent / "data"
CUSTOM = "AWS::CloudFormation::CustomResource"

Pointer = tuple[str, ...]
"""A property's path: names, and `*` for every item of a list."""


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule of cfn-lint that is itself a schema, for the values at `path`."""

    code: str
    says: str
    source: str
    path: Pointer
    node: Node
    is_policy: bool


@dataclass(frozen=True)
class Schema:
    """What AWS says about one resource type."""

    type: str
    packed: Lines

    @property
    def raw(self) -> Mapping[str, Any]:
        """Give the schema's own node, as JSON."""
        node: Mapping[str, Any] = self.packed["schema"]
        return node

    @cached_property
    def document(self) -> Document:
        """Give the document that the type's nodes come from."""
        return Document(self.definitions)

    @cached_property
    def node(self) -> Node:
        """Give the node that all properties together are held against."""
        return self.document.node(self.raw)

    @cached_property
    def rules(self) -> tuple[LintRule, ...]:
        """Give the rules that are schemas beside AWS's own."""
        return tuple(
            LintRule(
                each["code"],
                each["says"],
                each["source"],
                tuple(each["path"]),
                policy_node(each["policy"])
                if "policy" in each
                else self.document.node(each["schema"]),
                "policy" in each,
            )
            for each in self.packed["rules"]
        )

    @property
    def properties(self) -> Mapping[str, Any]:
        """Give the properties' own schema nodes, as JSON."""
        named: Mapping[str, Any] = self.raw["properties"]
        return named

    @cached_property
    def definitions(self) -> Mapping[str, Any]:
        """Give the nodes that `$ref: #/definitions/...` names, as JSON."""
        return self.packed.under("definitions")

    @property
    def required(self) -> tuple[str, ...]:
        """Give the properties that must be set."""
        return tuple(self.raw.get("required", ()))

    @property
    def attributes(self) -> Mapping[str, str]:
        """Give the JSON type of each attribute that Fn::GetAtt gives, "" where unknown."""
        named: Mapping[str, str] = self.packed["attributes"]
        return named

    @cached_property
    def read_only(self) -> tuple[Pointer, ...]:
        """Give the properties that AWS sets and nobody else; a custom resource has none."""
        if self.type == CUSTOM or self.type.startswith("Custom::"):
            return ()
        return self._pointers("readOnlyProperties")

    @cached_property
    def create_only(self) -> tuple[Pointer, ...]:
        """Give the properties whose change replaces the resource."""
        return self._pointers("createOnlyProperties")

    @cached_property
    def may_replace(self) -> tuple[Pointer, ...]:
        """Give the properties whose change replaces the resource in some cases."""
        return self._pointers("conditionalCreateOnlyProperties")

    @cached_property
    def write_only(self) -> tuple[Pointer, ...]:
        """Give the properties that AWS takes and never shows again."""
        return self._pointers("writeOnlyProperties")

    @cached_property
    def primary_identifier(self) -> tuple[Pointer, ...]:
        """Give the properties that name a resource; Ref gives them, as one text."""
        return self._pointers("primaryIdentifier")

    @property
    def absent(self) -> tuple[str, ...]:
        """Give the regions that do not have this type."""
        return tuple(self.packed["absent"])

    def _pointers(self, key: str) -> tuple[Pointer, ...]:
        return tuple(tuple(path) for path in self.packed[key])


@cache
def schema(type: str) -> Schema | None:  # noqa: A002 - AWS's own word
    """Give a type's packed schema, None where the pack has none."""
    known = CUSTOM if type.startswith("Custom::") else type
    file = DATA / "types" / f"{known.replace('::', '-')}.tsv"
    if not known.isascii() or "/" in known or "\0" in known:
        return None
    try:
        return Schema(type, read_lines(file))
    except OSError:
        return None


@cache
def policies() -> tuple[Lines, Document]:
    """Read the schemas of policy documents."""
    packed = read_lines(DATA / "policies.tsv")
    return packed, Document(packed.under("definitions"))


def policy_node(kind: str) -> Node:
    """Give the node that a kind of policy document is held against."""
    packed, document = policies()
    return document.node(packed[f"schema/{kind}"])


@cache
def known_types() -> frozenset[str]:
    """Give every type that AWS's CloudFormation has, packed or not."""
    return frozenset((DATA / "known.txt").read_text("utf-8").split())


def reach(value: Any, pointer: Pointer, faults: Faults, steps: Steps = None) -> list[Any]:
    """Give what a pointer leads to inside a value, each as (steps, value)."""
    if not pointer:
        return [(steps, value)] if is_there(value, faults) else []
    first, rest = pointer[0], pointer[1:]
    if first == "*":
        if not isinstance(value, list | tuple):
            return []
        return [
            found
            for index, item in enumerate(value)
            for found in reach(item, rest, faults, (steps, index))
        ]
    if isinstance(value, Mapping) and first in value:
        return reach(value[first], rest, faults, (steps, first))
    return []

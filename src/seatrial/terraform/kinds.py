"""What a Terraform attribute can hold.

Takes nothing, gives the words in which a provider's schema is told: scalars,
lists, sets, maps, objects, and text that is JSON. It knows no provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["required", "optional", "computed"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: `string`, `number`, `bool`, or `json`, a text that holds JSON."""

    name: Literal["string", "number", "bool", "json", "dynamic"]


@dataclass(frozen=True, slots=True)
class Many:
    """A list, set or map of one kind."""

    nesting: Literal["list", "set", "map"]
    of: "Kind"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute or block of a resource or of an object.

    `property` is CloudFormation's name for it, "" where a table says it. A
    block is written without `=`; `many` of them may follow each other.
    """

    name: str
    kind: "Kind"
    mode: Mode
    property: str = ""
    is_block: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """Named attributes, by Terraform's names."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)


Kind = Scalar | Many | Object

TEXT, NUMBER, BOOL, JSON = Scalar("string"), Scalar("number"), Scalar("bool"), Scalar("json")
DYNAMIC = Scalar("dynamic")


def at(kind: Kind, path: tuple[str, ...]) -> Kind | None:
    """Give the kind of what a path of attribute names leads to, None where there is nothing."""
    for step in path:
        if not isinstance(kind, Object) or step not in kind.attributes:
            return None
        kind = kind.attributes[step].kind
    return kind

"""What a property's value is, as far as a graph can say it, and what was assumed.

Takes symbolic values; gives plain ones, the logical id that a reference leads to, or
UNKNOWN. Parameters have their defaults; what only AWS knows gets a stand-in where one
will do. Each assumption is noted with the resource that needed it, once.
"""

from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.scalars import number, truth
from seatrial.graph.values import AtRun, GetAtt, Intrinsic, Join, Pseudo, Ref, Value, Zone
from seatrial.reach.addresses import Block, block, written

UNKNOWN = "?"
"""A value that nothing here can tell."""


class Reading:
    """One graph's values, read."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.assumed: dict[str, list[str]] = {}
        """What was assumed, by the logical id of the resource that needed it."""
        self._vpcs6: dict[str, str] = {}

    def assume(self, resource: str, text: str) -> None:
        """Note what was assumed about a resource."""
        there = self.assumed.setdefault(resource, [])
        if text not in there:
            there.append(text)

    def get(self, resource: Resource, *path: str | int, default: Any = None) -> Any:
        """Give the plain value at a path of a resource's properties."""
        value: Any = resource.properties
        for step in path:
            value = self._plain(value, resource.id)
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                value = None
            if value is None:
                return default
        found = self._plain(value, resource.id)
        return default if found is None else found

    def plain(self, value: Value, resource: str) -> Any:
        """Give a value without symbols on its outside; UNKNOWN where nothing can tell it."""
        return self._plain(value, resource)

    def items(self, value: Value, resource: str) -> list[Any]:
        """Give a list's members, each still as it is written; a single value is a list of one."""
        found = self._plain(value, resource)
        if found is None:
            return []
        if found is UNKNOWN:
            return [value]
        if isinstance(found, list | tuple):
            flat: list[Any] = []
            for each in found:
                inner = self._plain(each, resource) if isinstance(each, Intrinsic) else each
                if isinstance(inner, list):
                    flat += inner
                elif inner is not None:
                    flat.append(inner)
            return flat
        return [found]

    def records(self, value: Value, resource: str) -> list[dict[str, Any]]:
        """Give a list's members, an empty one for each that nothing can tell."""
        several = [self._plain(each, resource) for each in self.items(value, resource)]
        return [each if isinstance(each, dict) else {} for each in several]

    def record(self, resource: Resource, *path: str) -> dict[str, Any]:
        """Give the properties at a path, none where nothing can tell them."""
        found = self.get(resource, *path)
        return found if isinstance(found, dict) else {}

    def fields(self, value: Value, resource: str) -> dict[str, Any]:
        """Give the properties inside a value, none where nothing can tell them."""
        found = self._plain(value, resource)
        return found if isinstance(found, dict) else {}

    def names(self, value: Value, resource: str) -> list[str]:
        """Give the ids that a list of references leads to."""
        return [self.name(each, resource) for each in self.items(value, resource)]

    def name(self, value: Value, resource: str) -> str:
        """Give the logical id that a reference leads to, else a text that stands for it."""
        found = value
        if not (isinstance(value, Ref) and value.id in self.graph.resources):
            found = self._plain(value, resource)
        if isinstance(found, Ref):
            return found.id
        if isinstance(found, GetAtt):
            default = found.attribute.startswith("Default")  # a VPC's own group or network ACL
            return f"{found.id}.{found.attribute}" if default else found.id
        known = isinstance(found, str | int) and found is not UNKNOWN
        return str(found) if known else _text(value)

    def number(self, value: Value, resource: str) -> int | None:
        """Give a whole number, None where there is none or nothing can tell it."""
        found = number(self._plain(value, resource))
        return None if found is None else int(found)

    def truth(self, value: Value, resource: str) -> bool | None:
        """Give a yes or no, None where it is not written or nothing can tell it."""
        return truth(self._plain(value, resource))

    def block(self, value: Value, resource: str) -> Block | None:
        """Give a block of addresses, None where nothing can tell it."""
        found = self._plain(value, resource)
        if isinstance(found, list) and found:
            found = self._plain(found[0], resource)
        return block(found) if isinstance(found, str) else None

    def _plain(self, value: Value, resource: str) -> Any:
        if isinstance(value, str | int | float | bool | dict | list) or value is None:
            return value
        found: Any = UNKNOWN
        match value:
            case Ref():
                found = self._ref(value, resource)
            case GetAtt():
                found = self._attribute(value, resource)
            case Pseudo():
                found = self._pseudo(value)
            case Join():
                pieces = [self._plain(each, resource) for each in value.parts]
                found = "".join(each if isinstance(each, str) else UNKNOWN for each in pieces)
            case Zone():
                found = f"zone {value.index}"
            case AtRun():
                found = value.aws
            case tuple():
                found = list(value)
            case Intrinsic():
                found = self._intrinsic(value, resource)
        return found

    def _ref(self, value: Ref, resource: str) -> Any:
        parameter = self.graph.parameters.get(value.id)
        if parameter is None:
            return value
        if parameter.default in (None, ""):
            return value
        self.assume(resource, f"parameter {value.id} is its default, {parameter.default}")
        if "List<" in parameter.type or parameter.type == "CommaDelimitedList":
            return [each.strip() for each in str(parameter.default).split(",")]
        return parameter.default

    def _attribute(self, value: GetAtt, resource: str) -> Any:
        there = self.graph.resources.get(value.id)
        if there is not None and value.attribute in ("CidrBlock", "Ipv6CidrBlock"):
            found = there.properties.get(value.attribute)
            return value if found is None else self._plain(found, resource)
        if there is not None and value.attribute == "Ipv6CidrBlocks":
            return [self.vpc6(value.id)]
        return value

    def vpc6(self, vpc: str) -> str:
        """Give the IPv6 block that AWS would give a VPC: a stand-in, noted."""
        if vpc not in self._vpcs6:
            self._vpcs6[vpc] = f"2600:1f00:0:{len(self._vpcs6):x}00::/56"
            self.assume(vpc, f"AWS gives it an IPv6 block; {self._vpcs6[vpc]} stands for it")
        return self._vpcs6[vpc]

    def _pseudo(self, value: Pseudo) -> Any:
        if value.name == "AWS::Region":
            return self.graph.region or UNKNOWN
        if value.name == "AWS::NoValue":
            return None
        return {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}.get(value.name, UNKNOWN)

    def _intrinsic(self, value: Intrinsic, resource: str) -> Any:
        name = value.name.removeprefix("Fn::")
        if name == "GetAZs":
            return [f"zone {index}" for index in range(6)]
        argument = value.argument
        if not isinstance(argument, list | tuple) or len(argument) < 2:
            return UNKNOWN
        found: Any = UNKNOWN
        match name:
            case "If" if len(argument) == 3:
                self.assume(resource, f"condition {argument[0]} holds")
                found = self._plain(argument[1], resource)
            case "Select":
                found = self._select(argument, resource)
            case "Split":
                whole = self._plain(argument[1], resource)
                if isinstance(whole, str) and whole is not UNKNOWN:
                    found = whole.split(argument[0])
            case "Join":
                pieces = [self._plain(e, resource) for e in self.items(argument[1], resource)]
                if all(isinstance(each, str) and each is not UNKNOWN for each in pieces):
                    found = str(argument[0]).join(pieces)
            case "Cidr":
                found = self._cidrs(argument, resource)
        return found

    def _select(self, argument: Any, resource: str) -> Any:
        index, several = self.number(argument[0], resource), self._plain(argument[1], resource)
        if isinstance(several, list) and index is not None and index < len(several):
            return self._plain(several[index], resource)
        # One of a list that somebody gives: told apart from the others by its place.
        given = isinstance(argument[1], Ref)
        return f"{_text(argument[1])}[{index}]" if given else UNKNOWN

    def _cidrs(self, argument: Any, resource: str) -> Any:
        whole = self.block(argument[0], resource)
        count = self.number(argument[1], resource)
        if whole is None or count is None:
            return UNKNOWN
        width = 32 if whole.family == 4 else 128
        bits = self.number(argument[2], resource) if len(argument) > 2 else None
        size = 1 << (bits if bits is not None else (width - 64 if whole.family == 6 else 8))
        return [
            written(Block(whole.family, low, low + size - 1))
            for low in range(whole.low, min(whole.low + count * size, whole.high), size)
        ]


def _text(value: Value) -> str:
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, GetAtt):
        return f"{value.id}.{value.attribute}"
    if isinstance(value, Intrinsic):
        return f"{value.name.removeprefix('Fn::')} {_text(value.argument)}"
    if isinstance(value, Join):
        return "".join(_text(each) for each in value.parts)
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    return str(value)

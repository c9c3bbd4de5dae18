"""What a template's functions come to, as far as the template says.

Takes a value as it is written and the scope of its template; gives the value with each
function replaced by what it comes to, and by a symbol where only AWS knows that.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from itertools import islice
from typing import Any

from seatrial.graph.schema import facts
from seatrial.graph.values import (
    SYMBOLS,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Value,
    Zone,
    join,
)
from seatrial.mistake import closest
from seatrial.template.reading.literal import joined
from seatrial.template.reading.parameters import pieces, spelled
from seatrial.template.reading.scope import ABSENT, Absent, Scope

MOST_NETWORKS = 256
"""`Fn::Cidr` makes at most so many."""


def value(scope: Scope, raw: Any) -> Value | Absent:
    """Give what a value comes to; ABSENT where it is left out."""
    if isinstance(raw, dict):
        if len(raw) == 1:
            ((name, argument),) = raw.items()
            if name == "Ref" or name.startswith("Fn::"):
                return _function(scope, name, argument)
        return mapping(scope, raw)
    return several(scope, raw) if isinstance(raw, list) else raw


def mapping(scope: Scope, raw: Mapping[str, Any]) -> dict[str, Value]:
    """Give a mapping's values, without those that are left out."""
    made = {}
    for name, inner in raw.items():
        if name == "Fn::Transform":
            scope.note("Fn::Transform stands here; what it adds is not read")
            continue
        there = value(scope, inner)
        if there is not ABSENT and there is not None:
            made[name] = there
    return made


def several(scope: Scope, raw: list[Any]) -> list[Value]:
    """Give a list's values, without those that are left out."""
    found = (value(scope, each) for each in raw)
    return [each for each in found if each is not ABSENT and each is not None]


def _function(scope: Scope, name: str, argument: Any) -> Value | Absent:
    take = FUNCTIONS.get(name)
    if take is not None:
        try:
            return take(scope, argument)
        except _NotAsWritten:
            scope.note(f"{name} is not written as AWS takes it; it stays open")
    elif name not in OPEN:
        if not scope.sections.transforms:  # a macro may know it
            raise scope.wrong(f"{name} is no function of CloudFormation", closest(name, _KNOWN))
        scope.note(f"{name} is not known; it stays open")
    there = value(scope, argument)
    return Intrinsic(name, None if there is ABSENT else there)


class _NotAsWritten(Exception):
    """A function's argument is not what AWS takes."""


def _arguments(argument: Any, least: int, most: int) -> list[Any]:
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        raise _NotAsWritten
    return argument


def _ref(scope: Scope, argument: Any) -> Value | Absent:
    if not isinstance(argument, str):
        raise _NotAsWritten
    return scope.ref(argument)


def _get_att(scope: Scope, argument: Any) -> Value | Absent:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    id, attribute = _arguments(argument, 2, 2)
    attribute = value(scope, attribute)
    if not isinstance(id, str) or not isinstance(attribute, str):
        raise _NotAsWritten
    return scope.attribute(id, attribute)


def _sub(scope: Scope, argument: Any) -> Value | Absent:
    own: dict[str, Value] = {}
    if isinstance(argument, list):
        argument, given = _arguments(argument, 2, 2)
        if not isinstance(given, dict):
            raise _NotAsWritten
        own = mapping(scope, given)
    if not isinstance(argument, str):
        raise _NotAsWritten

    def named(name: str) -> Value:
        if not name:
            raise _NotAsWritten
        return _in_text(own[name] if name in own else scope.named(name))

    return joined(argument, named)


def _in_text(found: Value | Absent) -> Value:
    """Give what a value is inside a text."""
    if isinstance(found, SYMBOLS):
        return found
    if isinstance(found, list):
        return join(*[piece for each in found for piece in (",", _in_text(each))][1:])
    return "" if found is ABSENT or isinstance(found, dict) else spelled(found)


def _join(scope: Scope, argument: Any) -> Value | Absent:
    mark, inner = _arguments(argument, 2, 2)
    mark, inner = value(scope, mark), value(scope, inner)
    if not isinstance(mark, str):
        raise _NotAsWritten
    if not isinstance(inner, list):
        return Intrinsic("Fn::Join", [mark, inner])
    parts = [piece for each in inner for piece in (mark, _in_text(each))][1:]
    return with_secrets(join(*parts))


def with_secrets(whole: Value) -> Value:
    """Make a joined `{{resolve:secretsmanager:...}}` the secret that it names."""
    if not isinstance(whole, Join):
        return whole
    before, after = "{{resolve:secretsmanager:", ":SecretString:"
    parts = list(whole.parts)
    for at in range(len(parts) - 2):
        left, id, right = parts[at : at + 3]
        if not (isinstance(id, Ref) and isinstance(left, str) and isinstance(right, str)):
            continue
        key, end, rest = right.removeprefix(after).partition("}}")
        if left.endswith(before) and right.startswith(after) and end:
            secret = Secret(id.id, key.rstrip(":"), dynamic=True)
            parts[at : at + 3] = [left.removesuffix(before), secret, rest]
    return join(*parts)


def _select(scope: Scope, argument: Any) -> Value | Absent:
    index, inner = _arguments(argument, 2, 2)
    index, inner = value(scope, index), value(scope, inner)
    if isinstance(index, str) and index.isascii() and index.isdecimal():
        index = int(index)
    if isinstance(inner, list) and isinstance(index, int):
        if 0 <= index < len(inner):
            return inner[index]
        scope.note(f"Fn::Select asks for number {index + 1} of {len(inner)}; it stays open")
    return Intrinsic("Fn::Select", [index, inner])


def _split(scope: Scope, argument: Any) -> Value | Absent:
    mark, inner = _arguments(argument, 2, 2)
    inner = value(scope, inner)
    if not isinstance(mark, str) or not mark:
        raise _NotAsWritten
    if isinstance(inner, str):
        return inner.split(mark)
    if isinstance(inner, Join) and mark == ",":  # no name of AWS's has a comma
        return pieces(inner)
    return Intrinsic("Fn::Split", [mark, inner])


def _find_in_map(scope: Scope, argument: Any) -> Value | Absent:
    written = _arguments(argument, 3, 4)
    keys = [value(scope, each) for each in written[:3]]
    found: Any = scope.sections.mappings
    for key in keys:
        if isinstance(key, SYMBOLS):
            return Intrinsic("Fn::FindInMap", keys)
        found = found.get(spelled(key)) if isinstance(found, dict) else None
    if found is not None:
        return value(scope, found)
    if len(written) == 4 and isinstance(written[3], dict) and "DefaultValue" in written[3]:
        return value(scope, written[3]["DefaultValue"])
    first, second, third = map(spelled, keys)
    scope.note(f"the map {first} has nothing under {second}, {third}; it stays open")
    return Intrinsic("Fn::FindInMap", keys)


def _get_azs(scope: Scope, argument: Any) -> Value | Absent:
    region = value(scope, argument)
    if region in ("", None, scope.region):
        return [Zone(index) for index in range(facts.zones(scope.region))]
    return Intrinsic("Fn::GetAZs", region)


def _cidr(scope: Scope, argument: Any) -> Value | Absent:
    written = _arguments(argument, 2, 3)
    block, count, *bits = (value(scope, each) for each in written)
    if any(isinstance(each, SYMBOLS) for each in (block, count, *bits)):
        return Intrinsic("Fn::Cidr", [block, count, *bits])
    try:
        network = ip_network(spelled(block), strict=False)
        width = network.max_prefixlen - int(spelled(bits[0] if bits else 8))
        made = network.subnets(new_prefix=width)
        return [str(each) for each in islice(made, min(int(spelled(count)), MOST_NETWORKS))]
    except ValueError:
        raise _NotAsWritten from None


def _if(scope: Scope, argument: Any) -> Value | Absent:
    name, yes, no = _arguments(argument, 3, 3)
    if not isinstance(name, str):
        raise _NotAsWritten
    return value(scope, yes if scope.holds(name) else no)


def _import_value(scope: Scope, argument: Any) -> Value | Absent:
    name = value(scope, argument)
    scope.notes.add(f"{told(name)} of Fn::ImportValue is another stack's output: it stays open")
    return Intrinsic("Fn::ImportValue", None if name is ABSENT else name)


def told(one: Value | Absent) -> str:
    """Give a value as a note names it."""
    match one:
        case Ref(name) | Pseudo(name):
            return name
        case GetAtt(id, attribute):
            return f"{id}.{attribute}"
        case Join(parts):
            return "".join(
                each if isinstance(each, str) else f"${{{told(each)}}}" for each in parts
            )
        case str() | int() | float():
            return repr(one)
    return "a value that is not known"


def _transform(scope: Scope, argument: Any) -> Value | Absent:
    scope.note("Fn::Transform stands here; what it makes is not read")
    return Intrinsic("Fn::Transform", argument)


def _length(scope: Scope, argument: Any) -> Value | Absent:
    inner = value(scope, argument)
    return len(inner) if isinstance(inner, list) else Intrinsic("Fn::Length", inner)


FUNCTIONS: Mapping[str, Callable[[Scope, Any], Value | Absent]] = {
    "Ref": _ref,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::Transform": _transform,
}
OPEN = frozenset(
    (
        *("Fn::Base64", "Fn::GetStackOutput", "Fn::ToJsonString"),
        *("Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"),
        *("Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn"),
        *("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"),
    )
)
"""Functions that stay as they are, with what is inside them evaluated."""
_KNOWN = (*FUNCTIONS, *OPEN)

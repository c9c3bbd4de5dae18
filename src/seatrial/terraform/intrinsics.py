"""CloudFormation's other functions, and Terraform's word for each.

Takes an intrinsic, gives it as a value of the graph where it is one, or as a
function of Terraform with its arguments. Conditions, mappings, imports and
macros have no word: they would need what only a stack knows.
"""

import re
from typing import Any

from seatrial.graph.values import GetAtt, Intrinsic, Join, Pseudo, Ref, Value, Zone

VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
FUNCTIONS = {
    "Base64": "base64encode",
    "Length": "length",
    "ToJsonString": "jsonencode",
}


def rewrite(symbol: Intrinsic) -> Value | None:  # noqa: PLR0911 - one answer a function
    """Give a function's meaning; None for one that Terraform has no word for.

    An `Intrinsic` that comes back names Terraform's function, or `[]` for an
    element of a list, and its arguments.
    """
    name, given = symbol.name.removeprefix("Fn::"), symbol.argument
    if name in FUNCTIONS:
        return Intrinsic(FUNCTIONS[name], [given])
    if name == "Ref":
        return Pseudo(given) if given.startswith("AWS::") else Ref(given)
    if name == "GetAtt":
        id, _, attribute = given.partition(".") if isinstance(given, str) else (*given[:1], "", "")
        return GetAtt(id, attribute or ".".join(given[1:]))
    if name == "Sub":
        return _sub(given)
    if name == "Join" and isinstance(given[1], list):
        return _joined(*given)
    if name == "Join":
        return Intrinsic("join", given)
    if name == "Split":
        return Intrinsic("split", given)
    if name == "Select":
        index, of = given
        if isinstance(of, Intrinsic) and of.name.removeprefix("Fn::") == "GetAZs":
            return Zone(int(index))
        return Intrinsic("[]", [of, int(index)])
    return None


def _joined(separator: str, pieces: list[Value]) -> Value:
    parts: list[Value] = []
    for index, piece in enumerate(pieces):
        parts += [separator, piece] if index and separator else [piece]
    return Join(tuple(parts))


def _sub(given: Any) -> Value:
    text, named = (given, {}) if isinstance(given, str) else given
    parts: list[Value] = []
    end = 0
    for found in VARIABLE.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        literal, name = found.groups()
        if literal:
            parts.append(f"${{{name}}}")
        elif name in named:
            parts.append(named[name])
        elif name.startswith("AWS::"):
            parts.append(Pseudo(name))
        else:
            id, dot, attribute = name.partition(".")
            parts.append(GetAtt(id, attribute) if dot else Ref(id))
    parts.append(text[end:])
    return Join(tuple(each for each in parts if each != ""))

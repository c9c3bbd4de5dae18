"""Functions of a template as symbols, each as it stands.

For a template that Seatrial wrote: what it rendered from symbols becomes those
symbols again, so that the graph renders the same template.
"""

import re
from collections.abc import Callable
from typing import Any

from seatrial.graph.values import GetAtt, Intrinsic, Pseudo, Ref, Secret, Value, Zone, join

DEFINITION = "AWS::ECS::TaskDefinition"
PIECE = re.compile(r"\$\{(!?)([^{}]*)\}")
_SECRET = re.compile(r"\{\{resolve:secretsmanager:\$\{(\w+)\}:SecretString(?::([^:{}]+))?\}\}")


def symbolic(raw: Any) -> Value:
    """Give a value with its functions as symbols."""
    if isinstance(raw, list):
        return [symbolic(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    if len(raw) == 1:
        ((name, argument),) = raw.items()
        if name == "Ref" and isinstance(argument, str):
            return reference(argument)
        if name.startswith("Fn::"):
            return _function(name, argument)
    return {key: symbolic(inner) for key, inner in raw.items()}


def reference(name: str) -> Ref | Pseudo:
    """Give the symbol for what `Ref` names."""
    return Pseudo(name) if name.startswith("AWS::") else Ref(name)


def _function(name: str, argument: Any) -> Value:
    match name, argument:
        case "Fn::GetAtt", [str(id), str(attribute)]:
            return GetAtt(id, attribute)
        case "Fn::Select", [int(index), {"Fn::GetAZs": ""}]:
            return Zone(index)
        case "Fn::Sub", str():
            return joined(argument, _named)
    return Intrinsic(name, symbolic(argument))


def _named(name: str) -> Value:
    id, dot, attribute = name.partition(".")
    return GetAtt(id, attribute) if dot else reference(name)


def joined(text: str, named: Callable[[str], Value]) -> Value:
    """Give a text of `Fn::Sub` with what `named` gives for its names."""
    pieces: list[Value] = []
    at = 0
    for secret in _SECRET.finditer(text):
        pieces.extend(_pieces(text[at : secret.start()], named))
        pieces.append(Secret(secret[1], secret[2] or "", dynamic=True))
        at = secret.end()
    pieces.extend(_pieces(text[at:], named))
    return join(*pieces)


def _pieces(text: str, named: Callable[[str], Value]) -> list[Value]:
    found: list[Value] = []
    at = 0
    for piece in PIECE.finditer(text):
        found.append(text[at : piece.start()])
        found.append(f"${{{piece[2]}}}" if piece[1] else named(piece[2].strip()))
        at = piece.end()
    return [*found, text[at:]]


def task_secrets(properties: Any, secret: Callable[[str], str]) -> None:
    """Make what a task definition's `ValueFrom` names the secrets that they are, in place.

    `secret` gives the logical id of the secret that an id stands for, "" for none.
    """
    containers = properties.get("ContainerDefinitions")
    for container in containers if isinstance(containers, list) else ():
        entries = container.get("Secrets") if isinstance(container, dict) else ()
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                entry["ValueFrom"] = _value_from(entry.get("ValueFrom"), secret)


def _value_from(value: Value, secret: Callable[[str], str]) -> Value:
    match value:
        case Ref(id) if named := secret(id):
            return Secret(named)
    parts = getattr(value, "parts", ())
    match parts:
        case (Ref(id), str(rest)) if named := secret(id):
            key = re.fullmatch(r":([^:]+)::", rest)
            return Secret(named, key[1]) if key else value
    return value

"""Small templates in YAML, as rules' docstrings and cases write them, read into graphs.

A sample is a map of resources, or a whole template: a map with `Resources`, and where it needs
them `Parameters`, `Outputs` and the annotations and parts under `Metadata: Seatrial`.
"""

import re
from typing import Any

import yaml

from seatrial.graph import Graph, Output, Parameter, Resource
from seatrial.graph.annotations import KINDS
from seatrial.graph.graph import Origin
from seatrial.graph.values import GetAtt, Intrinsic, Pseudo, Ref, Secret, Zone, join

_PIECE = re.compile(r"\$\{(!?[^}]+)\}")
_SECRET = re.compile(r"(\{\{resolve:secretsmanager:\$\{\w+\}:SecretString(?::[^:{}]+)?\}\})")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with CloudFormation's short forms; in C where libyaml is."""


def _short(loader: Loader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short)


def load_yaml(text: str) -> Any:
    """Read YAML that may hold `!Ref` and its kin."""
    return yaml.load(text, Loader)


def read(sample: Any, system: str = "sample", region: str = "us-east-1") -> Graph:
    """Make a graph of what a sample holds."""
    whole = sample if "Resources" in sample else {"Resources": sample}
    ours = whole.get("Metadata", {}).get("Seatrial", {})
    parts = ours.get("Parts", {})
    graph = Graph(system, ours.get("Environment", "production"), region)
    for id, each in whole.get("Parameters", {}).items():
        graph.parameters[id] = Parameter(
            id, each["Type"], "", each.get("Default"), no_echo=each.get("NoEcho", False)
        )
    for id, each in whole["Resources"].items():
        needs = each.get("DependsOn", ())
        graph.add(
            Resource(
                id,
                each["Type"],
                value(each.get("Properties", {})),
                Origin(parts[id]) if id in parts else None,
                (needs,) if isinstance(needs, str) else tuple(needs),
                each.get("DeletionPolicy"),
                each.get("UpdateReplacePolicy"),
                each.get("Condition"),
                each.get("Metadata", {}),
            )
        )
    for id, each in whole.get("Outputs", {}).items():
        graph.outputs[id] = Output(id, value(each["Value"]), each.get("Description", ""))
    for each in ours.get("Annotations", ()):
        said = dict(each)
        graph.annotations.append(KINDS[said.pop("Kind")](**said))
    return graph


def value(given: Any) -> Any:
    """Turn intrinsic functions into the graph's symbols."""
    if isinstance(given, list):
        return [value(each) for each in given]
    if not isinstance(given, dict):
        return given
    if len(given) == 1:
        ((name, argument),) = given.items()
        if name == "Ref":
            return Pseudo(argument) if argument.startswith("AWS::") else Ref(argument)
        if name == "Fn::GetAtt":
            return GetAtt(*(argument.split(".", 1) if isinstance(argument, str) else argument))
        if name == "Fn::Sub" and isinstance(argument, str):
            return join(*_pieces(argument))
        if name == "Fn::Select" and argument[1] == {"Fn::GetAZs": ""}:
            return Zone(int(argument[0]))
        if name.startswith("Fn::"):
            return Intrinsic(name, value(argument))
    return {key: value(inner) for key, inner in given.items()}


def _pieces(text: str) -> list[Any]:
    found: list[Any] = []
    for index, piece in enumerate(_SECRET.split(text)):
        if index % 2 == 0:
            found += _references(piece)
        else:
            id, _, key = piece[:-2].partition("${")[2].partition("}:SecretString")
            found.append(Secret(id, key.removeprefix(":"), dynamic=True))
    return found


def _references(text: str) -> list[Any]:
    found: list[Any] = []
    for index, piece in enumerate(_PIECE.split(text)):
        if index % 2 == 0:
            found.append(piece)
        elif piece.startswith("!"):
            found.append(f"${{{piece[1:]}}}")
        elif piece.startswith("AWS::"):
            found.append(Pseudo(piece))
        else:
            id, _, attribute = piece.partition(".")
            found.append(GetAtt(id, attribute) if attribute else Ref(id))
    return found

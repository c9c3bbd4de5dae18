"""Graph to template: sections, resources in their order, symbols as intrinsics.

A text joined from pieces becomes `Fn::Sub` where every piece can stand in one,
which reads better than `Fn::Join`.
"""

from collections.abc import Sequence
from typing import Any

from seatrial.graph import Graph, Parameter, Resource
from seatrial.graph.encoding import encode_annotation
from seatrial.graph.values import (
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Symbol,
    Value,
    Zone,
    render,
)


def template(graph: Graph) -> dict[str, Any]:
    """Give the whole template, ready for `json.dumps`."""
    whole: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": graph.description,
        "Metadata": {"Seatrial": _metadata(graph)},
    }
    if graph.parameters:
        whole["Parameters"] = {id: _parameter(each) for id, each in graph.parameters.items()}
    whole["Resources"] = {each.id: _resource(each) for each in graph}
    if graph.outputs:
        whole["Outputs"] = {
            id: {"Description": each.description, "Value": render(each.value, intrinsic)}
            for id, each in graph.outputs.items()
        }
    return whole


def _metadata(graph: Graph) -> dict[str, Any]:
    return {
        "System": graph.system,
        "Environment": graph.environment,
        "Annotations": [encode_annotation(each) for each in graph.annotations],
        "Parts": {each.id: each.origin.part for each in graph if each.origin},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {"Type": parameter.type, "Description": parameter.description}
    if parameter.default is not None:
        described["Default"] = parameter.default
    if parameter.allowed_pattern:
        described["AllowedPattern"] = parameter.allowed_pattern
    if parameter.no_echo:
        described["NoEcho"] = True
    return described


def _resource(resource: Resource) -> dict[str, Any]:
    written: dict[str, Any] = {"Type": resource.type}
    if resource.condition:
        written["Condition"] = resource.condition
    if resource.depends_on:
        written["DependsOn"] = list(resource.depends_on)
    if resource.deletion_policy:
        written["DeletionPolicy"] = resource.deletion_policy
    if resource.update_replace_policy:
        written["UpdateReplacePolicy"] = resource.update_replace_policy
    if resource.metadata:
        written["Metadata"] = resource.metadata
    if resource.properties:
        written["Properties"] = render(resource.properties, intrinsic)
    return written


def intrinsic(symbol: Symbol) -> Any:  # noqa: PLR0911 - one answer a kind
    """Give the intrinsic function that stands for a symbol in a template."""
    match symbol:
        case Ref(id):
            return {"Ref": id}
        case Pseudo(name):
            return {"Ref": name}
        case GetAtt(id, attribute):
            return {"Fn::GetAtt": [id, attribute]}
        case Zone(index):
            return {"Fn::Select": [index, {"Fn::GetAZs": ""}]}
        case AtRun(_, aws):
            return aws
        case Secret():
            return {"Fn::Sub": _secret(symbol)} if symbol.dynamic else _value_from(symbol)
        case Join(parts):
            return _joined(parts)
        case Intrinsic(name, argument):
            return {name: render(argument, intrinsic)}


def _joined(parts: Sequence[Value]) -> Any:
    if all(isinstance(each, str | AtRun) for each in parts):
        return "".join(each if isinstance(each, str) else each.aws for each in parts)
    return {"Fn::Sub": "".join(_in_sub(each) for each in parts)}


def _secret(secret: Secret) -> str:
    """Give CloudFormation's dynamic reference, which AWS resolves when it deploys."""
    key = f":{secret.key}" if secret.key else ""
    return f"{{{{resolve:secretsmanager:${{{secret.id}}}:SecretString{key}}}}}"


def _value_from(secret: Secret) -> Any:
    """Give what ECS takes in `ValueFrom`: the ARN, with a key of its JSON where one is named."""
    return {"Fn::Sub": f"${{{secret.id}}}:{secret.key}::"} if secret.key else {"Ref": secret.id}


def _in_sub(piece: Value) -> str:
    match piece:
        case str():
            return piece.replace("${", "${!")
        case Ref(id):
            return f"${{{id}}}"
        case Pseudo(name):
            return f"${{{name}}}"
        case GetAtt(id, attribute):
            return f"${{{id}.{attribute}}}"
        case Secret() if piece.dynamic:
            return _secret(piece)
        case AtRun(_, aws):
            return aws
        case _:
            raise TypeError(f"{piece!r} cannot stand inside a text")

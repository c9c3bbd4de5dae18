"""The graph as JSON that loses nothing: the local cloud's supervisor reads it back.

A template cannot serve for that, because it has no word for what is known only
when a task runs. Each symbol is a one-key object whose key starts with `$`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from seatrial.graph.annotations import KINDS, Annotation
from seatrial.graph.graph import Graph, Origin, Output, Parameter, Resource
from seatrial.graph.values import SYMBOLS, Join, Symbol, Value, render
from seatrial.mistake import Place

_SYMBOLS = {kind.__name__: kind for kind in SYMBOLS}


def encode(graph: Graph) -> dict[str, Any]:
    """Give the graph as JSON-like data."""
    return {
        "system": graph.system,
        "environment": graph.environment,
        "region": graph.region,
        "description": graph.description,
        "parameters": [asdict(each) for each in graph.parameters.values()],
        "resources": [_encode_resource(each) for each in graph],
        "outputs": [
            {"id": each.id, "value": encode_value(each.value), "description": each.description}
            for each in graph.outputs.values()
        ],
        "annotations": [encode_annotation(each) for each in graph.annotations],
    }


def decode(data: Mapping[str, Any]) -> Graph:
    """Read back what `encode` gave."""
    resources = [_decode_resource(each) for each in data["resources"]]
    return Graph(
        system=data["system"],
        environment=data["environment"],
        region=data["region"],
        description=data["description"],
        resources={each.id: each for each in resources},
        parameters={each["id"]: Parameter(**each) for each in data["parameters"]},
        outputs={
            each["id"]: Output(each["id"], decode_value(each["value"]), each["description"])
            for each in data["outputs"]
        },
        annotations=[decode_annotation(each) for each in data["annotations"]],
    )


def encode_annotation(annotation: Annotation) -> dict[str, Any]:
    """Give an annotation with its kind, as a template's Metadata takes it.

    What is not said is left out, and a number that is not whole is a text: there
    cfn-lint knows texts and whole numbers alone (E4002).
    """
    said = {name: value for name, value in asdict(annotation).items() if value is not None}
    return {"Kind": type(annotation).__name__, **{name: _plain(said[name]) for name in said}}


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else repr(value)


def decode_annotation(data: Mapping[str, Any]) -> Annotation:
    """Read one back; `KeyError` for a kind that is not there, `TypeError` for a wrong value."""
    kind: Callable[..., Annotation] = KINDS[data["Kind"]]
    kinds = _kinds(kind)
    said = {name: value for name, value in data.items() if name != "Kind"}
    values = {name: _read(value, kinds.get(name)) for name, value in said.items()}
    for name, value in values.items():
        if not _fits(value, kinds.get(name)):
            raise TypeError(name)
    return kind(**values)


def _read(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if kind not in (float, float | None) or isinstance(value, bool):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


@cache
def _kinds(annotation: Any) -> Mapping[str, Any]:
    return get_type_hints(annotation)


def _fits(value: Any, kind: Any) -> bool:
    """Tell whether a value is of a kind, as annotations use them."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in inner
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(each, inner[0]) for each in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin or kind or ())


def _encode_resource(resource: Resource) -> dict[str, Any]:
    kept = {each.name: getattr(resource, each.name) for each in fields(resource)}
    origin = resource.origin
    kept["properties"] = encode_value(resource.properties)
    kept["depends_on"] = list(resource.depends_on)
    kept["origin"] = asdict(origin) if origin else None
    return kept


def _decode_resource(data: Mapping[str, Any]) -> Resource:
    kept = dict(data)
    origin = data["origin"]
    if origin:
        place = Place(**origin["place"]) if origin["place"] else None
        kept["origin"] = Origin(origin["part"], place)
    kept["properties"] = decode_value(data["properties"])
    kept["depends_on"] = tuple(data["depends_on"])
    return Resource(**kept)


def encode_value(value: Value) -> Any:
    """Give a value with its symbols as JSON-like data."""
    return render(value, _encode_symbol)


def _encode_symbol(symbol: Symbol) -> dict[str, Any]:
    values = {each.name: encode_value(getattr(symbol, each.name)) for each in fields(symbol)}
    return {f"${type(symbol).__name__}": values}


def decode_value(data: Any) -> Value:
    """Read back what `encode_value` gave."""
    if isinstance(data, list):
        return [decode_value(each) for each in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((key, inner),) = data.items()
        if key.startswith("$") and key[1:] in _SYMBOLS:
            kind = _SYMBOLS[key[1:]]
            values = {name: decode_value(each) for name, each in inner.items()}
            return Join(tuple(values["parts"])) if kind is Join else kind(**values)
    return {key: decode_value(each) for key, each in data.items()}

"""What no resource of a template stands for: models of Bedrock, traces, services outside.

Takes the estimate; finds Bedrock's models and X-Ray in the rights that roles have,
because a template holds nothing else of them.
"""

import re
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.values import Join
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity

_MODEL = re.compile(r"(?:foundation-model|inference-profile)/([a-z0-9.:*-]+)")
_GEOGRAPHY = re.compile(r"^(?:us|eu|apac|jp|au|global|us-gov)\.")
_VERSION = re.compile(r"-\d{8}-v\d+(?::\d+)?$|-v\d+(?::\d+)?$")


def lines(estimate: Estimate) -> Lines:
    """Give the lines of models, traces and services outside."""
    yield from _bedrock(estimate)
    yield from _traces(estimate)
    yield from _outside(estimate)


def short(model: str) -> str:
    """Give a model's word in the price keys: `claudehaiku45` for Claude Haiku 4.5's id."""
    bare = _VERSION.sub("", _GEOGRAPHY.sub("", model))
    return re.sub(r"[^a-z0-9]", "", bare.partition(".")[2] or bare)


def _bedrock(estimate: Estimate) -> Lines:
    users: dict[str, dict[str, None]] = {}
    for role, statement in estimate.statements:
        if "bedrock:InvokeModel" not in repr(statement.get("Action")):
            continue
        for model in _MODEL.findall(_written(statement.get("Resource"))):
            users.setdefault(short(model), {})[role.label] = None
    for model, parts in users.items():
        name = _part_of_model(list(parts), estimate)
        for component, measure, suffix in (
            ("tokens read", "tokens_in", "in_1k"),
            ("tokens written", "tokens_out", "out_1k"),
        ):
            key = f"bedrock.{model}.{suffix}"
            said = estimate.usage.get(measure, name, *parts)
            if said is None:
                why = f"nobody said {measure} of {name}"
                yield estimate.unknown(name, component, key, why, wants=measure)
                continue
            how = f"{said.quantity} tokens / 1,000 ({said.by})"
            yield estimate.line(name, component, key, said.quantity / 1000, how)


def _written(value: Any) -> str:
    """Give the plain text of what may be symbols."""
    if isinstance(value, str):
        return value
    if isinstance(value, Join):
        return "".join(_written(each) for each in value.parts)
    if isinstance(value, list | tuple):
        return " ".join(_written(each) for each in value)
    return ""


def _part_of_model(users: list[str], estimate: Estimate) -> str:
    """Name the part that stands for a model: used by these, with no resource of its own.

    One machine has one role for all of its programs, so there any part's use counts.
    """
    owners = {each.label for each in estimate.graph}
    arrows = [estimate.using[user] for user in users if user in estimate.using]
    used = [{each.used for each in several} for several in arrows or estimate.using.values()]
    found = set.intersection(*used) if arrows else {each for several in used for each in several}
    alone = sorted(found - owners - estimate.outside.keys())
    return alone[0] if len(alone) == 1 else users[0]


def _traces(estimate: Estimate) -> Lines:
    told: set[str] = set()
    for role, statement in estimate.statements:
        part = role.label
        if part in told or "xray:PutTraceSegments" not in repr(statement.get("Action")):
            continue
        told.add(part)
        yield _metered(role, part, estimate)


def _metered(role: Resource, part: str, estimate: Estimate) -> Line:
    return estimate.metered(role, "traces", "xray.trace_1m", "traces", per=1e6, part=part)


def _outside(estimate: Estimate) -> Lines:
    for name, service in estimate.outside.items():
        if service.price is None:
            why = f"its price is its user's to say: External({name!r}, ..., price=...)"
            yield estimate.unknown(name, "service outside", "", why)
            continue
        yield Line(
            name,
            "service outside",
            "",
            "",
            None,
            Quantity.of(1),
            f"{service.price:g} USD a month by its user's word",
            usd=service.price,
        )

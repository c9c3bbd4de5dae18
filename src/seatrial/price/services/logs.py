"""CloudWatch Logs: what is written, what is kept, and metrics made of it."""

from functools import lru_cache

from seatrial.graph import Resource
from seatrial.graph.annotations import Composed
from seatrial.graph.values import Ref, referred
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import plain
from seatrial.price.rules import prices
from seatrial.price.services.s3 import DAYS

TASK = "AWS::ECS::TaskDefinition"
VENDED = ("/aws/vendedlogs/", "aws-waf-logs-")
"""Names of groups that AWS's own services write to, at the price of vended logs."""


@prices("AWS::Logs::LogGroup")
def group(resource: Resource, estimate: Estimate) -> Lines:
    """Price what each part that writes to a group writes, and how long it is kept."""
    name = estimate.text(resource.properties.get("LogGroupName"))
    vended = name.startswith(VENDED)
    writers = _writers(resource, estimate)
    own = estimate.usage.get("logs_gb", resource.id)
    if own is not None or not writers:
        writers = [resource.label]
    days = estimate.number(resource.properties.get("RetentionInDays"))
    key = "cw.vended_gb" if vended else "cw.logs_gb"
    if own is None and _only_at_deployment(name, estimate):
        return
    for part in writers:
        said = estimate.usage.get("logs_gb", resource.id, part)
        if said is None:
            why = f"nobody said logs_gb of {part}"
            yield estimate.unknown(resource, "logs taken in", key, why, part=part, wants="logs_gb")
            continue
        how = f"{said.quantity} GB ({said.by})"
        yield estimate.line(resource, "logs taken in", key, said.quantity, how, part=part)
        if not days:
            why = "they never end, so what is kept grows each month"
            yield estimate.unknown(resource, "logs kept", "cw.logs_store_gb_mo", why, part=part)
            continue
        yield estimate.line(
            resource,
            "logs kept",
            "cw.logs_store_gb_mo",
            said.quantity * (days / DAYS),
            f"{said.quantity} GB a month x {plain(days)} days",
            part=part,
            assumed=("logs are kept as large as they came in; AWS compresses them",),
        )


def _writers(resource: Resource, estimate: Estimate) -> list[str]:
    """Name the parts whose tasks write to a group; jobs, which run seldom, do not count.

    On one machine every program writes to the system's own group.
    """
    found = _named_by(estimate).get(resource.id, {})
    if not found and resource.label == estimate.graph.system:
        programs = [each.program for each in estimate.graph.annotated(Composed)]
        found = {each: None for each in programs if estimate.quantity("logs_gb", each)}
    return list(found)


@lru_cache(maxsize=4)
def _named_by(estimate: Estimate) -> dict[str, dict[str, None]]:
    """Give the parts whose services' tasks name each group; worked out once for a graph."""
    services = estimate.of("AWS::ECS::Service")
    running = {each.id for each in map(_definition, services) if each}
    found: dict[str, dict[str, None]] = {}
    for definition in estimate.of(TASK):
        if definition.id in running:
            for id in referred(definition.properties.get("ContainerDefinitions")):
                found.setdefault(id, {})[definition.label] = None
    return found


def _definition(service: Resource) -> Ref | None:
    named = service.properties.get("TaskDefinition")
    return named if isinstance(named, Ref) else None


def _only_at_deployment(name: str, estimate: Estimate) -> bool:
    """Tell whether a group belongs to a function that only a stack's change calls."""
    return name.startswith("/aws/lambda/") and any(
        each.type.startswith("Custom::") for each in estimate.graph
    )


@prices("AWS::Logs::MetricFilter")
def metric_filter(resource: Resource, estimate: Estimate) -> Lines:
    """Price the metrics that are made from logs."""
    made = estimate.maps(resource.properties.get("MetricTransformations"))
    if any(each.get("Dimensions") for each in made):
        why = "how many values its dimensions have is not known"
        yield estimate.unknown(resource, "metrics from logs", "cw.metric_mo", why)
        return
    count = max(1, len(made))
    yield estimate.line(resource, "metrics from logs", "cw.metric_mo", count, f"{count} metric")

"""The kinds of parts beside plain programs, in the order in which their resources are made."""

from typing import Any

from seatrial.graph.values import Value
from seatrial.language import Alerts
from seatrial.language.part import Part
from seatrial.lower import (
    bucket,
    composed,
    documents,
    externals,
    internal,
    kafka,
    models,
    postgres,
    redis,
    redis_cluster,
    search,
    secrets,
    topics,
    vpn,
    website,
)
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Kind

KINDS: tuple[Kind[Any], ...] = (
    secrets.KIND,
    postgres.KIND,
    kafka.KIND,
    topics.KIND,
    redis.KIND,
    redis_cluster.KIND,
    documents.KIND,
    search.KIND,
    bucket.KIND,
    internal.KIND,
    website.KIND,
    vpn.KIND,
    externals.KIND,
    models.KIND,
)
BY_PART: dict[type[Part], Kind[Any]] = {kind.part: kind for kind in KINDS}


def kind_of(lowering: Lowering, part: Part) -> Kind[Any] | None:
    """Give a part's kind, as it is in this environment; None for a job."""
    kind = BY_PART.get(type(part))
    return composed.KINDS.get(type(part), kind) if lowering.machine else kind


def kinds(lowering: Lowering) -> list[Kind[Any]]:
    """Give every kind, as it is in this environment."""
    changed = composed.KINDS if lowering.machine else {}
    return [changed.get(kind.part, kind) for kind in KINDS]


def lower(lowering: Lowering) -> None:
    """Add the resources of every part, kind by kind."""
    for kind in kinds(lowering):
        for part in lowering.of(kind.part):
            add = kind.stand_by if lowering.second and kind.stand_by else kind.lower
            add(lowering, part)


def backed_up(lowering: Lowering) -> list[Value]:
    """Give the ARNs of every part that AWS Backup copies."""
    return [
        arn
        for kind in kinds(lowering)
        for part in lowering.of(kind.part)
        for arn in kind.backed_up(lowering, part)
    ]


def watch(lowering: Lowering, alerts: Alerts) -> None:
    """Add every part's alarms."""
    for kind in kinds(lowering):
        for part in lowering.of(kind.part):
            kind.watch(lowering, alerts, part)

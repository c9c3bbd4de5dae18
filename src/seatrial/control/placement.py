"""Which zone the next task goes to, and which zone gives one up.

Takes task counts per zone; gives a zone or a move. Never starts or stops a task.

Documented in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
(fewest first when starting, most first when stopping) and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Move:
    """One task to start in `target` before one is stopped in `source`."""

    source: str
    target: str


def zone_for_new(
    counts: Mapping[str, int], zones: Sequence[str], lost: Collection[str] = ()
) -> str | None:
    """Name the zone with the fewest tasks; None if every zone is lost.

    Ties go to the zone listed first: assumption `ecs.zone-ties`.
    """
    live = [zone for zone in zones if zone not in lost]
    return min(live, key=lambda zone: counts.get(zone, 0)) if live else None


def zone_to_shrink(
    counts: Mapping[str, int], zones: Sequence[str], lost: Collection[str] = ()
) -> str | None:
    """Name the zone with the most tasks; None if there are none.

    A lost zone that still shows tasks gives them up first: assumption `ecs.lost-zone-first`.
    """
    held = [zone for zone in (*zones, *sorted(set(counts) - set(zones))) if counts.get(zone, 0) > 0]
    return max(held, key=lambda zone: (zone in lost, counts[zone])) if held else None


def rebalance(
    counts: Mapping[str, int], zones: Sequence[str], lost: Collection[str] = ()
) -> Move | None:
    """Name the move that evens the zones out, or None when they differ by one task at most."""
    live = [zone for zone in zones if zone not in lost]
    if len(live) < 2:
        return None
    target = min(live, key=lambda zone: counts.get(zone, 0))
    source = max(live, key=lambda zone: counts.get(zone, 0))
    if counts.get(source, 0) - counts.get(target, 0) < 2:
        return None
    return Move(source, target)

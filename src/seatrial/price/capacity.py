"""How many of something run: tasks of a service, instances of a group.

Takes a scaled resource, gives the number at low, expected and high traffic: its
minimum, what it starts with, its maximum; or what somebody said of it.
"""

from dataclasses import dataclass
from functools import lru_cache

from seatrial.graph import Resource
from seatrial.graph.values import referred
from seatrial.price.estimate import Estimate
from seatrial.price.quantity import Quantity, plain

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


@dataclass(frozen=True, slots=True)
class Range:
    """How many run, and what is to be known of it."""

    tasks: Quantity
    note: str = ""
    assumed: tuple[str, ...] = ()


def target_of(resource: Resource, estimate: Estimate) -> Resource | None:
    """Give the scalable target that speaks of a resource."""
    return _targets(estimate).get(resource.id)


@lru_cache(maxsize=4)
def _targets(estimate: Estimate) -> dict[str, Resource]:
    """Give the first scalable target of each resource; worked out once for a graph."""
    found: dict[str, Resource] = {}
    for target in estimate.of(TARGET):
        for id in referred(target.properties.get("ResourceId")):
            found.setdefault(id, target)
    return found


def scaled(resource: Resource, estimate: Estimate) -> Range:
    """Give the tasks of an ECS service."""
    said = estimate.said("tasks", resource)
    if said is not None:
        return Range(said.quantity, f"tasks by {said.by}")
    start = estimate.plain(resource.properties.get("DesiredCount"))
    count = estimate.number(resource.properties.get("DesiredCount"), 1.0)
    target = target_of(resource, estimate)
    assumed: tuple[str, ...] = ()
    if start is None and target is None:
        assumed = ("one task, because its number is not known from the template",)
    if target is None:
        return Range(Quantity.of(count), "", assumed)
    properties = target.properties
    least = estimate.number(properties.get("MinCapacity"), count)
    most = estimate.number(properties.get("MaxCapacity"), count)
    if start is None:
        count = least
    note = f"scales from {plain(least)} to {plain(most)}, starts with {plain(count)}"
    schedule = estimate.several(properties.get("ScheduledActions"))
    if schedule:
        note += f"; {len(schedule)} scheduled changes are not counted"
    expected = min(max(count, least), most)
    return Range(Quantity(least, expected, most), note, assumed)

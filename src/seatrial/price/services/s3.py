"""Amazon S3: storage by its lifecycle, and requests."""

import re
from typing import Any

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import ZERO, Quantity, plain
from seatrial.price.rules import prices

DAYS = 730 / 24
"""Days of a month."""
REGION = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d\b")
CLASSES = {
    "STANDARD": "std",
    "STANDARD_IA": "ia",
    "ONEZONE_IA": "onezone",
    "INTELLIGENT_TIERING": "int",
    "GLACIER_IR": "glacier_ir",
    "GLACIER": "glacier",
    "DEEP_ARCHIVE": "deep",
}
"""Storage class -> its word in the price keys."""


@prices("AWS::S3::Bucket")
def bucket(resource: Resource, estimate: Estimate) -> Lines:
    """Price what a bucket keeps and the requests to it."""
    steps, end = _lifecycle(resource, estimate)
    arriving = estimate.said("in_gb", resource)
    stored = estimate.said("storage_gb", resource)
    if arriving is not None and (steps or end):
        yield from _aged(resource, estimate, arriving.quantity, steps, end)
    elif stored is None:
        yield estimate.unknown(
            resource,
            "storage",
            "s3.std_gb_mo",
            f"nobody said storage_gb of {resource.label}",
            wants="storage_gb",
        )
    else:
        assumed = ("all of it in S3 Standard: in_gb would say how it ages",) if steps else ()
        how = f"{stored.quantity} GB ({stored.by})"
        yield estimate.line(
            resource, "storage", "s3.std_gb_mo", stored.quantity, how, assumed=assumed
        )
    for component, key, measure in (
        ("writes", "s3.put_1k", "writes"),
        ("reads", "s3.get_1k", "reads"),
    ):
        if estimate.said(measure, resource) is not None:
            yield estimate.metered(resource, component, key, measure, per=1000)
    if resource.properties.get("ReplicationConfiguration"):
        yield from _replicated(resource, estimate)


def _lifecycle(resource: Resource, estimate: Estimate) -> tuple[list[tuple[float, str]], float]:
    """Give when objects change class (days, class), and when they end; 0 for never.

    Rules for a prefix or a tag, and those for old versions, are not followed.
    """
    steps: list[tuple[float, str]] = []
    end = 0.0
    rules = estimate.map(resource.properties.get("LifecycleConfiguration")).get("Rules")
    for rule in estimate.maps(rules):
        if _partial(rule):
            continue
        for each in estimate.maps(rule.get("Transitions")):
            days = estimate.number(each.get("TransitionInDays"))
            steps.append((days, estimate.text(each.get("StorageClass"))))
        end = estimate.number(rule.get("ExpirationInDays"), end)
    return sorted(steps), end


def _partial(rule: dict[str, Any]) -> bool:
    return bool(rule.get("Prefix") or rule.get("TagFilters")) or rule.get("Status") == "Disabled"


def _aged(
    resource: Resource,
    estimate: Estimate,
    arriving: Quantity,
    steps: list[tuple[float, str]],
    end: float,
) -> Lines:
    """Price each class by how long what arrives stays in it, once it all has its age."""
    said = estimate.said("storage_gb", resource)
    left = said.quantity if said else None
    if not end and left is None:
        why = "nothing ends by its lifecycle, so how much is kept is not known: say storage_gb"
        yield estimate.unknown(resource, "storage", "s3.std_gb_mo", why, wants="storage_gb")
        return
    since, class_ = 0.0, "STANDARD"
    assumed = ("as much arrives each month, and the oldest has its final age",)
    for days, following in [*steps, (end, "")]:
        if end and days > end:
            days, following = end, ""  # noqa: PLW2901 - what comes after its end never comes
        forever = not following and not end
        amount = left or ZERO if forever else arriving * ((days - since) / DAYS)
        if left is not None:
            amount = amount.at_most(left)
            left = left - amount
        how = f"{arriving} GB a month x {plain(days - since)} days"
        if forever:
            how = "what is older"
        key = f"s3.{CLASSES.get(class_, class_.lower())}_gb_mo"
        component = "storage" if class_ == "STANDARD" else f"storage, {class_}"
        yield estimate.line(resource, component, key, amount, how, assumed=assumed)
        since, class_ = days, following
        if not following:
            break


def _replicated(resource: Resource, estimate: Estimate) -> Lines:
    """Price the way to another region; what lies there is on the other region's bill."""
    regions = set(REGION.findall(repr(resource.properties["ReplicationConfiguration"])))
    regions.discard(estimate.graph.region)
    if len(regions) != 1:
        why = "which region its replica lies in is not known"
        yield estimate.unknown(resource, "replication, transfer", "", why)
        return
    region = regions.pop()
    key = f"transfer.{region}_gb"
    yield estimate.metered(
        resource, f"replication to {region}, transfer", key, "replicated_gb", unit="GB"
    )
    name = f"replication to {region}, storage"
    key = "s3.std_gb_mo"
    kept = "copies_gb" if estimate.said("copies_gb", resource) else "storage_gb"
    yield estimate.metered(resource, name, key, kept, unit="GB", region=region)

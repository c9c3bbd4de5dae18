"""Amazon CloudFront: what goes out to viewers, requests, functions, the origin's shield."""

from typing import Any

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices
from seatrial.price.traffic import DISTRIBUTION, edge, of

VIEWERS = "viewers are in the United States or Europe"


@prices(DISTRIBUTION)
def distribution(resource: Resource, estimate: Estimate) -> Lines:
    """Price a distribution by its website's traffic and that of the services behind it."""
    traffic = edge(estimate, resource)
    told = "; ".join(traffic.how)
    part = resource.label
    config = estimate.map(resource.properties.get("DistributionConfig"))
    if traffic.out_gb is None:
        why = f"nobody said out_gb, or requests and response_kb, of {part}"
        yield estimate.unknown(resource, "data to viewers", "cloudfront.us.gb", why, wants="out_gb")
    else:
        how = f"{traffic.out_gb} GB ({told})"
        yield estimate.line(
            resource, "data to viewers", "cloudfront.us.gb", traffic.out_gb, how, assumed=(VIEWERS,)
        )
    if traffic.requests is None:
        why = f"nobody said requests of {part}"
        yield estimate.unknown(
            resource, "requests", "cloudfront.us.https_10k", why, wants="requests"
        )
        return
    how = f"{traffic.requests} requests / 10,000 ({told})"
    quantity = traffic.requests / 10_000
    yield estimate.line(
        resource, "requests", "cloudfront.us.https_10k", quantity, how, assumed=(VIEWERS,)
    )
    if traffic.in_gb is not None:
        how = f"{traffic.in_gb} GB in with requests ({told})"
        yield estimate.line(
            resource, "data to origins", "cloudfront.us.origin_gb", traffic.in_gb, how
        )
    yield from _shield(resource, estimate, config)
    yield from _functions(resource, estimate, config)


def _shield(resource: Resource, estimate: Estimate, config: dict[str, Any]) -> Lines:
    shielded = any(
        estimate.true(estimate.map(each.get("OriginShield")).get("Enabled"))
        for each in estimate.maps(config.get("Origins"))
    )
    if shielded:
        why = "how many requests miss the edge's caches nobody said"
        yield estimate.unknown(resource, "Origin Shield", "cloudfront.us.shield_10k", why)


def _functions(resource: Resource, estimate: Estimate, config: dict[str, Any]) -> Lines:
    """Price edge functions of the default behaviour, which answers the website's own requests."""
    functions = estimate.several(
        estimate.map(config.get("DefaultCacheBehavior")).get("FunctionAssociations")
    )
    if not functions:
        return
    requests = of(estimate, resource.id, resource.label).requests
    if requests is None:
        why = f"nobody said requests of {resource.label} itself"
        yield estimate.unknown(
            resource, "edge functions", "cloudfront.function_1m", why, wants="requests"
        )
        return
    count = len(functions)
    how = f"{count} x {requests} requests / 1,000,000"
    quantity = requests * count / 1_000_000
    yield estimate.line(resource, "edge functions", "cloudfront.function_1m", quantity, how)

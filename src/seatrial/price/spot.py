"""Spot: AWS publishes no list price, so it costs at most what on-demand does.

Takes how much of a resource runs on Spot and the discount that its user says;
gives the factor for the on-demand price, and what to tell of it.
"""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate
from seatrial.price.quantity import plain

MEASURE = "spot_discount"
CEILING = (
    "Spot has no list price: counted at the on-demand price, which is its ceiling;"
    " spot_discount says what it saves"
)


def spot_share(
    resource: Resource, estimate: Estimate, share: float
) -> tuple[float, str, tuple[str, ...]]:
    """Give the factor for the on-demand price, how it is written, and what is assumed."""
    if not share:
        return 1.0, "", ()
    said = estimate.said(MEASURE, resource)
    if said is None:
        return 1.0, "", (CEILING,)
    percent = said.quantity.expected
    factor = 1 - share * percent / 100
    told = f"Spot saves {plain(percent)} % ({said.by}); it changes with the market"
    return factor, f" x {plain(factor)} (Spot)", (told,)

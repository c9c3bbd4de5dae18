"""AWS's list prices in one region, each with its source and date.

A price is found under a key such as `fargate.x86.vcpu_h`; `seatrial.price.catalogue`
says which offer and usage type a key stands for. The books are files beside this
module, in US dollars; nothing here reaches the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """From `start` units a month on, a unit costs `usd`."""

    start: float
    usd: float


@dataclass(frozen=True, slots=True)
class Price:
    """A list price: what is billed (`offer`, `usage_type`), by which `unit`, and who says so."""

    key: str
    offer: str
    usage_type: str
    unit: str
    tiers: tuple[Tier, ...]
    source: str
    date: str

    def cost(self, quantity: float) -> float:
        """Give the US dollars for a quantity a month, tier by tier."""
        total = 0.0
        for index, tier in enumerate(self.tiers):
            end = self.tiers[index + 1].start if index + 1 < len(self.tiers) else float("inf")
            total += max(0.0, min(quantity, end) - tier.start) * tier.usd
        return total


@dataclass(frozen=True, slots=True)
class Book:
    """The prices of one region."""

    region: str
    prices: Mapping[str, Price]

    def get(self, key: str) -> Price | None:
        """Give a price; None where it is not known."""
        return self.prices.get(key)

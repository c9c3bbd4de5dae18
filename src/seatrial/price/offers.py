"""Find the catalogue's keys among the products of an AWS offer file.

Takes products and their on-demand rates, one at a time, from whichever reader the file
wants; gives a price for each key that exactly one SKU fits, and tells of the others why
they have none. (Northern Virginia sells some things under two usage types, with the
region's prefix and without: where several SKUs cost the same they are one.) A usage type
must fit whole, behind the region's prefix: so extended support, Outposts, reserved
capacity, Spot and local zones fit no key.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seatrial.mistake import Mistake, closest
from seatrial.price.book import Price, Tier
from seatrial.price.item import CLASS, PREFIXES, SIZE, Item


class NotAnOffer(Exception):
    """A file is not an offer file, or only a part of one; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an offer file says of itself: its version and the day that AWS published it."""

    version: str
    date: str

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Header":
        """Read it from the file's own names; a file without a date cannot be cited."""
        lower = {plain(name): value for name, value in said.items()}
        date = lower.get("publicationdate", "")[:10]
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            raise NotAnOffer("it does not say when it was published")
        return cls(lower.get("version", ""), date)


def plain(name: str) -> str:
    """Write an attribute as both formats do: `Pre Installed S/W` is `preInstalledSw`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(slots=True)
class _Found:
    """The SKUs that fit a key, and the usage type of the last one."""

    item: Item
    usage_types: dict[str, str] = field(default_factory=dict)


class Matching:
    """What was found so far in one offer file for one region."""

    def __init__(self, region: str, items: Iterable[Item]) -> None:
        self._wanted = [(_pattern(item, region), _where(item), item) for item in items]
        every = (f"(?:{_unnamed(pattern)})" for pattern, _, _ in self._wanted)
        self._any = re.compile("|".join(every))
        self._found: dict[str, _Found] = {}
        self._skus: dict[str, list[str]] = {}
        self._rates: dict[str, list[Tier]] = {}

    def may(self, usage_type: str) -> bool:
        """Tell whether a usage type fits some key: of most products that is all one need know."""
        return self._any.fullmatch(usage_type) is not None

    def product(self, sku: str, attributes: Mapping[str, str]) -> bool:
        """Take note of a product; tell whether some key wants it."""
        said = {plain(name): value for name, value in attributes.items()}
        usage_type = said.get("usagetype", "")
        if said.get("locationtype", "AWS Region") not in {"AWS Region", ""}:
            return False
        for pattern, where, item in self._wanted:
            fits = pattern.fullmatch(usage_type)
            if not fits or any(said.get(name, "") != value for name, value in where.items()):
                continue
            key = item.key
            if CLASS in key:
                size = said.get(plain(item.of), "") if item.of else fits["class"]
                size = size.removesuffix(".search")
                if not re.fullmatch(SIZE, size):
                    continue
                key = key.replace(CLASS, size)
            self._found.setdefault(key, _Found(item)).usage_types[sku] = usage_type
            self._skus.setdefault(sku, []).append(key)
        return sku in self._skus

    def wants(self, sku: str) -> bool:
        """Tell whether a SKU fits some key."""
        return sku in self._skus

    def rate(self, sku: str, start: str, usd: str) -> None:
        """Take note of one tier of a wanted SKU."""
        try:
            tier = Tier(float(start or 0), float(usd))
        except ValueError:
            raise NotAnOffer(f"a rate of {sku} is not a number") from None
        self._rates.setdefault(sku, []).append(tier)

    def prices(self, source: str, date: str) -> tuple[list[Price], list[str]]:
        """Give the prices, and a sentence for each key that got none."""
        prices, told = [], []
        for key, found in self._found.items():
            costs = {
                sku: tuple(sorted(self._rates[sku], key=lambda tier: tier.start))
                for sku in sorted(found.usage_types)
                if sku in self._rates
            }
            if len(set(costs.values())) != 1:
                count = f"{len(costs)} SKUs that differ" if costs else "no on-demand rate"
                told.append(f"{key}: {count} ({', '.join(costs or sorted(found.usage_types))})")
                continue
            item, (sku, tiers) = found.item, next(iter(costs.items()))
            prices.append(
                Price(
                    key,
                    item.offer,
                    found.usage_types[sku],
                    item.unit,
                    tuple(
                        # Rounded: a millionth of a dollar by a million is a dollar again.
                        Tier(_round(tier.start / item.per), _round(tier.usd * item.per))
                        for tier in tiers
                    ),
                    f"{source}, SKU {sku}",
                    date,
                )
            )
        got = {found.item.key for found in self._found.values()}
        told += [
            f"{item.key}: no SKU ({item.usage_type})"
            for _, _, item in self._wanted
            if item.key not in got
        ]
        return prices, told


def _unnamed(pattern: re.Pattern[str]) -> str:
    return pattern.pattern.replace("(?P<class>", "(?:")


def _round(number: float) -> float:
    return float(f"{number:.12g}")


def _where(item: Item) -> Mapping[str, str]:
    return {plain(name): value for name, value in item.where.items()}


def _pattern(item: Item, region: str) -> re.Pattern[str]:
    parts = "|".join(
        re.escape(each)
        .replace(re.escape(CLASS), f"(?P<class>{SIZE})")
        .replace(re.escape("*"), ".*")
        for each in item.usage_type.split("|")
    )
    if item.world:
        return re.compile(parts)
    if region not in PREFIXES:
        raise Mistake(f"{region} is no region that is known here. {closest(region, PREFIXES)}")
    # Key Management writes the region in full; Northern Virginia's older services write nothing.
    before = f"(?:{PREFIXES[region]}-|{re.escape(region)}-)"
    return re.compile(f"{before}{'?' if region == 'us-east-1' else ''}(?:{parts})")

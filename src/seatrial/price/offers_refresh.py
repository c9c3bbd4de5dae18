"""Make a region's price book from AWS's offer files.

One offer is read after the other; when all are read, the book is written in one step.
Whatever fails or interrupts before that leaves the old book as it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from seatrial.mistake import Mistake, Place, closest
from seatrial.price import offers_csv, offers_json
from seatrial.price.book import Price, save
from seatrial.price.catalogue import ITEMS
from seatrial.price.item import PREFIXES, Item
from seatrial.price.offers import Matching, NotAnOffer
from seatrial.price.offers_files import AWS, opened


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The written book, how many prices it has, and a sentence for each key without one."""

    path: Path
    prices: int
    without: tuple[str, ...]


def refresh(
    region: str,
    offers: str,
    folder: Path,
    progress: Callable[[str], None],
    items: Iterable[Item] = tuple(ITEMS.values()),
) -> Refreshed:
    """Read every offer that the catalogue names and write the region's book to a folder."""
    if region not in PREFIXES:
        raise Mistake(f"there is no region {region} here. {closest(region, PREFIXES)}")
    prices: list[Price] = []
    without: list[str] = []
    ordered = sorted(items, key=_file)
    for (offer, world), group in groupby(ordered, _file):
        got, told = _read(offers, offer, region, world, list(group))
        prices += got
        without += told
        progress(f"{offer}: {len(got)} prices")
    if not prices:
        raise Mistake(
            f"no price of {region} is in {offers}, so no book was written.",
            right="A folder holds files such as AmazonECS.json or AmazonEC2.csv.",
        )
    return Refreshed(save(region, prices, folder), len(prices), tuple(without))


def _file(item: Item) -> tuple[str, bool]:
    return item.offer, item.world


def _read(
    offers: str, offer: str, region: str, world: bool, items: list[Item]
) -> tuple[list[Price], list[str]]:
    with opened(offers, offer, None if world else region) as file:
        if file is None:
            return [], [f"{item.key}: no offer file {offer}" for item in items]
        matching = Matching(region, items)
        try:
            header = (offers_csv if file.csv else offers_json).read(file.text, matching)
        except NotAnOffer as error:
            raise Mistake(f"this is not a whole offer file: {error}.", Place(file.name)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise Mistake(f"cannot read {file.name}: {error}.") from None
    return matching.prices(_cited(offers, offer, region, world, header.version), header.date)


def _cited(offers: str, offer: str, region: str, world: bool, version: str) -> str:
    """Name the file for good: what is `current` today has a version of its own."""
    base = offers.rstrip("/") if "://" in offers else AWS
    return "/".join(
        [base, "offers/v1.0/aws", offer, version or "current", *([] if world else [region])]
    )

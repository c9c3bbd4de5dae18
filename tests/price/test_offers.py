"""Offer files in both of AWS's forms: one SKU per key, streamed, and nothing by chance."""

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from seatrial.mistake import Mistake
from seatrial.price import offers_csv, offers_json
from seatrial.price.book import Price, Tier
from seatrial.price.catalogue import ITEMS
from seatrial.price.offers import Header, Matching, NotAnOffer
from tests.price.offer import DATABASES, POSTGRES, QUEUES, Product, as_csv, as_json

READERS: dict[str, tuple[Callable[..., str], Callable[[TextIO, Matching], Header]]] = {
    "json": (as_json, offers_json.read),
    "csv": (as_csv, offers_csv.read),
}
both = pytest.mark.parametrize("form", READERS)


def found(
    form: str, offer: str, products: list[Product], region: str = "us-east-1"
) -> tuple[dict[str, Price], list[str]]:
    """Write an offer file, read it, and give what was found and what was told."""
    write, read = READERS[form]
    matching = Matching(region, [each for each in ITEMS.values() if each.offer == offer])
    header = read(io.StringIO(write(offer, products), newline=""), matching)
    assert header == Header("20261006224050", "2026-10-06")
    prices, told = matching.prices("a test", header.date)
    return {price.key: price for price in prices}, told


@both
def test_one_sku_is_found_and_its_neighbours_are_not(form: str) -> None:
    prices, _ = found(form, "AmazonRDS", DATABASES)
    assert set(prices) == {
        "rds.pg.db.r5.xlarge.single",
        "rds.pg.db.t4g.small.multi",
        "rds.gp3.single_gb_mo",
    }
    price = prices["rds.pg.db.r5.xlarge.single"]
    assert price.tiers == (Tier(0.0, 0.5),)
    assert (price.offer, price.usage_type, price.unit, price.source, price.date) == (
        "AmazonRDS",
        "InstanceUsage:db.r5.xl",
        "hour",
        "a test, SKU KEEP1",
        "2026-10-06",
    )


@both
def test_two_skus_that_differ_are_told_and_left_out(form: str) -> None:
    prices, told = found(form, "AmazonRDS", DATABASES)
    assert "rds.gp2.single_gb_mo" not in prices
    assert "rds.gp2.single_gb_mo: 2 SKUs that differ (GP2A, GP2B)" in told


@both
def test_a_key_without_a_sku_is_told(form: str) -> None:
    _, told = found(form, "AmazonRDS", DATABASES)
    assert "aurora.acu_h: no SKU (Aurora:ServerlessV2Usage)" in told


@both
def test_tiers_are_sorted_and_counted_in_our_unit(form: str) -> None:
    prices, _ = found(form, "AWSQueueService", QUEUES)
    assert prices["sqs.request_1m"].tiers == (
        Tier(0.0, 0.4),
        Tier(100_000.0, 0.3),
        Tier(200_000.0, 0.24),
    )


@both
def test_another_regions_prefix_is_needed_there(form: str) -> None:
    west = Product(
        "WEST",
        "Database Instance",
        {"usagetype": "USW2-InstanceUsage:db.r5.xl", "instanceType": "db.r5.xlarge", **POSTGRES},
        [("0", "Inf", "0.5")],
        region="us-west-2",
    )
    bare = Product("BARE", "x", {**west.attributes, "usagetype": "InstanceUsage:db.r5.xl"})
    zone = Product(
        "ZONE", "x", {**west.attributes, "locationType": "AWS Local Zone"}, [("0", "Inf", "0.6")]
    )
    prices, _ = found(form, "AmazonRDS", [west, bare, zone], "us-west-2")
    assert prices["rds.pg.db.r5.xlarge.single"].source == "a test, SKU WEST"


def test_a_reservation_among_the_on_demand_terms_is_no_price() -> None:
    reserved = {
        "NODE.6QCMYABX3D": {
            "offerTermCode": "6QCMYABX3D",
            "priceDimensions": {
                "NODE.6QCMYABX3D.2TG2D8R56U": {
                    "description": "Upfront Fee",
                    "unit": "Quantity",
                    "pricePerUnit": {"USD": "1143.7056"},
                }
            },
            "termAttributes": {"LeaseContractLength": "1yr", "PurchaseOption": "All Upfront"},
        }
    }
    node = Product(
        "NODE",
        "Cache Instance",
        {
            "usagetype": "NodeUsage:cache.r5.large",
            "instanceType": "cache.r5.large",
            "cacheEngine": "Valkey",
        },
        [("0", "Inf", "0.1728")],
        extra=reserved,
    )
    prices, _ = found("json", "AmazonElastiCache", [node])
    assert prices["elasticache.valkey.cache.r5.large"].tiers == (Tier(0.0, 0.1728),)


def test_a_region_that_nobody_knows_is_told() -> None:
    with pytest.raises(Mistake, match="eu-west-1"):
        Matching("eu-wets-1", ITEMS.values())


@both
def test_a_file_that_ends_early_gives_no_prices(form: str) -> None:
    """Cut anywhere, the file is refused, unless all that is asked of it was already there."""
    write, read = READERS[form]
    text = write("AmazonRDS", DATABASES)
    enough = text.index('"Reserved"') if form == "json" else text.rindex("\n")
    for end in range(0, enough, 211):
        matching = Matching("us-east-1", ITEMS.values())
        with pytest.raises(NotAnOffer):
            read(io.StringIO(_cut(form, text, end), newline=""), matching)


def _cut(form: str, text: str, end: int) -> str:
    # A CSV file that ends between two rows is whole for all that a reader can see.
    if form == "csv" and text[:end].endswith("\n"):
        end -= 3
    return text[:end]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"products": {}}', '{"products": {"A": 7}, "terms": {}}',
     '{"publicationDate": "2026-10-06", "terms": {"OnDemand": {}}', '{"a": 1} {', "<html>"],
)  # fmt: skip
def test_what_is_no_offer_file_is_refused(text: str) -> None:
    if text.startswith('{"publicationDate"'):
        return  # all that is asked of it is there
    with pytest.raises(NotAnOffer):
        offers_json.read(io.StringIO(text), Matching("us-east-1", []))
    with pytest.raises(NotAnOffer):
        offers_csv.read(io.StringIO(text, newline=""), Matching("us-east-1", []))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 4096])
def test_the_window_may_break_anywhere(size: int) -> None:
    text = as_json("AmazonRDS", DATABASES)
    whole, _ = found("json", "AmazonRDS", DATABASES)
    matching = Matching("us-east-1", [e for e in ITEMS.values() if e.offer == "AmazonRDS"])
    offers_json.read(Drops(text, size), matching)
    prices, _ = matching.prices("a test", "2026-10-06")
    assert {price.key: price for price in prices} == whole


class Drops(io.StringIO):
    """A stream that gives a few characters at a time, however many are asked for."""

    def __init__(self, text: str, size: int) -> None:
        super().__init__(text)
        self._size = size

    def read(self, size: int | None = -1) -> str:
        return super().read(self._size)


class Long(io.TextIOBase):
    """A long offer file that is never anywhere as a whole: it is written as it is read."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts = parts
        self._left = ""
        self.given = 0

    def read(self, size: int | None = -1) -> str:
        assert size is not None
        while len(self._left) < size and (part := next(self._parts, "")):
            self._left += part
        given, self._left = self._left[:size], self._left[size:]
        self.given += len(given)
        return given

    def __iter__(self) -> Iterator[str]:
        yield from self._parts

    def readable(self) -> bool:
        return True


PRODUCTS = 8_000


def _long_json() -> Iterator[str]:
    whole = json.loads(as_json("AmazonRDS", DATABASES))
    noise = "x" * 900
    yield '{"publicationDate": "2026-10-06T22:40:50Z", "version": "1", "products": {'
    for number in range(PRODUCTS):
        attributes = {"usagetype": f"Other:{number}", "description": noise}
        yield f'"N{number}": {json.dumps({"productFamily": "x", "attributes": attributes})},'
    yield json.dumps(whole["products"])[1:-1]
    yield '}, "terms": {"OnDemand": {'
    for number in range(PRODUCTS):
        yield f'"N{number}": {json.dumps({"T": {"priceDimensions": {}, "note": noise}})},'
    yield json.dumps(whole["terms"]["OnDemand"])[1:-1]
    yield '}, "Reserved": {'
    while True:
        yield "this is never read " * 1000


def _long_csv() -> Iterator[str]:
    head, *rows = as_csv("AmazonRDS", DATABASES).splitlines(keepends=True)
    other = rows[5].replace("InstanceUsage", "Other").replace("a price", "x" * 900)
    yield head
    yield from rows[:5]
    for _ in range(PRODUCTS * 2):
        yield other
    yield from rows[5:]


@pytest.mark.parametrize(
    ("parts", "read"), [(_long_json, offers_json.read), (_long_csv, offers_csv.read)]
)
def test_a_long_file_is_never_in_memory(
    parts: Callable[[], Iterator[str]], read: Callable[[TextIO, Matching], Header]
) -> None:
    """Of some 15 MB, no more than an eighth is ever held; the window does not grow."""
    stream = Long(_counted(parts(), length := [0]))
    matching = Matching("us-east-1", [e for e in ITEMS.values() if e.offer == "AmazonRDS"])
    tracemalloc.start()
    try:
        read(stream, matching)  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    prices, _ = matching.prices("a test", "2026-10-06")
    assert {"rds.pg.db.r5.xlarge.single", "rds.pg.db.t4g.small.multi"} <= {p.key for p in prices}
    assert length[0] > 14_000_000
    assert peak < length[0] / 8


def _counted(parts: Iterator[str], length: list[int]) -> Iterator[str]:
    for part in parts:
        length[0] += len(part)
        yield part

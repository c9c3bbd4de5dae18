"""The books: complete, cited, found where they should be, and never half written."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from seatrial.price import book as books
from seatrial.price.book import OURS, Book, Price, Tier, load, regions, save
from seatrial.price.catalogue import item
from seatrial.price.item import UNITS

OURS_BY_REGION = [load(path) for path in sorted(OURS.glob("*.json"))]
EVERY = [price for each in OURS_BY_REGION for price in each.prices.values()]


@pytest.fixture(autouse=True)
def _no_books_of_a_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path / "none"))


def test_the_five_systems_regions_have_books() -> None:
    assert {each.region for each in OURS_BY_REGION} >= {"us-east-1", "us-west-2"}


@pytest.mark.parametrize("book", OURS_BY_REGION, ids=lambda each: each.region)
def test_every_price_is_what_the_catalogue_says_it_is(book: Book) -> None:
    for key, price in book.prices.items():
        meant = item(key)
        assert meant, f"{key} is not in the catalogue"
        assert (price.key, price.offer, price.unit) == (key, meant.offer, meant.unit)
        assert price.unit in UNITS
        assert price.usage_type


@pytest.mark.parametrize("book", OURS_BY_REGION, ids=lambda each: each.region)
def test_every_price_says_who_said_so_and_when(book: Book) -> None:
    for price in book.prices.values():
        assert len(price.source) > 20, price.key
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price.date), price.key


@pytest.mark.parametrize("book", OURS_BY_REGION, ids=lambda each: each.region)
def test_tiers_begin_at_nothing_and_rise(book: Book) -> None:
    for price in book.prices.values():
        starts = [tier.start for tier in price.tiers]
        assert starts[0] == 0, price.key
        assert starts == sorted(set(starts)), price.key
        assert all(tier.usd >= 0 for tier in price.tiers), price.key
        assert price.tiers[-1].usd > 0, price.key


@pytest.mark.parametrize("book", OURS_BY_REGION, ids=lambda each: each.region)
def test_a_standby_costs_about_as_much_again(book: Book) -> None:
    """Multi-AZ is not always twice (0.032 and 0.065), but never far from it: a slip would show."""
    for key, price in book.prices.items():
        single = book.get(key.replace(".multi", ".single")) if ".multi" in key else None
        if single:
            assert price.tiers[0].usd == pytest.approx(2 * single.tiers[0].usd, rel=0.03), key


def test_what_was_known_before_is_what_the_book_says() -> None:
    known = json.loads(Path(__file__).with_name("known.json").read_text())
    assert len(known) == 59
    book = Book.of("us-east-1")
    assert {key: book.prices[key].tiers[0].usd for key in known} == known


def test_tiers_are_summed_one_by_one() -> None:
    price = Book.of("us-east-1").prices["egress.gb"]
    assert price.cost(100) == pytest.approx(9.0)
    assert price.cost(10_240 + 100) == pytest.approx(10_240 * 0.09 + 100 * 0.085)
    assert price.cost(0) == 0


def test_a_region_without_a_book_is_told_with_the_command_that_makes_one() -> None:
    with pytest.raises(Mistake) as told:
        Book.of("eu-west-9")
    assert "us-east-1" in str(told.value)
    assert "seatrial prices refresh --region eu-west-9" in str(told.value)


def _price(key: str, usd: float, **other: str) -> Price:
    said = {"source": "a test", "date": "2026-11-21"} | other
    return Price(key, "AmazonEC2", "NatGateway-Hours", "hour", (Tier(0.0, usd),), **said)


def test_the_users_own_price_goes_before_ours_and_ours_fills_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path))
    save("us-east-1", [_price("nat.h", 0.046)], tmp_path)
    book = Book.of("us-east-1")
    assert book.prices["nat.h"].tiers == (Tier(0.0, 0.046),)
    assert book.prices["nat.h"].source == "a test"
    assert book.get("alb.h") == load(OURS / "us-east-1.json").get("alb.h")


def test_a_region_that_only_the_user_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path))
    save("eu-west-1", [_price("nat.h", 0.048)], tmp_path)
    assert "eu-west-1" in regions()
    assert set(Book.of("eu-west-1").prices) == {"nat.h"}


def test_the_users_folder_is_in_their_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SEATRIAL_PRICES")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert books.users_folder() == tmp_path / "seatrial" / "prices"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert books.users_folder() == Path.home() / ".local/share/seatrial/prices"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"region": "r", "sources": {}, "prices": {"nat.h": {"source": "1"}}}'],
)
def test_a_broken_book_is_told_by_name(text: str, tmp_path: Path) -> None:
    broken = tmp_path / "us-east-1.json"
    broken.write_text(text)
    with pytest.raises(Mistake, match="not a price book"):
        load(broken)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    prices = dict(OURS_BY_REGION[0].prices)
    path = save("us-east-1", prices.values(), tmp_path / "deep" / "folder")
    assert load(path).prices == prices
    assert [each.name for each in path.parent.iterdir()] == ["us-east-1.json"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "us-east-1.json").mkdir()
    with pytest.raises(Mistake, match="cannot write"):
        save("us-east-1", [_price("nat.h", 0.045)], tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["us-east-1.json"]


KILLED = """
import sys
from pathlib import Path
from seatrial.price.book import OURS, load, save
book = list(load(OURS / "us-east-1.json").prices.values())
print("writing", flush=True)
while True:
    save("us-east-1", book, Path(sys.argv[1]))
    save("us-east-1", book[:100], Path(sys.argv[1]))
"""


def test_a_killed_writer_leaves_a_whole_book(tmp_path: Path) -> None:
    whole = dict(load(OURS / "us-east-1.json").prices)
    for wait in (0.0, 0.003, 0.011, 0.027):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writing\n"
            while not (tmp_path / "us-east-1.json").exists():
                time.sleep(0.001)
            time.sleep(wait)
            writer.kill()
        found = load(tmp_path / "us-east-1.json").prices
        assert len(found) in {100, len(whole)}
        assert found == {key: whole[key] for key in found}

"""docs/prices.md says of each key that it has no price, and of each source where it is."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from seatrial.price import catalogue
from seatrial.price.book import OURS, Book, load
from seatrial.price.catalogue import ITEMS, item
from tests.golden.costs import bill_of
from tests.golden.systems import EXAMPLES, ROOT, graphs

DOCUMENT = (ROOT / "docs" / "prices.md").read_text("utf-8")
BOOKS = [load(path) for path in sorted(OURS.glob("*.json"))]
PRICES = Path(catalogue.__file__).parent
DEPLOYMENTS = [(example, name) for example in EXAMPLES for name in graphs(example)]
NOT_BILLED_BY_ANY_SEEN_NAME = {"msk.express_in_gb"}
"""Keys without an item: AWS's usage type was seen nowhere, so nothing can be read by it."""


def rows() -> Iterator[tuple[str, str]]:
    """Give each pattern of a key that is told as not known, with its regions."""
    for line in DOCUMENT.partition("## Not known")[2].splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        if len(cells) == 3:
            yield from ((pattern, cells[1]) for pattern in re.findall(r"`([^`]+)`", cells[0]))


def told(key: str, region: str) -> bool:
    return any(
        fnmatch(key, pattern) and where in {region, "both", "all"} for pattern, where in rows()
    )


@pytest.mark.parametrize("book", BOOKS, ids=lambda each: each.region)
def test_the_document_counts_the_prices(book: Book) -> None:
    assert f"| {book.region} | {len(book.prices)} |" in DOCUMENT


@pytest.mark.parametrize("book", BOOKS, ids=lambda each: each.region)
def test_every_source_is_an_address_a_package_or_a_row_of_the_document(book: Book) -> None:
    before = DOCUMENT.partition("## Not known")[0]
    for source in {price.source for price in book.prices.values()}:
        numbers = re.findall(r"docs/prices\.md, (\d+)", source)
        assert numbers or re.search(r"https://|github\.com/[\w.-]+/[\w.-]+|PyPI ", source), source
        assert all(number in before for number in numbers), source
        for repository in re.findall(r"github\.com/[\w.-]+/([\w.-]+)@", source):
            assert repository in before, source


@pytest.mark.parametrize("book", BOOKS, ids=lambda each: each.region)
def test_a_price_of_no_known_day_is_named(book: Book) -> None:
    for key, price in book.prices.items():
        if "say no day" in price.source:
            assert f"`{key}`" in DOCUMENT, key


@pytest.mark.parametrize("book", BOOKS, ids=lambda each: each.region)
def test_what_the_book_lacks_is_told(book: Book) -> None:
    here = f"transfer.{book.region}_gb"
    lacking = [key for key in ITEMS if "{" not in key and key not in {here, *book.prices}]
    assert [key for key in lacking if not told(key, book.region)] == []


@pytest.mark.parametrize("book", BOOKS, ids=lambda each: each.region)
def test_nothing_is_told_as_lacking_that_the_book_has(book: Book) -> None:
    said = {pattern for pattern, where in rows() if where in {book.region, "both", "all"}}
    assert len(said) > 10
    assert said & book.prices.keys() == set()


@pytest.mark.parametrize(("example", "name"), DEPLOYMENTS, ids=lambda each: each)
def test_a_price_that_a_bill_lacks_is_told(example: str, name: str) -> None:
    for line in bill_of(graphs(example)[name]).lines:
        if line.unknown:
            assert len(line.unknown.split()) > 2, line
        found = re.fullmatch(r"no price of (\S+) in (\S+)", line.unknown)
        if found:
            assert told(found[1], found[2]), line.unknown


def keys(path: Path) -> Iterator[str]:
    """Give the keys that a file of rules writes out."""
    first = {key.partition(".")[0] for key in ITEMS}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            key = re.fullmatch(r"([a-z0-9]+)(\.[a-z0-9_-]*[a-z0-9])+", node.value)
            if key and key[1] in first:
                yield node.value


def test_every_key_that_a_rule_asks_for_is_in_the_catalogue() -> None:
    asked = {key for path in (PRICES / "services").glob("*.py") for key in keys(path)}
    asked |= {key for name in ("transfer", "models") for key in keys(PRICES / f"{name}.py")}
    assert len(asked) > 50
    beginnings = {key.rpartition(".")[0] for key in ITEMS}
    strange = {key for key in asked - beginnings if not item(key)}
    assert strange == NOT_BILLED_BY_ANY_SEEN_NAME

"""Each document's rows beside list price agree with the calculation by hand, row by row."""

import pytest

from seatrial.cli.cost_against import compared_with
from seatrial.language.loading import load
from seatrial.price.against import Comparison, compare, most_saved
from seatrial.price.bill import Bill
from seatrial.price.book import Book, Price, Tier
from seatrial.price.document import Direct, Option, Row, Selector, Table, seed
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Usage
from tests.golden.systems import EXAMPLES, ROOT

BY_HAND = {
    "analytics": {
        "000-103": 27.03,
        "000-104": 90.10,
        "000-105": 27.03,
        "000-106": 489.90,
        "000-107": 845.00,
        "000-108": 240.00,
        "000-109": 315.36,
        "000-110": 16.43,
        "000-111": 85.00,
        "000-112": 0.23,
        "000-113": 25.00,
        "000-114": 45.00,
    },
    "support": {
        "001-035": 36.04,
        "001-036": 36.04,
        "001-037": 25.66,
        "001-038": 11.68,
        "001-039": 27.50,  # 26.28 and the disk, by hand "about 1.22"
        "001-041": 16.43,
        "001-042": 32.85,
        "001-083": 25.66,
    },
    "assistant": {
        "003-044": 72.08,
        "003-046": 16.43,
    },
    "fastapi-app": {
        "004-089": 36.04,
        "004-090": 30.88,
        "004-093": 0.90,
        "004-094": 0.50,
        "004-095": 2.50,
    },
}
"""The hand calculation of list prices (us-east-1, 730 hours), to the cent."""

OTHERWISE = {
    "001-065": (9.00, "by hand 5 and 1 a rule: the system has four rules"),
    "001-121": (734.38, "by hand 734, without the cents"),
    "001-124": (1027.84, "by hand not looked up: 730 hours at 1.408"),
    "001-128": (14.66, "by hand 12.26: the machine without its disk of 30 GB"),
    "003-043": (96.00, "by hand 95: runs of the edge function are 1.00"),
    "003-045": (221.00, "by hand 87.60 to 350.40 and storage: here the middle, and 2.00"),
    "003-047": (4.40, "by hand four secrets: the edge's key and the URL, and five replicas"),
    "004-091": (16.50, "by hand 16.43: 10 GB of answers are 0.07 of capacity units"),
    "004-092": (65.93, "by hand 65.70: 5 GB of logs go through the gateways"),
    "004-096": (1.20, "by hand two secrets: the token key is a third"),
}
"""Where the bill differs from the hand calculation, and why."""


def comparisons(example: str) -> list[Comparison]:
    system = load(ROOT / "examples" / example)
    found = seed(system.name)
    assert found is not None
    return [compared_with(system, table) for table in found.tables]


@pytest.mark.parametrize("example", BY_HAND)
def test_rows_agree_with_the_hand_calculation_or_say_why_not(example: str) -> None:
    priced = {
        row.row.id: round(row.listed.expected, 2)
        for compared in comparisons(example)
        for row in compared.rows
        if row.known
    }
    for id, usd in BY_HAND[example].items():
        assert priced[id] == usd, id
    for id in priced.keys() - BY_HAND[example].keys() - {"001-129", "001-130"}:
        assert priced[id] == OTHERWISE[id][0], id


def test_no_difference_is_told_that_no_row_has() -> None:
    rows = {row.row.id for each in BY_HAND for made in comparisons(each) for row in made.rows}
    assert OTHERWISE.keys() <= rows


def test_the_whole_of_000_115_by_hand() -> None:
    """By hand "about 2,370": the rows to the cent, and about 166 that the table leaves out.

    The bill has three of those to the cent. Of the fourth, the secrets, by hand there were four:
    the system has five, and three of them have a replica in the second region.
    """
    (made,) = comparisons("analytics")
    rows = sum(row.listed.expected for row in made.rows if row.known)
    assert rows == pytest.approx(2206.08, abs=0.005)
    by_hand = {
        "NAT gateway hours": 98.55,
        "proxy": 43.80,
        "public IPv4 addresses": 21.90,
        "secrets": 1.60,
    }
    assert rows + sum(by_hand.values()) == pytest.approx(2371.93, abs=0.005)
    billed = {
        name: round(sum(each.cost.expected for each in made.left_out if each.component == name), 2)
        for name in by_hand
    }
    assert billed == by_hand | {"secrets": 3.20}


@pytest.mark.parametrize("example", BY_HAND)
def test_every_line_is_in_one_row_or_left_out(example: str) -> None:
    for compared in comparisons(example):
        taken = [line for row in compared.rows for line in row.lines]
        everything = [*taken, *compared.left_out, *compared.free]
        assert sorted(map(id, everything)) == sorted(map(id, compared.bill.lines))
        assert all(row.row.why for row in compared.rows)
        assert all(each.option.why for each in compared.saved)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_seed_has_its_rows_from_its_document(example: str) -> None:
    found = seed(load(ROOT / "examples" / example).name)
    assert found is not None
    number = found.name.partition("_")[0]
    ids = [row.id for table in found.tables for row in (*table.row, *table.options)]
    assert all(each.startswith(f"{number}-") for each in ids)
    assert bool(ids) == (example != "chat")
    for table in found.tables:
        if table.sum is not None:
            low = sum(row.usd[0] for row in table.row)
            high = sum(row.usd[1] for row in table.row)
            assert (low, high) == table.sum, "the rows add up to what the document says"


def line(part: str, key: str, usd: float, component: str = "hours", unknown: str = "") -> Line:
    price = Price(key, "Offer", "Usage", "hour", (Tier(0, 1.0),), "a test", "2026-11-21")
    return Line(part, component, "", key, price, Quantity.of(usd), "", unknown=unknown)


def row(id: str, usd: float, *lines: Selector, direct: tuple[Direct, ...] = ()) -> Row:
    return Row(id, id, (usd, usd), lines, direct, "because", "")


def table(*rows: Row, options: tuple[Option, ...] = ()) -> Table:
    return Table("T", "", "production", (10, 10), None, "", {}, Usage(), rows, options, None)


def compared(made: Table, *lines: Line) -> Comparison:
    bill = Bill("shop", "production", "us-east-1", lines)
    price = line("", "egress.gb", 0).price
    assert price is not None
    return compare(made, bill, bill, Book("us-east-1", {"egress.gb": price}))


def test_the_first_row_that_asks_for_a_line_has_it() -> None:
    made = table(row("a", 1, Selector("api", "ec2.*")), row("b", 2, Selector("*", "*")))
    found = compared(made, line("api", "ec2.t3.nano", 3), line("db", "rds.x", 4))
    assert [each.listed.expected for each in found.rows] == [3, 4]
    assert [each.difference for each in found.rows] == [(2, 2), (2, 2)]
    assert found.left_out == ()


def test_what_no_row_asks_for_is_left_out_and_what_is_free_is_apart() -> None:
    made = table(row("a", 1, Selector("api", "*")))
    found = compared(made, line("api", "x", 3), line("db", "y", 4), line("always free", "x", -1))
    assert found.missing == 4
    assert [each.cost.expected for each in found.free] == [-1]


def test_what_the_system_has_not_is_priced_directly_or_unknown() -> None:
    made = table(
        row("a", 1, direct=(Direct("egress.gb", 5),)),
        row("b", 1, direct=(Direct("nowhere", 5),)),
        row("c", 1, Selector("gone", "*")),
        row("d", 1, Selector("api", "*")),
    )
    found = compared(made, line("api", "x", 3, unknown="nobody said it"))
    assert [each.missing for each in found.rows] == [
        "",
        "no price of nowhere in us-east-1",
        "the system as described has none",
        "nobody said it",
    ]
    assert found.rows[0].listed.expected == 5
    assert found.said_of_known == (1, 1)


def test_the_larger_of_two_savings_on_one_line_counts() -> None:
    every = (Selector("*", "*"),)
    options = (
        Option("a", "", (10, 20), every, ""),
        Option("b", "", (30, 50), (Selector("db", "*"),), ""),
        Option("c", "", None, (), ""),
    )
    found = compared(table(options=options), line("api", "x", 100), line("db", "y", 10))
    assert most_saved(found.table, found.bill) == pytest.approx(20 + 5)
    assert [each.usd for each in found.saved] == [(11, 22), (3, 5), None]

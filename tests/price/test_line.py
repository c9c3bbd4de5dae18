"""A line's cost is its quantity at its price, tier by tier."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.price.line import Line
from seatrial.price.quantity import ZERO, Quantity
from tests.price.graphs import price


def line(quantity: Quantity, *tiers: tuple[float, float], before: Quantity = ZERO) -> Line:
    return Line("api", "data", "X", "k", price("k", *tiers), quantity, "how", before=before)


def test_each_tier_costs_its_own_price() -> None:
    tiered = line(Quantity(5, 15, 30), (0, 1.0), (10, 0.5), (20, 0.1))
    assert tiered.cost == Quantity(5, 12.5, 16)


def test_a_later_line_begins_where_others_ended() -> None:
    tiers = ((0, 1.0), (10, 0.5))
    first = line(Quantity.of(8), *tiers)
    second = line(Quantity.of(8), *tiers, before=first.quantity)
    assert first.cost + second.cost == line(Quantity.of(16), *tiers).cost
    assert second.cost == Quantity.of(2 * 1.0 + 6 * 0.5)


def test_what_is_unknown_costs_nothing_that_is_counted() -> None:
    unknown = Line("api", "x", "", "k", None, Quantity.of(9), "", unknown="no price")
    assert unknown.cost == ZERO
    assert not unknown.known
    assert not unknown.empty


def test_the_users_own_word_is_a_price() -> None:
    assert Line("p", "x", "", "", None, Quantity.of(1), "", usd=70.0).cost == Quantity.of(70)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8))
def test_lines_that_share_tiers_cost_what_their_sum_does(quantities: list[float]) -> None:
    tiers = ((0, 0.09), (100, 0.085), (5000, 0.07))
    used, shared = ZERO, 0.0
    for each in quantities:
        shared += line(Quantity.of(each), *tiers, before=used).cost.expected
        used = used + each
    assert abs(shared - line(used, *tiers).cost.expected) < 1e-6

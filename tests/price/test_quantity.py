"""Three figures at once: arithmetic holds for each of them."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.price.quantity import ZERO, Quantity, plain

FIGURES = st.floats(0, 1e9)


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    return Quantity(*sorted(draw(st.tuples(FIGURES, FIGURES, FIGURES))))


@given(quantities(), quantities())
def test_a_sum_is_the_sum_of_each(one: Quantity, other: Quantity) -> None:
    both = one + other
    assert (both.low, both.expected, both.high) == (
        one.low + other.low,
        one.expected + other.expected,
        one.high + other.high,
    )


@given(quantities(), quantities())
def test_order_stays(one: Quantity, other: Quantity) -> None:
    for found in (one + other, one * other, one.at_least(other), one.at_most(other)):
        assert found.low <= found.expected <= found.high


def test_a_number_stands_for_every_traffic() -> None:
    assert Quantity(1, 2, 3) * 2 == Quantity(2, 4, 6)
    assert 2 * Quantity(1, 2, 3) == Quantity(2, 4, 6)
    assert Quantity(2, 4, 6) / 2 - 1 == Quantity(0, 1, 2)
    assert -Quantity(1, 2, 3) + Quantity(1, 2, 3) == ZERO
    assert not ZERO
    assert Quantity(0, 0, 1)


def test_it_reads_as_one_figure_or_three() -> None:
    assert str(Quantity.of(3)) == "3"
    assert str(Quantity(2, 5, 20)) == "2 / 5 / 20"
    assert str(Quantity(1e6, 1.5e6, 2.25e7)) == "1,000,000 / 1,500,000 / 22,500,000"


def test_a_number_reads_as_people_write_it() -> None:
    shown = {0.25: "0.25", 730.0: "730", 1 / 3: "0.3333", 1234.56: "1,234.6", 0.00001: "1e-05"}
    assert {number: plain(number) for number in shown} == shown

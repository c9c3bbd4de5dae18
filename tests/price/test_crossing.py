"""Where two costs cross is found to the cent, whatever pieces of line they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.price.crossing import Way, crossings


def way(name: str, fixed: float, each: float, unknown: str = "") -> Way:
    return Way(name, lambda volume: fixed + each * volume, unknown=unknown)


def test_the_cheaper_of_two_changes_once() -> None:
    [found] = crossings([way("tokens", 0, 0.1), way("machine", 250, 0)], [100, 1000, 10_000])
    assert (found.first, found.then) == ("tokens", "machine")
    assert found.volume == pytest.approx(2500)
    assert found.cost == pytest.approx(250)


def test_what_is_unknown_crosses_nothing() -> None:
    assert not crossings([way("a", 0, 1), way("b", 9, 0, unknown="no price")], [1, 100])


def test_what_is_always_cheaper_crosses_nothing() -> None:
    assert not crossings([way("a", 0, 1), way("b", 9, 1)], [1, 100])


def test_tiers_cross_where_they_do() -> None:
    tiered = Way("tiered", lambda volume: min(volume, 50) + max(0, volume - 50) * 0.1)
    [found] = crossings([tiered, way("flat", 52, 0)], [1, 1000])
    assert found.volume == pytest.approx(70, abs=0.2)


@given(st.floats(1, 1000), st.floats(0.001, 10), st.floats(1, 1000), st.floats(0.001, 10))
def test_at_a_crossing_both_cost_the_same(a: float, b: float, c: float, d: float) -> None:
    one, other = way("one", a, b), way("other", c, d)
    for found in crossings([one, other], [1, 10, 100, 1000]):
        assert one.cost(found.volume) == pytest.approx(other.cost(found.volume), abs=0.01)
        least = {"one": one, "other": other}
        assert least[found.first].cost(0.5) < least[found.then].cost(0.5) or found.volume < 1

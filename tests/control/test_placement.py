"""Cases from https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.placement import Move, rebalance, zone_for_new, zone_to_shrink

ZONES = ("a", "b", "c")
COUNTS = st.dictionaries(st.sampled_from(ZONES), st.integers(0, 9))
LOST = st.sets(st.sampled_from(ZONES))


def test_the_next_task_goes_where_the_fewest_are() -> None:
    # "if zone A has one running service task and zones B and C each have zero, [...] either zone
    # B or C are considered optimal for placement"
    assert zone_for_new({"a": 1}, ZONES) == "b"
    assert zone_for_new({"a": 1, "b": 1}, ZONES) == "c"


def test_a_lost_zone_gets_no_task() -> None:
    assert zone_for_new({"a": 5, "b": 5}, ZONES, lost={"c"}) == "a"
    assert zone_for_new({}, ZONES, lost=set(ZONES)) is None


def test_the_fullest_zone_gives_a_task_up() -> None:
    assert zone_to_shrink({"a": 1, "b": 3, "c": 2}, ZONES) == "b"
    assert zone_to_shrink({"a": 0}, ZONES) is None
    assert zone_to_shrink({"a": 4, "b": 1}, ZONES, lost={"b"}) == "b"


def test_a_zone_that_the_service_has_left_still_gives_up_its_tasks() -> None:
    assert zone_to_shrink({"gone": 1}, ZONES) == "gone"


def test_two_more_tasks_make_a_zone_too_full() -> None:
    assert rebalance({"a": 2, "b": 2, "c": 0}, ZONES) == Move("a", "c")
    assert rebalance({"a": 2, "b": 1, "c": 1}, ZONES) is None
    assert rebalance({"a": 9}, ("a",)) is None
    assert rebalance({"a": 9}, ZONES, lost={"b", "c"}) is None


@settings(deadline=None)
@given(COUNTS, LOST)
def test_a_move_always_evens_out(counts: dict[str, int], lost: set[str]) -> None:
    move = rebalance(counts, ZONES, lost)
    live = [counts.get(zone, 0) for zone in ZONES if zone not in lost]
    assert (move is not None) == (len(live) > 1 and max(live) - min(live) > 1)
    if move:
        assert not {move.source, move.target} & lost
        assert counts[move.source] - counts.get(move.target, 0) > 1

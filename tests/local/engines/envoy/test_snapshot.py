from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.engines.envoy import BUCKETS, GroupCount, ListenerCount, Snapshot


def count(times: list[float]) -> GroupCount:
    """Count these response times as Envoy does."""
    buckets = [sum(time <= bound for time in times) for bound in BUCKETS]
    return GroupCount(
        requests=len(times),
        targets={2: len(times)},
        response_times=(*buckets, len(times)),
        response_time_sum=sum(times),
    )


@given(st.lists(st.floats(0.0001, 100.0), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    found = count(times).percentile(share)
    assert found is not None
    rank = share * len(times)
    true = sorted(times)[max(0, -(-rank // 1) - 1).__int__()]
    upper = bisect_left(BUCKETS, true)
    low = BUCKETS[upper - 1] if upper else 0.0
    assert low <= found <= BUCKETS[upper] + 1e-9


@given(st.lists(st.floats(0.0001, 150.0), min_size=1))
def test_percentiles_grow_and_stay_in_range(times: list[float]) -> None:
    counted = count(times)
    values = [counted.percentile(share / 10) for share in range(1, 11)]
    assert values == sorted(value for value in values if value is not None)
    assert counted.average == pytest.approx(sum(times) / len(times))


def test_nothing_has_no_times() -> None:
    assert GroupCount().percentile(0.5) is None
    assert GroupCount().average is None


def test_a_window_is_the_difference() -> None:
    early = GroupCount(5, {2: 4}, {502: 1}, 1, count([0.1] * 4).response_times, 0.4)
    late = GroupCount(
        9, {2: 6, 5: 1}, {502: 2}, 2, count([0.1] * 4 + [1.0] * 3).response_times, 3.4
    )
    listener = ListenerCount(5, {502: 1}), ListenerCount(9, {502: 2, 400: 1})
    before = Snapshot(10.0, {"web": early}, {"front": listener[0]})
    after = Snapshot(15.0, {"web": late, "new": early}, {"front": listener[1]})
    window = after.since(before)
    assert window.seconds == 5.0
    web = window.groups["web"]
    assert (web.requests, web.targets, web.elb, web.connection_errors) == (
        4,
        {2: 2, 5: 1},
        {502: 1},
        1,
    )
    assert web.average == pytest.approx(1.0)
    assert web.response_times[-1] == 3
    assert window.groups["new"] == early
    assert window.listeners["front"] == ListenerCount(4, {502: 1, 400: 1})


def test_after_a_restart_the_window_has_what_there_is_now() -> None:
    late = GroupCount(100, {2: 100}, response_times=count([0.1] * 100).response_times)
    fresh = count([0.2, 0.3])
    assert fresh - late == fresh
    assert ListenerCount(2) - ListenerCount(100) == ListenerCount(2)

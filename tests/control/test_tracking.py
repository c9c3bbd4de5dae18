"""Cases from https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
and https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.tracking import Bounds, Decision, TargetTracking, TrackingRule, combine

CPU = TrackingRule("cpu", 70.0, scale_out_cooldown=60.0, scale_in_cooldown=300.0)
BOUNDS = Bounds(2, 6)


def policy(values: list[float | None], rule: TrackingRule = CPU) -> TargetTracking:
    tracked = TargetTracking(rule)
    for number, value in enumerate(values):
        tracked.observe(60.0 * number, value)
    return tracked


def desired(decision: Decision | None) -> int | None:
    return decision.desired if decision else None


def test_three_high_datapoints_scale_out_in_proportion() -> None:
    assert policy([90, 90]).decide(0.0, 2, BOUNDS) is None
    decision = policy([90, 90, 90]).decide(0.0, 2, BOUNDS)
    assert decision == Decision(3, "out", "cpu is 90, above its target of 70")
    # 3 tasks at 140 % of the target need 4.2, which is 5.
    assert desired(policy([98, 98, 98]).decide(0.0, 3, BOUNDS)) == 5


def test_a_metric_at_its_target_scales_nothing() -> None:
    assert policy([70] * 15).decide(0.0, 3, BOUNDS) is None
    assert policy([63] * 15).decide(0.0, 3, BOUNDS) is None


def test_fifteen_low_datapoints_scale_in() -> None:
    assert policy([20] * 14).decide(0.0, 6, BOUNDS) is None
    # The highest of the low datapoints decides: 6 tasks at 35 of 70 are 3.
    assert desired(policy([20] * 14 + [35]).decide(0.0, 6, BOUNDS)) == 3
    assert policy([62.9] * 15).decide(0.0, 2, BOUNDS) is None


def test_missing_data_never_scales_in() -> None:
    # "It does not perform scale in because it does not interpret insufficient data as low
    # utilization."
    assert policy([20] * 14 + [None]).decide(0.0, 6, BOUNDS) is None
    assert policy([None] * 15).decide(0.0, 6, BOUNDS) is None
    assert policy([20] * 7 + [None] + [20] * 14).decide(0.0, 6, BOUNDS) is None


def test_missing_data_does_not_scale_out() -> None:
    assert policy([90, None, 90]).decide(0.0, 2, BOUNDS) is None


def test_bounds_hold() -> None:
    assert desired(policy([1000] * 3).decide(0.0, 3, BOUNDS)) == 6
    assert desired(policy([0] * 15).decide(0.0, 6, BOUNDS)) == 2
    assert policy([1000] * 3).decide(0.0, 6, BOUNDS) is None
    assert policy([0] * 15).decide(0.0, 2, BOUNDS) is None


def test_a_count_outside_the_bounds_is_brought_back() -> None:
    # "if the current capacity is below the minimum capacity, Application Auto Scaling scales out
    # to the minimum capacity"
    assert desired(policy([]).decide(0.0, 1, BOUNDS)) == 2
    assert desired(policy([]).decide(0.0, 9, BOUNDS)) == 6


def test_the_scale_out_cooldown_counts_what_was_added() -> None:
    tracked = policy([90, 90, 90])
    assert desired(tracked.decide(0.0, 2, BOUNDS)) == 3
    # The same need again is what the first scale-out answered.
    assert tracked.decide(59.0, 3, BOUNDS) is None
    # "unless either a larger scale out is triggered": 2 tasks at 140 are 4.
    for _ in range(3):
        tracked.observe(59.0, 140)
    assert desired(tracked.decide(59.0, 3, BOUNDS)) == 4
    # "or the cooldown period ends": now 4 tasks at 140 count, which are 8, at most 6.
    assert desired(tracked.decide(119.0, 4, BOUNDS)) == 6


def test_a_series_of_larger_scale_outs_keeps_the_count_it_began_with() -> None:
    wide = Bounds(2, 50)
    tracked = policy([90, 90, 90])
    assert desired(tracked.decide(0.0, 2, wide)) == 3
    for value, now, current, expected in ((140, 30.0, 3, 4), (200, 60.0, 4, 6)):
        for _ in range(3):
            tracked.observe(now, value)
        assert desired(tracked.decide(now, current, wide)) == expected
    # The cool-down begins anew with each scale-out: 2 tasks at 200 are 6, which there are.
    assert tracked.decide(119.0, 6, wide) is None
    assert desired(tracked.decide(120.0, 6, wide)) == 18


def test_the_scale_in_cooldown_blocks_the_next_scale_in() -> None:
    tracked = policy([50] * 15)
    assert desired(tracked.decide(0.0, 6, BOUNDS)) == 5
    assert tracked.decide(299.0, 5, BOUNDS) is None
    assert desired(tracked.decide(300.0, 5, BOUNDS)) == 4


def test_a_scale_out_ends_the_scale_in_cooldown() -> None:
    tracked = policy([50] * 15)
    assert desired(tracked.decide(0.0, 6, BOUNDS)) == 5
    for _ in range(3):
        tracked.observe(60.0, 80)
    assert desired(tracked.decide(60.0, 5, BOUNDS)) == 6
    for _ in range(15):
        tracked.observe(120.0, 50)
    # "In this case, the scale-in cooldown period stops and doesn't complete."
    assert desired(tracked.decide(120.0, 6, BOUNDS)) == 5


def test_the_policy_that_asks_for_most_wins() -> None:
    memory = TrackingRule("memory", 50.0)
    both = [policy([90] * 3), policy([100] * 3, memory)]
    assert desired(combine(both, 0.0, 2, BOUNDS)) == 4
    assert desired(combine([policy([20] * 15), policy([100] * 3, memory)], 0.0, 2, BOUNDS)) == 4


def test_scale_in_needs_every_policy() -> None:
    memory = TrackingRule("memory", 50.0)
    assert combine([policy([20] * 15), policy([48] * 15, memory)], 0.0, 6, BOUNDS) is None
    assert combine([policy([20] * 15), policy([], memory)], 0.0, 6, BOUNDS) is None
    agreed = combine([policy([10] * 15), policy([25] * 15, memory)], 0.0, 6, BOUNDS)
    assert desired(agreed) == 3


def test_a_policy_that_may_not_scale_in_neither_does_nor_stops_the_others() -> None:
    out_only = TrackingRule("memory", 50.0, disable_scale_in=True)
    assert policy([1] * 15, out_only).decide(0.0, 6, BOUNDS) is None
    assert desired(combine([policy([35] * 15), policy([49] * 15, out_only)], 0.0, 6, BOUNDS)) == 3


def test_a_deployment_in_progress_turns_scale_in_off_and_leaves_scale_out_on() -> None:
    assert combine([policy([20] * 15)], 0.0, 6, BOUNDS, deploying=True) is None
    assert combine([policy([])], 0.0, 9, BOUNDS, deploying=True) is None
    assert desired(combine([policy([90] * 3)], 0.0, 2, BOUNDS, deploying=True)) == 3


def test_zero_tasks_leave_zero_by_one_after_one_datapoint() -> None:
    empty = Bounds(0, 6)
    lag = TrackingRule("lag", 10_000.0)
    assert policy([], lag).decide(0.0, 0, empty) is None
    assert policy([0], lag).decide(0.0, 0, empty) is None
    assert desired(policy([90_000], lag).decide(0.0, 0, empty)) == 1


def test_cooldowns_outlive_their_driver() -> None:
    before = policy([90, 90, 90])
    before.decide(0.0, 2, BOUNDS)
    after = policy([90, 90, 90])
    after.resume(json.loads(json.dumps(before.record())))
    assert after.decide(59.0, 3, BOUNDS) is None
    assert desired(after.decide(60.0, 3, BOUNDS)) == 4


def test_a_target_of_zero_and_crossed_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        TrackingRule("cpu", 0.0)
    with pytest.raises(ValueError, match="not bounds"):
        Bounds(3, 2)
    with pytest.raises(ValueError, match="not bounds"):
        Bounds(-1, 2)


VALUES = st.lists(st.none() | st.floats(0, 1e6), max_size=20)


@settings(deadline=None)
@given(VALUES, VALUES, st.integers(0, 50), st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_no_decision_leaves_the_bounds_or_says_nothing_new(
    cpu: list[float | None],
    memory: list[float | None],
    current: int,
    low: int,
    more: int,
    deploying: bool,
) -> None:
    both = [policy(cpu), policy(memory, TrackingRule("memory", 50.0))]
    bounds = Bounds(low, low + more)
    decision = combine(both, 0.0, current, bounds, deploying=deploying)
    if decision is None:
        assert deploying or bounds.clamp(current) == current
        return
    assert decision.desired == bounds.clamp(decision.desired) != current
    assert decision.desired > current or not deploying
    if decision.direction == "in":
        assert all(len(v) >= 15 and None not in v[-15:] for v in (cpu, memory))

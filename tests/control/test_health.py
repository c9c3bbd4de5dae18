"""Cases from https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.health import (
    DEREGISTERING,
    FAILED,
    INITIAL,
    MISMATCH,
    TIMEOUT,
    HealthRule,
    TargetHealth,
    judge,
    matches,
    routable,
)

RULE = HealthRule(interval=30, timeout=5, healthy_threshold=2, unhealthy_threshold=3, matcher="200")


def observe(target: TargetHealth, outcomes: str) -> list[bool]:
    return [
        target.observe(outcome == "+", "" if outcome == "+" else TIMEOUT) for outcome in outcomes
    ]


def test_a_new_target_is_healthy_after_one_passed_check() -> None:
    target = TargetHealth(RULE)
    assert (target.state, target.reason) == ("initial", INITIAL)
    assert observe(target, "+") == [True]
    assert (target.state, target.reason) == ("healthy", "")


def test_a_new_target_is_unhealthy_after_the_threshold() -> None:
    target = TargetHealth(RULE)
    assert observe(target, "---") == [False, False, True]
    assert (target.state, target.reason) == ("unhealthy", TIMEOUT)


def test_only_failures_in_a_row_take_a_target_out() -> None:
    target = TargetHealth(RULE)
    assert observe(target, "+--+--+") == [True] + [False] * 6
    assert observe(target, "---") == [False, False, True]


def test_an_unhealthy_target_needs_passes_in_a_row() -> None:
    target = TargetHealth(RULE)
    observe(target, "---")
    assert observe(target, "+-+") == [False, False, False]
    assert target.state == "unhealthy"
    assert observe(target, "+") == [True]
    assert target.state == "healthy"


def test_an_unhealthy_target_tells_its_newest_reason() -> None:
    target = TargetHealth(RULE)
    observe(target, "---")
    target.observe(passed=False, reason=MISMATCH)
    assert target.reason == MISMATCH


def test_a_draining_target_stays_so() -> None:
    target = TargetHealth(RULE)
    observe(target, "+")
    assert target.drain()
    assert not target.drain()
    assert observe(target, "---+++") == [False] * 6
    assert (target.state, target.reason) == ("draining", DEREGISTERING)


def test_a_recorded_target_goes_on_where_it_was() -> None:
    target = TargetHealth(RULE, "healthy", "")
    assert observe(target, "---") == [False, False, True]


@settings(deadline=None)
@given(st.text("+-", max_size=60), st.integers(1, 5), st.integers(1, 5))
def test_a_target_changes_only_after_a_full_run(outcomes: str, up: int, down: int) -> None:
    target = TargetHealth(HealthRule(healthy_threshold=up, unhealthy_threshold=down))
    for index, outcome in enumerate(outcomes):
        before = target.state
        changed = target.observe(outcome == "+", "")
        assert changed == (target.state != before)
        if changed and before == "healthy":
            assert outcomes[: index + 1].endswith("-" * down)
        if changed and before == "unhealthy":
            assert outcomes[: index + 1].endswith("+" * up)


def test_with_a_healthy_target_only_healthy_ones_are_routed_to() -> None:
    states = {"a": "unhealthy", "b": "healthy", "c": "initial", "d": "healthy", "e": "draining"}
    assert routable(states) == ["b", "d"]


def test_with_no_healthy_target_the_load_balancer_fails_open() -> None:
    assert routable({"a": "unhealthy", "b": "unhealthy", "c": "draining"}) == ["a", "b"]
    assert routable({"a": "draining"}) == []


@pytest.mark.parametrize(
    ("matcher", "code", "found"),
    [
        ("200", 200, True),
        ("200", 201, False),
        ("200,202", 202, True),
        ("200-299", 299, True),
        ("200-299", 300, False),
        ("200-299,301", 301, True),
    ],
)
def test_matchers(matcher: str, code: int, found: bool) -> None:
    assert matches(matcher, code) is found


@pytest.mark.parametrize("matcher", ["", "2xx", "200-", "-299", "200;201"])
def test_a_matcher_that_is_none_is_refused(matcher: str) -> None:
    with pytest.raises(ValueError, match="matcher"):
        HealthRule(matcher=matcher)


def test_a_threshold_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        HealthRule(healthy_threshold=0)


def test_verdicts_carry_the_load_balancers_reason_codes() -> None:
    assert judge(RULE, 200, 0.1).passed
    assert judge(RULE, 503, 0.1).reason == MISMATCH == "Target.ResponseCodeMismatch"
    assert judge(RULE, None, 5.0).reason == TIMEOUT == "Target.Timeout"
    assert judge(RULE, None, 0.1).reason == FAILED == "Target.FailedHealthChecks"

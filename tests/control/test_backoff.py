"""Cases from https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.backoff import StartThrottle, ThrottleRule, wait


def test_the_wait_grows_to_27_minutes() -> None:
    waits = [wait(ThrottleRule(), failures) for failures in range(13)]
    assert waits[:6] == [0, 0, 0, 10, 20, 40]
    assert waits[-1] == 27 * 60


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_the_wait_never_shrinks_and_never_passes_the_maximum(failures: int) -> None:
    rule = ThrottleRule()
    assert wait(rule, failures) <= wait(rule, failures + 1) <= rule.maximum


def test_a_service_waits_after_failures_and_not_after_a_start() -> None:
    throttle = StartThrottle()
    assert throttle.ready(0.0)
    for now in (1.0, 2.0, 3.0):
        throttle.start_failed(now)
    assert not throttle.ready(12.9)
    assert throttle.ready(13.0)
    throttle.start_failed(13.0)
    throttle.started()
    assert throttle.ready(13.0)
    assert throttle.failures == 0

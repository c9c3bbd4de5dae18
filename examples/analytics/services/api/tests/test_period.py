"""The time that a question is about."""

from datetime import UTC, datetime, timedelta

from query.period import Period, period

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_the_last_hour_ends_just_after_now() -> None:
    found = period(NOW, "1h", None, None)
    assert found.end - found.start == timedelta(hours=1)
    assert NOW < found.end < NOW + timedelta(minutes=1)


def test_a_plus_sign_that_became_a_space_is_read() -> None:
    found = period(NOW, None, "2026-01-01T00:00:00 01:00", "2026-01-02")
    assert found.start == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert found.end == datetime(2026, 1, 2, tzinfo=UTC)


def test_the_period_before_has_the_same_length() -> None:
    found = Period(NOW, NOW + timedelta(hours=2))
    assert found.before == Period(NOW - timedelta(hours=2), NOW)


def test_the_interval_suits_the_period() -> None:
    steps = {"15m": "minute", "3h": "minute", "4h": "hour", "7d": "hour", "14d": "day"}
    assert {last: period(NOW, last, None, None).step(None) for last in steps} == steps


def test_steps_begin_on_the_clock() -> None:
    times = Period(NOW, NOW + timedelta(hours=1)).times("hour")
    assert [each.hour for each in times] == [12, 13]
    assert {each.minute for each in times} == {0}

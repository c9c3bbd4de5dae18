"""Cases from https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.schedule import ScheduledAction, ScheduleInvalid, parse
from seatrial.control.tracking import Bounds

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday.
NOW = datetime(2026, 7, 1, 12, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("cron(0 10 * * ? *)", ["2026-07-02 10:00", "2026-07-03 10:00"]),
        ("cron(15 12 * * ? *)", ["2026-07-02 12:15", "2026-07-03 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-07-01 18:00", "2026-07-02 18:00"]),
        ("cron(0 18 ? * THU-FRI *)", ["2026-07-02 18:00", "2026-07-03 18:00", "2026-07-09 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-08-01 08:00", "2026-09-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-07-01 12:30", "2026-07-01 12:45", "2026-07-01 13:00"]),
        ("cron(1/10 * * * ? *)", ["2026-07-01 12:21", "2026-07-01 12:31"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-07-01 12:25"]),
        ("cron(30 6 ? * MON *)", ["2026-07-06 06:30", "2026-07-13 06:30"]),
        ("cron(0 9 ? * 2#1 *)", ["2026-07-06 09:00", "2026-08-03 09:00"]),
        ("cron(0 9 ? * 3#5 *)", ["2026-09-29 09:00", "2026-12-29 09:00"]),
        ("cron(0 0 L * ? *)", ["2026-07-31 00:00", "2026-08-31 00:00", "2026-09-30 00:00"]),
        ("cron(0 0 LW * ? *)", ["2026-07-31 00:00", "2026-08-31 00:00"]),
        ("cron(0 0 ? * L *)", ["2026-07-04 00:00", "2026-07-11 00:00"]),
        ("cron(0 0 ? * FRIL *)", ["2026-07-31 00:00", "2026-08-28 00:00"]),
        # The 4th of July 2026 is a Saturday, the 1st of August too.
        ("cron(0 0 4W * ? *)", ["2026-07-03 00:00", "2026-08-04 00:00"]),
        ("cron(0 0 1W 8 ? *)", ["2026-08-03 00:00", "2027-08-02 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("cron(0 0 1 JAN,JUL ? 2027)", ["2027-01-01 00:00", "2027-07-01 00:00"]),
        ("at(2026-07-01T12:20:31)", ["2026-07-01 12:20:31"]),
        ("rate(5 minutes)", ["2026-07-01 12:25", "2026-07-01 12:30"]),
        ("rate(1 hour)", ["2026-07-01 13:00"]),
        ("rate(1 day)", ["2026-07-02 00:00"]),
    ],
)  # fmt: skip
def test_when_it_fires_next(expression: str, following: list[str]) -> None:
    schedule, moment = parse(expression), NOW
    for expected in following:
        found = schedule.next(moment)
        assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
        moment = found


def test_what_is_past_never_fires() -> None:
    assert parse("at(2026-07-01T12:20:30)").next(NOW) is None
    assert parse("cron(0 0 1 1 ? 2020-2025)").next(NOW) is None
    assert parse("cron(0 0 30 2 ? *)").next(NOW) is None


def test_a_time_zone_moves_cron_and_at() -> None:
    assert parse("cron(0 8 * * ? *)", "Europe/Berlin").next(NOW) == datetime(
        2026, 7, 2, 6, tzinfo=UTC
    )
    assert parse("at(2026-12-01T08:00:00)", "Europe/Berlin").next(NOW) == datetime(
        2026, 12, 1, 7, tzinfo=UTC
    )


def test_a_skipped_hour_does_not_fire_and_a_repeated_one_fires_once() -> None:
    daily = parse("cron(30 2 * * ? *)", "Europe/Berlin")
    # Clocks go from 2:00 to 3:00 on 2026-03-29 and from 3:00 back to 2:00 on 2026-10-25.
    spring = daily.next(datetime(2026, 3, 28, 12, tzinfo=BERLIN))
    assert spring == datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN)
    autumn = daily.next(datetime(2026, 10, 25, 0, tzinfo=BERLIN))
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert autumn.tzinfo is UTC
    assert daily.next(autumn) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(0 10 * * ?)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 ? * XYZ#1 *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 ? * MON-SUN *)",
        "cron(0/0 0 * * ? *)",
        "cron(0 0 1 13 ? *)",
        "cron(0 0 1 1 ? 1969)",
        "cron(0 0 1 1 ? *",
        "at(2026-13-01T00:00:00)",
        "at(2026-01-01)",
        "rate(1 hours)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "every 5 minutes",
    ],
)
def test_an_expression_that_aws_refuses_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleInvalid):
        parse(expression)


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ScheduleInvalid, match="Mars"):
        parse("rate(1 hour)", "Mars/Olympus")


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, 59), min_size=1, max_size=3),
    st.sets(st.integers(0, 23), min_size=1, max_size=3),
    st.sets(st.integers(1, 7), min_size=1, max_size=3),
    st.integers(0, 60 * 24 * 400),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_next_is_what_looking_at_every_minute_finds(
    minutes: set[int], hours: set[int], days: set[int], offset: int, zone: str
) -> None:
    fields = [",".join(map(str, sorted(values))) for values in (minutes, hours, days)]
    schedule = parse(f"cron({fields[0]} {fields[1]} ? * {fields[2]} *)", zone)
    after = NOW + timedelta(minutes=offset)
    found = schedule.next(after)
    assert found is not None
    minute = after.replace(second=0) + timedelta(minutes=1)
    while True:
        local = minute.astimezone(ZoneInfo(zone))
        names = (local.minute in minutes, local.hour in hours, local.isoweekday() % 7 + 1 in days)
        if all(names) and local.fold == 0:
            break
        minute += timedelta(minutes=1)
    assert found == minute


def test_a_rate_counts_from_its_start() -> None:
    start = NOW + timedelta(minutes=1)
    schedule = parse("rate(2 hours)", start=start)
    assert schedule.next(NOW) == start
    assert schedule.next(start) == start + timedelta(hours=2)


def test_a_scheduled_action_has_a_start_and_an_end() -> None:
    start, end = NOW + timedelta(days=1), NOW + timedelta(days=3)
    action = ScheduledAction("night", parse("cron(0 0 * * ? *)"), 1, None, start, end)
    # "If you specify a start time, Application Auto Scaling performs the action at this time"
    assert action.next(NOW) == start
    assert action.next(start) == datetime(2026, 7, 3, tzinfo=UTC)
    assert action.next(datetime(2026, 7, 4, tzinfo=UTC)) is None


def test_a_scheduled_action_changes_one_bound_or_both() -> None:
    schedule = parse("rate(1 day)")
    assert ScheduledAction("x", schedule, minimum=3).apply(Bounds(1, 6)) == Bounds(3, 6)
    assert ScheduledAction("x", schedule, 0, 2).apply(Bounds(1, 6)) == Bounds(0, 2)
    with pytest.raises(ValueError, match="not bounds"):
        ScheduledAction("x", schedule, minimum=7).apply(Bounds(1, 6))

"""When a scheduled scaling action fires next, and what it does to the bounds.

Takes `at(...)`, `rate(...)` and `cron(...)` expressions with a time zone; gives datetimes in UTC,
since aware ones of one zone compare by their wall clocks. Never waits and never asks what time
it is.

Documented in https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from seatrial.control.tracking import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
FIRST_YEAR, LAST_YEAR = 1970, 2199


class ScheduleInvalid(ValueError):
    """The expression is not one that Application Auto Scaling accepts."""


@dataclass(frozen=True, slots=True)
class Once:
    """`at(yyyy-mm-ddThh:mm:ss)`: one moment."""

    moment: datetime

    def next(self, after: datetime) -> datetime | None:
        """Give the moment if it is still to come."""
        return self.moment if self.moment > after.astimezone(UTC) else None


@dataclass(frozen=True, slots=True)
class Rate:
    """`rate(value unit)`: every so often, counted from `start`."""

    every: timedelta
    start: datetime

    def next(self, after: datetime) -> datetime | None:
        """Give the first multiple of the interval after `after`; the start itself is the first."""
        after = after.astimezone(UTC)
        if after < self.start:
            return self.start
        return self.start + ((after - self.start) // self.every + 1) * self.every


@dataclass(frozen=True, slots=True)
class Cron:
    """`cron(minutes hours day-of-month month day-of-week year)` in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day_of_month: str
    months: tuple[int, ...]
    day_of_week: str
    years: frozenset[int]
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime | None:
        """Give the first moment after `after`, None if the years run out.

        A local time that a change of clocks skips does not fire; one that it repeats fires once:
        assumption `aas.daylight-saving`.
        """
        after = after.astimezone(UTC)
        for day in self._days(after.astimezone(self.zone).date()):
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime(
                        day.year, day.month, day.day, hour, minute, tzinfo=self.zone
                    ).astimezone(UTC)
                    local = moment.astimezone(self.zone)
                    if (local.hour, local.minute) == (hour, minute) and moment > after:
                        return moment
        return None

    def _days(self, first: date) -> Iterator[date]:
        """Give the days that match, from `first` on."""
        for year in range(max(first.year, FIRST_YEAR), LAST_YEAR + 1):
            if year not in self.years:
                continue
            for month in self.months:
                if (year, month) < (first.year, first.month):
                    continue
                for number in self._days_of(year, month):
                    day = date(year, month, number)
                    if day >= first:
                        yield day

    def _days_of(self, year: int, month: int) -> list[int]:
        if self.day_of_month != "?":
            return _month_days(self.day_of_month, year, month)
        return _week_days(self.day_of_week, year, month)


Schedule = Once | Rate | Cron


def parse(expression: str, timezone: str = "UTC", start: datetime | None = None) -> Schedule:
    """Read an expression; `start` (aware) is where a rate counts from, default 1970.

    Raises ScheduleInvalid with what is wrong. `at` and `cron` are in the time zone, `rate` has
    none.
    """
    kind, _, rest = expression.strip().partition("(")
    if not rest.endswith(")") or kind not in ("at", "rate", "cron"):
        raise ScheduleInvalid(f"{expression!r} is not at(...), rate(...) or cron(...)")
    inner = rest[:-1].strip()
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ScheduleInvalid(f"{timezone!r} is not a time zone") from error
    if kind == "at":
        return _parse_at(inner, zone)
    if kind == "rate":
        return _parse_rate(inner, start or datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
    return _parse_cron(inner, zone)


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """A change of a scalable target's bounds at given times; None leaves a bound as it is.

    `start` and `end` (aware) limit a recurring action; with a start it also fires at that moment.
    """

    name: str
    schedule: Schedule
    minimum: int | None = None
    maximum: int | None = None
    start: datetime | None = None
    end: datetime | None = None

    def next(self, after: datetime) -> datetime | None:
        """Give the action's next moment after `after`, None if there is none."""
        after = after.astimezone(UTC)
        if self.start is not None and after < self.start.astimezone(UTC):
            return self.start.astimezone(UTC)
        moment = self.schedule.next(after)
        return None if moment is None or (self.end and moment > self.end) else moment

    def apply(self, bounds: Bounds) -> Bounds:
        """Give the bounds after the action; ValueError if the minimum would pass the maximum."""
        return Bounds(
            bounds.minimum if self.minimum is None else self.minimum,
            bounds.maximum if self.maximum is None else self.maximum,
        )


def _parse_at(text: str, zone: ZoneInfo) -> Once:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        raise ScheduleInvalid(f"at({text}) is not at(yyyy-mm-ddThh:mm:ss)")
    try:
        return Once(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))
    except ValueError as error:
        raise ScheduleInvalid(f"at({text}): {error}") from error


def _parse_rate(text: str, start: datetime) -> Rate:
    found = re.fullmatch(r"([1-9]\d{0,8}) (minute|hour|day)(s?)", text)
    if not found or (found[1] == "1") == bool(found[3]):
        raise ScheduleInvalid(f"rate({text}) is not like rate(1 hour) or rate(5 minutes)")
    return Rate(timedelta(seconds=int(found[1]) * _UNITS[found[2]]), start.astimezone(UTC))


def _parse_cron(text: str, zone: ZoneInfo) -> Cron:
    parts = text.upper().split()
    if len(parts) != 6:
        raise ScheduleInvalid(f"cron({text}) has {len(parts)} fields; it takes six, the year last")
    minutes, hours, day_of_month, months, day_of_week, years = parts
    if (day_of_month == "?") == (day_of_week == "?"):
        raise ScheduleInvalid(
            f"cron({text}): give ? for either the day of the month or the day of the week"
        )
    if day_of_month != "?":
        _check_month_days(day_of_month)
    else:
        _check_week_days(day_of_week)
    return Cron(
        minutes=_values(minutes, "minutes", 0, 59),
        hours=_values(hours, "hours", 0, 23),
        day_of_month=day_of_month,
        months=_values(months, "month", 1, 12, _MONTHS),
        day_of_week=day_of_week,
        years=frozenset(_values(years, "year", FIRST_YEAR, LAST_YEAR)),
        zone=zone,
    )


def _values(
    text: str, field: str, low: int, high: int, names: tuple[str, ...] = ()
) -> tuple[int, ...]:
    """Read one field's list of `*`, values, ranges and steps into sorted numbers."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(first, field, low, high, names)
            end = begin
            if dash:
                end = _number(last, field, low, high, names)
            elif slash:
                end = high
        if slash and (not step.isdecimal() or int(step) < 1):
            raise ScheduleInvalid(f"{field} {part!r}: the step is not a number above zero")
        if end < begin:
            raise ScheduleInvalid(f"{field} {part!r}: the range ends before it begins")
        found.update(range(begin, end + 1, int(step) if slash else 1))
    return tuple(sorted(found))


def _number(text: str, field: str, low: int, high: int, names: tuple[str, ...]) -> int:
    number = names.index(text) + low if text in names else -1
    if text.isascii() and text.isdecimal():
        number = int(text)
    if not low <= number <= high:
        raise ScheduleInvalid(f"{field} {text!r} is not {low} to {high}")
    return number


def _check_month_days(text: str) -> None:
    if re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", text):
        return
    _values(text, "day of month", 1, 31)


def _check_week_days(text: str) -> None:
    if re.fullmatch(r"([1-7]|[A-Z]{3})#[1-5]", text):
        _number(text[:-2], "day of week", 1, 7, _DAYS)
    elif text != "L" and re.fullmatch(r"([1-7]|[A-Z]{3})L", text):
        _number(text[:-1], "day of week", 1, 7, _DAYS)
    elif text != "L":
        _values(text, "day of week", 1, 7, _DAYS)


def _month_days(text: str, year: int, month: int) -> list[int]:
    """Give the days of a month that a day-of-month field names."""
    last = calendar.monthrange(year, month)[1]
    if text == "L":
        return [last]
    if text.endswith("W"):
        wanted = last if text == "LW" else int(text[:-1])
        return [_nearest_weekday(year, month, wanted, last)] if wanted <= last else []
    return [day for day in _values(text, "day of month", 1, 31) if day <= last]


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Give the weekday nearest to a day, without leaving the month."""
    weekday = date(year, month, day).weekday()
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _week_days(text: str, year: int, month: int) -> list[int]:
    """Give the days of a month that a day-of-week field names; 1 is Sunday."""
    last = calendar.monthrange(year, month)[1]
    numbers = {day: (date(year, month, day).isoweekday() % 7) + 1 for day in range(1, last + 1)}
    if "#" in text:
        name, _, nth = text.partition("#")
        wanted = _number(name, "day of week", 1, 7, _DAYS)
        return [day for day, number in numbers.items() if number == wanted][int(nth) - 1 : int(nth)]
    if text == "L":
        # The last day of the week is Saturday.
        return [day for day, number in numbers.items() if number == 7]
    if text.endswith("L"):
        wanted = _number(text[:-1], "day of week", 1, 7, _DAYS)
        return [max(day for day, number in numbers.items() if number == wanted)]
    among = _values(text, "day of week", 1, 7, _DAYS)
    return [day for day, number in numbers.items() if number in among]

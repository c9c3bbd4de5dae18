"""The time that a question is about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

UNITS = {"m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=400)
STEPS = {"minute": 60, "hour": 3600, "day": 86400}
MOST_STEPS = 750
"""Points of a series: more than a chart has room for."""


class NotAPeriod(ValueError):
    """What was asked for is no period; the message says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)

    def step(self, interval: str | None) -> str:
        """Give the interval of a series over this period: what is asked for, or what suits."""
        seconds = (self.end - self.start).total_seconds()
        if interval is None:
            return next((each for each, of in STEPS.items() if seconds / of <= 180), "day")
        if interval not in STEPS:
            raise NotAPeriod(f"interval must be one of {', '.join(STEPS)}.")
        if seconds / STEPS[interval] > MOST_STEPS:
            raise NotAPeriod(f"That is more than {MOST_STEPS} points: choose a longer interval.")
        return interval

    def times(self, interval: str) -> list[datetime]:
        """Give the time at which each step of a series begins."""
        step = STEPS[interval]
        first = int(self.start.timestamp()) // step * step
        found = range(first, ceil(self.end.timestamp()), step)
        return [datetime.fromtimestamp(each, UTC) for each in found]


def period(now: datetime, last: str | None, start: str | None, end: str | None) -> Period:
    """Read `last` ("15m", "24h", "7d") or `from` and `to` (ISO 8601); raise `NotAPeriod`."""
    if last and (start or end):
        raise NotAPeriod("Give either last, or from and to.")
    if start or end:
        if not (start and end):
            raise NotAPeriod("from and to go together.")
        found = Period(_time("from", start), _time("to", end))
    else:
        match = re.fullmatch(r"([1-9]\d{0,4})([mhd])", last or "24h")
        if not match:
            raise NotAPeriod('last must be like "15m", "24h" or "7d".')
        length = timedelta(seconds=int(match[1]) * UNITS[match[2]])
        # What happens just now may carry a time a little ahead of this clock.
        until = now + timedelta(seconds=5)
        found = Period(until - min(length, 2 * LONGEST), until)
    if found.start >= found.end:
        raise NotAPeriod("from must be before to.")
    if found.end - found.start > LONGEST:
        raise NotAPeriod(f"A period may have {LONGEST.days} days.")
    return found


def _time(name: str, text: str) -> datetime:
    try:
        # A plus sign that was not escaped arrives as a space.
        time = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise NotAPeriod(f"{name} must be an ISO 8601 time.") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)

"""How many tasks a service runs, and what moves that number."""

import re
from collections.abc import Sequence
from typing import Literal
from zoneinfo import available_timezones

from seatrial.control.schedule import ScheduleInvalid, parse
from seatrial.language.part import Setting, setting
from seatrial.mistake import closest

_WHEN = re.compile(r"(cron\(\S+ \S+ \S+ \S+ \S+ \S+\)|rate\(\d+ \w+\)|at\([\d:T-]+\))")


@setting
class Scheduled(Setting):
    """New bounds from a point in time on.

    `at` is AWS's schedule expression: `cron(0 20 ? * MON-FRI *)`,
    `at(2027-01-01T00:00:00)` or `rate(1 day)`, in `timezone`.
    """

    at: str
    min: int
    max: int
    timezone: str = "UTC"

    def check(self) -> None:
        """Hold the expression's shape, the bounds and the time zone's name."""
        check_expression(self, "at", self.at, self.timezone)
        check_bounds(self, self.min, self.max)


@setting
class Scale(Setting):
    """Between `min` and `max` tasks, starting with `start` (default: `min`).

    `cpu` and `memory` are target percentages of the tasks' own sizes,
    `requests` a target of requests per task and minute, `lag_per_task` a target
    of Kafka messages that wait for each task, over all that it reads with a
    group. Several targets combine: out when one asks for it, in when all agree.
    Cool-downs are in seconds. `predict` forecasts the load from the days before:
    "forecast" only shows it, "scale" also starts tasks ahead of it, over what the
    targets ask for. AWS needs 24 hours of data for its first forecast.
    """

    min: int = 1
    max: int = 1
    start: int | None = None
    cpu: float | None = None
    memory: float | None = None
    requests: int | None = None
    lag_per_task: int | None = None
    out_cooldown: int = 60
    in_cooldown: int = 300
    schedule: Sequence[Scheduled] = ()
    predict: Literal["forecast", "scale"] | None = None

    @property
    def first(self) -> int:
        """How many tasks a new service starts with."""
        return self.min if self.start is None else self.start

    @property
    def fixed(self) -> bool:
        """Whether nothing ever changes the number of tasks."""
        return self.min == self.max and not self.schedule

    def check(self) -> None:
        """Hold the bounds, the start, and the targets against each other."""
        check_bounds(self, self.min, self.max)
        if not self.min <= self.first <= self.max:
            raise self.wrong(
                f"start={self.start} lies outside of min={self.min} and max={self.max}."
            )
        for name in ("cpu", "memory"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= 100:
                raise self.wrong(f"{name}={value} is not a percentage between 1 and 100.")
        if self.requests is not None and self.requests < 1:
            raise self.wrong(f"requests={self.requests} must be at least 1 a minute.")
        if self.lag_per_task is not None and self.lag_per_task < 1:
            raise self.wrong(f"lag_per_task={self.lag_per_task} must be at least 1 message.")
        for name in ("out_cooldown", "in_cooldown"):
            if getattr(self, name) < 0:
                raise self.wrong(f"{name} is in seconds and cannot be negative.")
        forecast = self.cpu, self.memory, self.requests
        if self.predict and (self.min == self.max or all(each is None for each in forecast)):
            raise self.wrong(
                "a forecast needs a target and room between min and max.", "Give e.g. cpu=70."
            )
        targets = *forecast, self.lag_per_task
        moved = self.schedule or any(each is not None for each in targets)
        if self.min < self.max and not moved:
            raise self.wrong(
                f"nothing moves the tasks between min={self.min} and max={self.max}.",
                "Give a target, e.g. cpu=70.",
            )


def check_expression(where: Setting, name: str, text: str, timezone: str) -> None:
    """Hold a schedule expression and its time zone to what AWS takes."""
    if not _WHEN.fullmatch(text):
        raise where.wrong(
            f"{name}={text!r} is not a schedule expression.",
            "Write cron(minute hour day month weekday year), at(...) or rate(...).",
        )
    try:
        parse(text)
    except ScheduleInvalid as error:
        raise where.wrong(f"{error}.", "See AWS's schedule expressions.") from None
    if timezone != "UTC" and timezone not in available_timezones():
        raise where.wrong(
            f"timezone={timezone!r} is unknown.", closest(timezone, available_timezones())
        )


def check_bounds(where: Setting, low: int, high: int) -> None:
    """Hold a minimum and a maximum of tasks against each other."""
    if low < 0:
        raise where.wrong(f"min={low} cannot be negative.")
    if low > high:
        raise where.wrong(f"min={low} is over max={high}.", "Swap them, or raise max.")
    if high > 5000:
        raise where.wrong(f"max={high} is over the 5,000 tasks that ECS runs in one service.")

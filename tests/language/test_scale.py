"""How many tasks: bounds, targets and schedules that fit together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.language import Scale, Scheduled
from seatrial.mistake import Mistake

NUMBERS = st.integers(-3, 12)


@given(NUMBERS, NUMBERS, st.none() | NUMBERS, st.none() | st.floats(0, 120))
def test_a_scale_that_is_taken_holds_together(
    low: int, high: int, start: int | None, cpu: float | None
) -> None:
    try:
        scale = Scale(low, high, start, cpu=cpu)
    except Mistake:
        return
    assert 0 <= scale.min <= scale.first <= scale.max
    assert scale.fixed == (low == high)
    assert scale.fixed or scale.cpu is not None
    assert scale.first == (low if start is None else start)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"min": -1}, "min=-1 cannot be negative"),
        ({"min": 3, "max": 2}, "min=3 is over max=2"),
        ({"max": 5001, "cpu": 50}, "5,000 tasks"),
        ({"max": 2, "cpu": 0}, "cpu=0 is not a percentage"),
        ({"max": 2, "memory": 101}, "memory=101 is not a percentage"),
        ({"max": 2, "requests": 0}, "at least 1 a minute"),
        ({"max": 2, "predict": "scale", "schedule": []}, "a forecast needs a target"),
        ({"cpu": 70, "predict": "scale"}, "room between min and max"),
        ({"out_cooldown": -1}, "cannot be negative"),
    ],
)
def test_what_does_not_fit_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        Scale(**settings)


@pytest.mark.parametrize(
    "at", ["cron(0 20 ? * MON-FRI *)", "at(2027-01-01T00:00:00)", "rate(1 day)"]
)
def test_a_schedule_takes_awss_expressions_and_real_time_zones(at: str) -> None:
    assert Scheduled(at, 0, 2, timezone="Europe/Zurich").at == at
    with pytest.raises(Mistake, match="'Europe/Zurch' is unknown"):
        Scheduled(at, 0, 2, timezone="Europe/Zurch")


@pytest.mark.parametrize("at", ["", "every day", "cron(0 20 * *)", "at()", "rate(day)", "cron"])
def test_what_is_no_expression_is_told(at: str) -> None:
    with pytest.raises(Mistake, match="not a schedule expression"):
        Scheduled(at, 0, 2)


def test_a_schedule_alone_may_move_the_bounds() -> None:
    scale = Scale(2, 2, schedule=[Scheduled("rate(1 day)", 0, 0)])
    assert not scale.fixed

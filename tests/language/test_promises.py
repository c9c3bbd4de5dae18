"""Promises: durations as people write them, thresholds that can be held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.language import Alerts, Objectives
from seatrial.language.promises import seconds
from seatrial.mistake import Mistake

UNITS = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
}  # fmt: skip


@given(st.integers(0, 10_000), st.sampled_from(list(UNITS)), st.sampled_from(["", " "]))
def test_a_duration_is_in_seconds(number: int, unit: str, space: str) -> None:
    assert seconds(Objectives(), "rto", f"{number}{space}{unit}") == number * UNITS[unit]
    assert (
        seconds(Objectives(), "rto", f" {number}.5{space}{unit} ") == (number + 0.5) * UNITS[unit]
    )


@pytest.mark.parametrize("text", ["", "15", "min", "-5 min", "15 mins", "1 h 30 min", "1e3 s"])
def test_what_is_no_duration_is_told_where_it_was_written(text: str) -> None:
    for name in ("rto", "rpo", "p95"):
        with pytest.raises(Mistake, match=f"{name}='{text}' is not a duration"):
            Objectives(**{name: text})


@pytest.mark.parametrize("share", [0, 100, 100.5, -1])
def test_no_system_is_always_or_never_there(share: float) -> None:
    with pytest.raises(Mistake, match="not a percentage under 100"):
        Objectives(availability=share)
    assert Objectives(availability=99.95).availability == 99.95


@pytest.mark.parametrize(
    "settings",
    [
        {"email": "ops"},
        {"email": "a b@example.com"},
        {"cpu": 0},
        {"memory": 101},
        {"errors": 0},
        {"connection_errors": -1},
    ],
)
def test_an_alarm_that_could_not_be_is_told(settings: dict[str, object]) -> None:
    with pytest.raises(Mistake):
        Alerts(**settings)

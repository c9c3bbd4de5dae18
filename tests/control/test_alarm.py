"""The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.control.alarm import Alarm, AlarmRule, Sample, aggregate, assess, datapoints

KEPT = None
POINTS = {"0": 0.0, "X": 2.0, "-": None}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def rule(needed: int, treatment: str = "missing") -> AlarmRule:
    return AlarmRule(
        "GreaterThanThreshold",
        1.0,
        evaluation_periods=3,
        datapoints_to_alarm=needed,
        treat_missing_data=treatment,
    )


def read(row: str) -> list[float | None]:
    return [POINTS[point] for point in row.split()]


@pytest.mark.parametrize(
    ("row", "needed", "states"),
    [
        ("0 - X - X", 3, ("OK", "OK", "OK", "OK")),
        ("0 - - - -", 3, ("OK", "OK", "OK", "OK")),
        ("- - - - -", 3, ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
        ("0 X X - X", 3, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", 3, ("ALARM", KEPT, "ALARM", "OK")),
        ("0 - X - X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", 2, ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", 2, ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", 2, ("ALARM", KEPT, "ALARM", "OK")),
        # "the alarm does not go immediately into ALARM state when the data is either"
        ("- - - - X", 3, (KEPT, KEPT, "ALARM", "OK")),
        ("- - - X -", 3, (KEPT, KEPT, "ALARM", "OK")),
    ],
)
def test_the_documented_tables(row: str, needed: int, states: tuple[str | None, ...]) -> None:
    found = tuple(assess(rule(needed, treatment), read(row)) for treatment in TREATMENTS)
    assert found == states


def test_only_the_evaluated_periods_count_when_none_is_missing() -> None:
    assert assess(rule(3), read("X X 0 0 0")) == "OK"
    assert assess(rule(3), read("0 0 X X X")) == "ALARM"


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 2.0]), min_size=5, max_size=9),
    st.integers(1, 3),
    st.sampled_from(TREATMENTS),
)
def test_without_gaps_the_treatment_never_matters(
    points: list[float], needed: int, treatment: str
) -> None:
    expected = "ALARM" if sum(point > 1 for point in points[-3:]) >= needed else "OK"
    assert assess(rule(needed, treatment), points) == expected


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_comparisons(comparison: str, breaching: list[bool]) -> None:
    assert [AlarmRule(comparison, 5.0).breaches(value) for value in (4, 5, 6)] == breaching


def test_an_alarm_tells_its_changes_and_nothing_else() -> None:
    alarm = Alarm(rule(2))
    change = alarm.evaluate(60.0, read("X X"))
    assert change is not None
    assert (change.at, change.before, change.after) == (60.0, "INSUFFICIENT_DATA", "ALARM")
    assert alarm.evaluate(120.0, read("X X X")) is None
    change = alarm.evaluate(180.0, read("X X 0 0"))
    assert change is not None
    assert (change.before, change.after) == ("ALARM", "OK")
    assert "2 of 3" in change.reason


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Average", 2.5),
        ("Sum", 10.0),
        ("Minimum", 1.0),
        ("Maximum", 4.0),
        ("SampleCount", 4.0),
        ("p50", 2.0),
        ("p99", 4.0),
        ("p99.9", 4.0),
        ("p0", 1.0),
    ],
)
def test_statistics(statistic: str, value: float) -> None:
    assert aggregate(statistic, [4.0, 1.0, 3.0, 2.0]) == value
    assert aggregate(statistic, []) is None


@pytest.mark.parametrize("statistic", ["average", "p101", "p", "Median"])
def test_a_statistic_that_is_none_is_refused(statistic: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        AlarmRule("LessThanThreshold", 1.0, statistic=statistic)


def test_counts_and_comparisons_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="datapoints to alarm"):
        AlarmRule("LessThanThreshold", 1.0, evaluation_periods=2, datapoints_to_alarm=3)
    with pytest.raises(ValueError, match="comparison"):
        AlarmRule("Bigger", 1.0)


def test_samples_become_the_datapoints_of_periods_that_ended() -> None:
    short = AlarmRule("GreaterThanThreshold", 1.0, period=10.0, evaluation_periods=1)
    samples = [Sample(1.0, 9.0), Sample(11.0, 2.0), Sample(19.9, 4.0), Sample(31.0, 7.0)]
    # Three periods are looked at: 0-10, 10-20 and 20-30; the one from 30 has not ended.
    assert datapoints(short, 35.0, samples) == [9.0, 3.0, None]
    assert datapoints(short, 40.0, samples) == [3.0, None, 7.0]

"""The day decides: a version has ended after its last day, and is told of 180 days before."""

from datetime import date, timedelta

import pytest

from seatrial.policy import Plan
from seatrial.policy.findings import every_rule, look
from seatrial.policy.rules._data import SOON, day, table
from seatrial.policy.rules.versions import end_of
from tests.policy.reaching import Ways
from tests.policy.sample import read

END = date(2027, 2, 28)
DATABASE = {
    "Db": {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {"Engine": "postgres", "EngineVersion": "14.24"},
    }
}


def told(today: date) -> list[str]:
    plan = Plan(read(DATABASE), Ways(), today)
    return [each.rule.name for each in look(plan, every_rule()) if each.rule.area == "versions"]


@pytest.mark.parametrize(
    ("today", "names"),
    [
        (END - SOON, []),
        (END - SOON + timedelta(days=1), ["version-ends-soon"]),
        (END, ["version-ends-soon"]),
        (END + timedelta(days=1), ["version-ended"]),
    ],
)
def test_the_day_decides(today: date, names: list[str]) -> None:
    assert told(today) == names


def test_without_a_day_the_tables_own_counts() -> None:
    assert day(Plan(read(DATABASE), Ways())) == date.fromisoformat(table("lifecycles")["date"])


@pytest.mark.parametrize(
    ("engine", "version", "end"),
    [
        ("kafka", "2.8.1", date(2024, 9, 11)),
        ("kafka", "2.8.2.tiered", date(2025, 1, 14)),
        ("mysql", "8.0.39", date(2026, 7, 31)),
        ("mysql", "8.4.3", date(2029, 7, 31)),
        ("opensearch", "2.19", date(2027, 11, 7)),
        ("redis", "6.2", date(2027, 1, 31)),
        ("lambda", "provided.al2", date(2026, 7, 31)),
    ],
)
def test_the_longest_name_counts(engine: str, version: str, end: date) -> None:
    found = end_of(engine, version)
    assert found is not None
    assert found[0] == end


@pytest.mark.parametrize(
    ("engine", "version"),
    [("redis", "7.1"), ("oracle-ee", "19"), ("postgres", ""), ("lambda", "x")],
)
def test_what_has_no_published_end(engine: str, version: str) -> None:
    assert end_of(engine, version) is None

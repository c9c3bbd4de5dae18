"""The live table: everything that runs is in it, and whatever a status holds it can be drawn."""

from copy import deepcopy
from typing import Any

import pytest
from rich.console import Console

from seatrial.cli.table import milliseconds, percent, system_table

STATUS: dict[str, Any] = {
    "system": "shop",
    "environment": "development",
    "region": "us-east-1",
    "pace": 60.0,
    "address": "http://127.5.0.2",
    "since": 1000.0,
    "at": 1010.0,
    "zones": [{"name": "us-east-1a", "lost": False}, {"name": "us-east-1b", "lost": True}],
    "services": [
        {
            "name": "api",
            "id": "ApiService",
            "desired": 2,
            "running": 1,
            "version": "0a1b2c3d",
            "deployment": {
                "id": 1,
                "version": "0a1b2c3d",
                "status": "IN_PROGRESS",
                "reason": "",
                "rolls_back": None,
            },
            "asked": {"version": "0a1b2c3d", "status": "IN_PROGRESS", "reason": ""},
            "scaling": {"min": 2, "max": 6, "last": None},
            "metrics": {"CPUUtilization": 41.6},
            "traffic": {
                "requests_per_second": 12.4,
                "p95": 0.0123,
                "target_codes": {"2xx": 100, "5xx": 3},
                "elb_codes": {"404": 7, "502": 2},
            },
            "tasks": [
                {
                    "id": "1",
                    "name": "api-1",
                    "zone": "us-east-1a",
                    "address": "127.5.1.2:8000",
                    "state": "running",
                    "reason": "",
                    "version": "0a1b2c3d",
                    "pid": 4711,
                    "started": 1001.0,
                    "cpu": 41.6,
                    "memory": None,
                }
            ],
        },
        {
            "name": "worker",
            "id": "WorkerService",
            "desired": 0,
            "running": 0,
            "version": None,
            "deployment": None,
            "asked": None,
            "scaling": None,
            "metrics": {},
            "traffic": None,
            "tasks": [],
        },
    ],
    "load_balancer": "http://127.5.0.2",
    "caches": [
        {
            "name": "cache",
            "id": "CacheReplicationGroup",
            "endpoint": "127.5.0.4:6379",
            "reader": "127.5.0.5:6379",
            "version": "Valkey 9.1.2",
            "nodes": [
                {
                    "name": "cache-001",
                    "zone": "us-east-1a",
                    "role": "primary",
                    "state": "running",
                    "address": "127.5.1.9:6379",
                    "pid": 4733,
                    "metrics": {},
                }
            ],
        }
    ],
    "databases": [
        {
            "name": "db",
            "id": "DbInstance",
            "endpoint": "127.5.0.3:5432",
            "version": "15.1",
            "metrics": {},
            "nodes": [
                {
                    "name": "db-0",
                    "zone": "us-east-1a",
                    "role": "primary",
                    "state": "running",
                    "address": "127.5.1.3:5432",
                    "pid": 4712,
                },
                {
                    "name": "db-1",
                    "zone": "us-east-1b",
                    "role": "standby",
                    "state": "rejoining",
                    "address": "127.5.2.3:5432",
                    "pid": None,
                },
            ],
        }
    ],
    "clusters": [
        {
            "name": "kafka",
            "id": "KafkaCluster",
            "endpoint": "127.5.0.4:9092",
            "topics": {"events": 4},
            "lags": [
                {"group": "readers", "topic": "events", "total": 7, "most": 5, "seconds": 1.5}
            ],
            "nodes": [
                {
                    "name": "kafka-1",
                    "zone": "us-east-1a",
                    "role": "leader",
                    "state": "running",
                    "address": "127.5.1.4:9092",
                    "pid": 4716,
                },
            ],
        }
    ],
    "engines": [
        {"name": "envoy", "pid": 4713, "does": "load balancer"},
        {"name": "ministack", "pid": None, "does": "AWS APIs"},
    ],
    "alarms": [
        {"name": "shop-api-cpu", "state": "OK", "metric": "CPUUtilization"},
        {"name": "shop-api-errors", "state": "ALARM", "metric": "HTTPCode_Target_5XX_Count"},
    ],
    "events": [
        {"number": n, "at": 1000.0 + n, "kind": "task", "part": "api", "text": f"event {n}\nmore"}
        for n in range(12)
    ],
    "healthy": False,
}


def drawn(status: dict[str, Any], width: int = 160) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(system_table(status))
    return captured.get().splitlines()


def words(lines: list[str], first: str) -> list[str]:
    (line,) = [each for each in lines if each.split()[:1] == [first]]
    return line.split()


def test_everything_that_runs_is_there() -> None:
    lines = drawn(STATUS)
    assert lines[0] == "shop  development  pace 60  http://127.5.0.2  us-east-1b is lost"
    assert words(lines, "api") == (
        ["api", "1/2", "(2-6)", "12", "12", "ms", "5", "42", "%", "0a1b2c3d", "in", "progress"]
    )
    assert words(lines, "worker") == ["worker", "0/0", "0"]
    text = "\n".join(lines)
    for row in (
        "us-east-1a api-1 running 127.5.1.2:8000 4711",
        "us-east-1a db-0 primary 127.5.1.3:5432 4712",
        "us-east-1b db-1 standby, rejoining 127.5.2.3:5432",
        "ministack down AWS APIs",
        "alarms: shop-api-errors",
    ):
        assert any(" ".join(line.split()) == row for line in lines), (row, text)
    assert "shop-api-cpu" not in text


def test_the_newest_events_are_shown_each_on_one_line() -> None:
    lines = [" ".join(each.split()[1:]) for each in drawn(STATUS)]
    assert lines[-8:] == [f"api event {n}" for n in range(4, 12)]


def test_a_narrow_terminal_cuts_and_does_not_fail() -> None:
    assert all(len(line) <= 40 for line in drawn(STATUS, width=40))


def test_a_system_without_anything_yet_can_be_drawn() -> None:
    status = deepcopy(STATUS)
    status |= {
        "services": [],
        "databases": [],
        "caches": [],
        "engines": [],
        "alarms": [],
        "events": [],
    }
    status |= {"address": None, "load_balancer": None, "zones": []}
    assert drawn(status)[0] == "shop  development  pace 60"


@pytest.mark.parametrize(
    ("value", "told"), [(None, ""), (0.0, "0 ms"), (0.0123, "12 ms"), (2.5, "2500 ms")]
)
def test_durations_are_in_milliseconds(value: float | None, told: str) -> None:
    assert milliseconds(value) == told


def test_percentages_are_whole() -> None:
    assert [percent(each) for each in (None, 0.0, 99.6)] == ["", "0 %", "100 %"]


def test_a_website_is_named_before_the_load_balancer() -> None:
    heading = drawn(STATUS | {"load_balancer": "http://127.5.0.9"})[0]
    assert "http://127.5.0.2  load balancer http://127.5.0.9" in heading

"""The table and its migration, against the PostgreSQL that PGHOST names."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from consumer.rows import Row, Window, row
from consumer.table import AHEAD, Fenced, Table

pytestmark = pytest.mark.skipif("PGHOST" not in os.environ, reason="PGHOST names no PostgreSQL")
HERE = Path(__file__).parent.parent
TOPIC = "analytics-events"
DAYS = 30
NOW = datetime.now(UTC)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """A migrated database of this test's own."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(autocommit=True, dbname="postgres") as server:
        server.execute(f"CREATE DATABASE {name}")
        monkeypatch.setenv("PGDATABASE", name)
        for process in [migrate() for _ in range(3)]:
            assert process.wait(60) == 0
        with psycopg.connect(autocommit=True) as connection:
            yield connection
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "migrate.py"], cwd=HERE, stdout=subprocess.DEVNULL)


def event(name: str, ago: timedelta = timedelta(), **change: Any) -> Row:
    time = (NOW - ago).isoformat()
    body = {"type": "page", "messageId": name, "userId": "ada", **change}
    times = dict.fromkeys(("timestamp", "originalTimestamp", "receivedAt"), time)
    return row(json.dumps(body | times).encode(), Window.at(NOW, DAYS))


Tables = Callable[..., Table]


@pytest.fixture
def table(database: psycopg.Connection[Any]) -> Iterator[Tables]:
    """Opens tables, each on a connection of its own."""
    opened = []

    def open_(cluster: str = "cluster") -> Table:
        opened.append(Table(cluster, TOPIC, DAYS))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def fail(bad: Row, reason: str) -> None:
    raise AssertionError(reason)


def stored(database: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in database.execute("SELECT message_id FROM events ORDER BY 1")]


def test_migrations_may_run_three_at_once_and_again(database: psycopg.Connection[Any]) -> None:
    assert migrate().wait(60) == 0
    assert database.execute("SELECT name FROM migrations").fetchall() == [("0001_events",)]


def test_rows_and_positions_go_in_together(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tried = table()
    assert tried.positions([0, 3]) == {0: 0, 3: 0}
    text = 'tab\t, line\n, \\, "quoted", é'
    rows = [event("a", properties={"text": text}), event("b", timedelta(days=3))]
    assert tried.store(rows, {0: 0}, {0: 2}, fail) == 2
    assert tried.positions([0, 3]) == {0: 2, 3: 0}
    query = "SELECT message #>> '{properties,text}', person FROM events WHERE message_id = 'a'"
    assert database.execute(query).fetchall() == [(text, "ada")]
    assert table().positions([0]) == {0: 2}
    assert table("another").positions([0]) == {0: 0}


def test_what_is_there_already_is_not_stored_again(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tried = table()
    tried.positions([0])
    tried.store([event("a"), event("b")], {0: 0}, {0: 2}, fail)
    again = [event("b"), event("c"), event("d", timedelta(days=1))]
    assert tried.store(again, {0: 2}, {0: 5}, fail) == 2
    assert stored(database) == ["a", "b", "c", "d"]


def test_of_two_who_store_the_same_batch_one_is_fenced(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tables = [table(), table()]
    rows = [event(f"{each:05}") for each in range(2000)]
    for each in tables:
        each.positions([0, 1])

    def store(one: Table) -> int:
        return one.store(rows, {0: 0, 1: 0}, {0: 1000, 1: 1000}, fail)

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(store, each).exception() for each in tables]
    assert sorted(type(each) for each in ends if each) == [Fenced]
    assert len(stored(database)) == 2000
    for each in tables:
        assert each.positions([0, 1]) == {0: 1000, 1: 1000}


def test_two_who_meet_on_repeated_events_store_them_once(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    rows = [event(f"{each:05}") for each in range(500)]

    def store(partition: int) -> None:
        one = table()
        one.positions([partition])
        for batch in range(10):
            one.store(rows, {partition: batch}, {partition: batch + 1}, fail)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(store, range(3)))
    assert len(stored(database)) == 500


def test_a_row_that_postgresql_refuses_does_not_take_the_others_along(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tried = table()
    tried.positions([0])
    bad = event("bad")
    bad = Row(bad.message_id, bad.day, bad.line.replace(b'"page"', b'"\\\\u0000"'))
    refused: list[tuple[str, str]] = []
    rows = [event("a"), event("b"), bad, event("c")]
    new = tried.store(rows, {0: 0}, {0: 4}, lambda row, why: refused.append((row.message_id, why)))
    assert new == 3
    assert stored(database) == ["a", "b", "c"]
    [(name, reason)] = refused
    assert name == "bad"
    assert "Unicode" in reason


def test_partitions_are_made_ahead_and_dropped_in_time(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tried = table()
    tried.positions([0])
    tried.store([event("old", timedelta(days=DAYS - 1))], {0: 0}, {0: 1}, fail)
    old = f"events_{NOW - timedelta(days=DAYS + 5):%Y%m%d}"
    day = (NOW - timedelta(days=DAYS + 5)).date()
    database.execute(
        f"CREATE TABLE {old} PARTITION OF events"
        f" FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
    )
    tried.keep_house()
    tried.keep_house()
    names = [
        name
        for (name,) in database.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'events'::regclass ORDER BY 1"
        )
    ]
    days = [DAYS - 1, *range(1, -AHEAD - 1, -1)]
    assert names == [f"events_{NOW - timedelta(days=each):%Y%m%d}" for each in days]
    assert stored(database) == ["old"]


def test_a_connection_that_breaks_is_taken_anew(
    database: psycopg.Connection[Any], table: Tables
) -> None:
    tried = table()
    tried.positions([0])
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'consumer' AND datname = current_database()"
    )
    with pytest.raises(psycopg.OperationalError):
        tried.store([event("a")], {0: 0}, {0: 1}, fail)
    tried.close()
    assert tried.positions([0]) == {0: 0}
    assert tried.store([event("a")], {0: 0}, {0: 1}, fail) == 1

"""What can be asked, in SQL. Each takes a connection and gives what JSON can hold.

A period is asked for by `timestamp`; the days beside it only tell PostgreSQL which
partitions to look into. A client's own day is at most one from the day it happened.
"""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from query.period import STEPS, Period

Connection = AsyncConnection[DictRow]
Values = dict[str, Any]

WITHIN = """day BETWEEN %(first_day)s AND %(last_day)s
    AND "timestamp" >= %(start)s AND "timestamp" < %(end)s"""
COLUMNS = {"name": "name", "type": "type", "person": "person"}


def _values(period: Period, **more: Any) -> Values:
    day = timedelta(days=1)
    return {
        "start": period.start,
        "end": period.end,
        "first_day": (period.start - day).date(),
        "last_day": (period.end + day).date(),
        **more,
    }


async def _rows(connection: Connection, query: str, values: Values) -> list[DictRow]:
    return await (await connection.execute(query, values)).fetchall()


def _only(event: str | None, type_: str | None) -> str:
    return (
        WITHIN
        + (" AND name = %(event)s" if event else "")
        + (" AND type = %(type)s" if type_ else "")
    )


async def counts(connection: Connection, period: Period) -> Values:
    """Count events and people, now and in the period before, and events of each type."""
    query = f"""
        WITH each AS (
            SELECT person, type, count(*) AS n FROM events WHERE {WITHIN} GROUP BY 1, 2
        )
        SELECT type, sum(n)::bigint AS events, (SELECT count(DISTINCT person) FROM each) AS people
        FROM each GROUP BY 1 ORDER BY 2 DESC, 1
    """
    now = await _rows(connection, query, _values(period))
    before = await _rows(connection, query, _values(period.before))
    return {
        **_total(now),
        "types": [{"type": each["type"], "events": each["events"]} for each in now],
        "before": _total(before),
    }


def _total(rows: list[DictRow]) -> Values:
    return {
        "events": sum(each["events"] for each in rows),
        "people": rows[0]["people"] if rows else 0,
    }


async def series(
    connection: Connection, period: Period, interval: str, event: str | None, type_: str | None
) -> Values:
    """Count events and people in each step of a period, also where there were none."""
    query = f"""
        SELECT step, sum(n)::bigint AS events, count(*) AS people FROM (
            SELECT date_bin(%(step)s, "timestamp", '2000-01-01Z') AS step, person, count(*) AS n
            FROM events WHERE {_only(event, type_)} GROUP BY 1, 2
        ) AS each GROUP BY 1
    """
    step = timedelta(seconds=STEPS[interval])
    rows = await _rows(connection, query, _values(period, step=step, event=event, type=type_))
    found = {each["step"]: each for each in rows}
    points = [
        {
            "time": time,
            "events": found[time]["events"] if time in found else 0,
            "people": found[time]["people"] if time in found else 0,
        }
        for time in period.times(interval)
    ]
    return {"interval": interval, "points": points}


async def top(
    connection: Connection,
    period: Period,
    by: str,
    event: str | None,
    type_: str | None,
    limit: int,
) -> Values:
    """Give the values that occur most: of a column, or of a path within the message."""
    value = COLUMNS.get(by, "message #>> %(path)s")
    query = f"""
        SELECT value, sum(n)::bigint AS events, count(*) AS people FROM (
            SELECT {value} AS value, person, count(*) AS n
            FROM events WHERE {_only(event, type_)} GROUP BY 1, 2
        ) AS each WHERE value IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
    """
    values = _values(period, event=event, type=type_, limit=limit, path=by.split("."))
    return {"by": by, "values": await _rows(connection, query, values)}


async def funnel(connection: Connection, period: Period, steps: list[str], within: float) -> Values:
    """Count the people who made these track calls in this order, `within` seconds in all.

    It starts with a person's first such call in the period.
    """
    numbers = range(len(steps))
    # Over the same sorted people every time, so it costs one sort however many steps.
    queries = [
        f"""reached AS (
            SELECT person, name, "timestamp" AS at FROM events
            WHERE {WITHIN} AND type = 'track' AND name = ANY(%(steps)s)
        )"""
    ]
    for number in numbers:
        # Two steps may bear the same millisecond; only a repeated one must be a later call.
        later = ">" if number and steps[number] == steps[number - 1] else ">="
        after = f"AND at {later} at{number - 1} AND at <= at0 + %(within)s" if number else ""
        queries.append(f"""reached{number} AS (
            SELECT *, min(at) FILTER (WHERE name = %(name{number})s {after})
                OVER (PARTITION BY person) AS at{number}
            FROM reached{number - 1 if number else ""}
        )""")
    times = ", ".join(f"min(at{each}) AS at{each}" for each in numbers)
    took = ", ".join(
        f"""count(at{each}) AS people{each}, extract(epoch FROM
            percentile_cont(0.5) WITHIN GROUP (ORDER BY at{each} - at{max(0, each - 1)}))::float
            AS seconds{each}"""
        for each in numbers
    )
    query = f"""
        WITH {", ".join(queries)},
        each AS (SELECT {times} FROM reached{len(steps) - 1} GROUP BY person)
        SELECT {took} FROM each
    """
    names = {f"name{number}": name for number, name in enumerate(steps)}
    values = _values(period, steps=steps, within=timedelta(seconds=within), **names)
    (row,) = await _rows(connection, query, values)
    return {
        "within": within,
        "steps": [
            {"name": name, "people": row[f"people{each}"], "seconds": row[f"seconds{each}"]}
            for each, name in enumerate(steps)
        ],
    }


async def retention(connection: Connection, period: Period) -> Values:
    """Count, for the people first seen on each day of a period, on which days they came back."""
    query = f"""
        WITH active AS MATERIALIZED (
            SELECT DISTINCT person, ("timestamp" AT TIME ZONE 'UTC')::date AS on_day
            FROM events WHERE {WITHIN}
        ), first AS (SELECT person, min(on_day) AS cohort FROM active GROUP BY 1)
        SELECT cohort, on_day - cohort AS after, count(*) AS people
        FROM active JOIN first USING (person) GROUP BY 1, 2 ORDER BY 1, 2
    """
    rows = await _rows(connection, query, _values(period))
    cohorts: dict[Any, list[int]] = {}
    last = max((each["cohort"] + timedelta(days=each["after"]) for each in rows), default=None)
    for each in rows:
        days = cohorts.setdefault(each["cohort"], [0] * ((last - each["cohort"]).days + 1))
        days[each["after"]] = each["people"]
    return {"cohorts": [{"day": day, "people": people} for day, people in cohorts.items()]}


async def trail(connection: Connection, person: str, before: datetime | None, limit: int) -> Values:
    """Give what one person did, the newest first, a page at a time."""
    query = """
        SELECT message_id, "timestamp", received_at, type, name, message FROM events
        WHERE person = %(person)s AND (%(before)s::timestamptz IS NULL OR "timestamp" < %(before)s)
        ORDER BY "timestamp" DESC, message_id LIMIT %(limit)s
    """
    values = {"person": person, "before": before, "limit": limit + 1}
    rows = await _rows(connection, query, values)
    for row in rows:
        message = row.pop("message")
        kept = ("properties", "traits", "context", "groupId", "previousId")
        row |= {key: message[key] for key in kept if message.get(key)}
    more = rows[limit - 1]["timestamp"] if len(rows) > limit else None
    return {"person": person, "events": rows[:limit], "next": more}

"""The database: batches of rows in, each row once, and the positions beside them.

Whoever stores a batch moves the positions of its partitions from where it thought
they were. Two consumers that both think a partition is theirs wait for each other
at that row, and the second finds that it has moved: `Fenced`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection

from consumer.rows import Row

log = logging.getLogger("consumer")

COLUMNS = '(message_id, day, "timestamp", received_at, type, name, person, message)'
AHEAD = 3
"""Days for which partitions are made before anything happens in them."""
CONNECTION: dict[str, Any] = {
    "application_name": "consumer",
    "connect_timeout": 3,
    # After a failover the old server may still answer, as a standby.
    "target_session_attrs": "read-write",
    # A server that vanished sends no reset: notice within about ten seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "utf8",
}

Positions = Mapping[int, int]
"""The offset of each partition's next record."""
Refuse = Callable[[Row, str], None]
"""Told which row PostgreSQL will not have, and why."""


class Fenced(Exception):
    """Someone else has moved the positions: these partitions are no longer ours alone."""


class Table:
    """One connection; it is opened by whatever needs it and given up after an error."""

    def __init__(self, cluster: str, topic: str, days: int) -> None:
        self._of = (cluster, topic)
        self._days = days
        self._made: set[date] = set()
        self._connection: Connection[Any] | None = None

    def close(self) -> None:
        """Give the connection up."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _open(self) -> Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(autocommit=True, **CONNECTION)
            # Not as an option of the connection: RDS Proxy takes none.
            self._connection.execute("SET lock_timeout = '10s'")
            self._connection.execute("SET timezone = 'UTC'")
            self._made.clear()
        return self._connection

    def positions(self, partitions: Sequence[int]) -> dict[int, int]:
        """Give where each partition's next batch begins; 0 where none was stored."""
        connection = self._open()
        if set(self._held(connection, partitions)) != set(partitions):
            connection.execute(
                "INSERT INTO positions SELECT %s, %s, unnest(%s::int[]), 0 ON CONFLICT DO NOTHING",
                (*self._of, sorted(partitions)),
            )
        return self._held(connection, partitions)

    def _held(
        self, connection: Connection[Any], partitions: Sequence[int], lock: str = ""
    ) -> dict[int, int]:
        rows = connection.execute(
            "SELECT partition, next FROM positions WHERE (cluster, topic) = (%s, %s)"
            f" AND partition = ANY(%s) ORDER BY partition {lock}",
            (*self._of, list(partitions)),
        )
        return dict(rows.fetchall())

    def store(self, rows: list[Row], before: Positions, after: Positions, refuse: Refuse) -> int:
        """Store a batch and move the positions; give how many rows were new.

        Raises `Fenced`, or `psycopg.Error`: then `positions` tells whether it was stored.
        """
        connection = self._open()
        self._make({each.day for each in rows})
        with connection.transaction():
            # In order, so that two who overlap wait for each other and never in a ring.
            if self._held(connection, list(before), "FOR UPDATE") != dict(before):
                raise Fenced
            stored = self._write(connection, rows, refuse)
            connection.execute(
                "UPDATE positions p SET next = n.next"
                " FROM unnest(%s::int[], %s::bigint[]) AS n (partition, next)"
                " WHERE (p.cluster, p.topic, p.partition) = (%s, %s, n.partition)",
                (list(after), list(after.values()), *self._of),
            )
        return stored

    def _write(self, connection: Connection[Any], rows: list[Row], refuse: Refuse) -> int:
        """Write the rows; what PostgreSQL refuses is halved until the bad row stands alone."""
        if not rows:
            return 0
        reason = ""
        for way in (_copy, _merge):  # almost every batch is new altogether: then copying is all
            try:
                with connection.transaction():
                    return way(connection, rows)
            except psycopg.errors.UniqueViolation:
                continue
            except psycopg.DataError as error:
                reason = str(error).partition("\n")[0]
                break
        if len(rows) == 1:
            refuse(rows[0], reason)
            return 0
        half = len(rows) // 2
        first = self._write(connection, rows[:half], refuse)
        return first + self._write(connection, rows[half:], refuse)

    def _make(self, days: set[date]) -> None:
        """Make the partitions of these days, if they are not there."""
        missing = days - self._made
        if not missing:
            return
        connection = self._open()
        for day in sorted(missing):
            name = f"events_{day:%Y%m%d}"
            with connection.transaction():
                # Attaching lets others write meanwhile; making one in place would not.
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('events'))")
                if connection.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,):
                    continue
                connection.execute(f"CREATE TABLE {name} (LIKE events INCLUDING ALL)")
                connection.execute(
                    f"ALTER TABLE events ATTACH PARTITION {name}"
                    f" FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                )
        self._made |= missing

    def keep_house(self) -> None:
        """Make the partitions of the days ahead, and drop those past what is kept."""
        today = datetime.now(UTC).date()
        self._make({today + timedelta(days=ahead) for ahead in range(-1, AHEAD + 1)})
        connection = self._open()
        # A client's day may be one before the day on which it happened.
        oldest = f"events_{today - timedelta(days=self._days + 1):%Y%m%d}"
        found = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'events'::regclass AND inhrelid::regclass::text < %s ORDER BY 1",
            (oldest,),
        ).fetchall()
        for (name,) in found:
            try:
                with connection.transaction():
                    connection.execute("SET LOCAL lock_timeout = '2s'")
                    connection.execute(f"DROP TABLE IF EXISTS {name}")
            except psycopg.errors.LockNotAvailable:
                return  # someone reads; the next time will do
            log.info("dropped", extra={"fields": {"event": "partition_dropped", "name": name}})
        self._made = {day for day in self._made if f"events_{day:%Y%m%d}" >= oldest}


def _copy(connection: Connection[Any], rows: list[Row], table: str = "events") -> int:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} {COLUMNS} FROM STDIN") as copy:
            copy.write(b"".join([each.line for each in rows]))
        return cursor.rowcount


def _merge(connection: Connection[Any], rows: list[Row]) -> int:
    """Write those rows that are not there yet."""
    connection.execute("CREATE TEMP TABLE again (LIKE events) ON COMMIT DROP")
    _copy(connection, rows, "again")
    stored = connection.execute(
        f"INSERT INTO events {COLUMNS} SELECT {COLUMNS[1:-1]} FROM again"
        " ORDER BY message_id ON CONFLICT DO NOTHING"
    ).rowcount
    connection.execute("DROP TABLE again")
    return stored

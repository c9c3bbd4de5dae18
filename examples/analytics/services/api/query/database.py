"""The reader: a pool of connections, and how far behind the primary its answers are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, Error
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

WAIT = 3.0
"""Seconds that a question waits for a connection."""
PATIENCE = 15
"""Seconds that a question may take."""
CONNECTION: dict[str, Any] = {
    "autocommit": True,
    "row_factory": dict_row,
    "application_name": "api",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# A reader that has replayed all it received is level with the primary, if it still
# receives at all; else it is as old as the last commit that it replayed.
FRESHNESS = """
SELECT now() AS now, CASE
    WHEN NOT pg_is_in_recovery() THEN now()
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
        AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN now()
    ELSE pg_last_xact_replay_timestamp()
END AS as_of
"""


class DatabaseAway(Exception):
    """The reader cannot answer just now; `reason` is the driver's error class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Freshness:
    """All that was committed up to `as_of` is in the answer; `lag` in seconds."""

    as_of: datetime | None
    lag: float | None


class Database:
    """A pool of connections; use it between `open` and `close`."""

    def __init__(self, most: int = 4) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            kwargs=CONNECTION,
            configure=_configure,
            min_size=1,
            max_size=most,
            timeout=WAIT,
            max_lifetime=1800,
            reconnect_timeout=3,
            check=AsyncConnectionPool.check_connection,
            open=False,
            name="database",
        )

    async def open(self) -> None:
        """Start connecting; does not wait, so that the service starts without its database."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """Lend a connection; raise `DatabaseAway` when there is none or it fails.

        Nothing here writes, so every error of the driver is one of the reader: it
        is away, too slow, gives way to replay, or has no tables yet.
        """
        try:
            async with self._pool.connection() as connection:
                yield connection
        except Error as error:
            raise DatabaseAway(type(error).__name__) from error


async def _configure(connection: AsyncConnection[DictRow]) -> None:
    # Not as an option of the connection: RDS Proxy takes none.
    await connection.execute(f"SET statement_timeout = '{PATIENCE}s'")
    await connection.execute("SET timezone = 'UTC'")


async def freshness(connection: AsyncConnection[DictRow]) -> Freshness:
    """Ask before the question, so that the answer is never older than this says."""
    row = await (await connection.execute(FRESHNESS)).fetchone()
    assert row
    if row["as_of"] is None:
        return Freshness(None, None)
    return Freshness(row["as_of"], max(0.0, (row["now"] - row["as_of"]).total_seconds()))

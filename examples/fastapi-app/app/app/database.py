"""The connection to PostgreSQL.

Connections come from a pool that tests each one before it is handed out and
replaces it if the server has gone, so the service finds its way back after a
failover by itself. libpq reads the PG* variables.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

# How long a request waits for a connection before it is answered 503, seconds.
WAIT = 5.0

CONNECTION: dict[str, Any] = {
    "autocommit": True,
    "row_factory": dict_row,
    "application_name": "fastapi-app",
    "connect_timeout": 3,
    # After a failover the old server may still answer, as a standby.
    "target_session_attrs": "read-write",
    # A server that vanished sends no reset: notice within about ten seconds
    # instead of the kernel's fifteen minutes.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=5s -c lock_timeout=3s",
}


class DatabaseAway(Exception):
    """The database cannot be reached just now; `reason` is the driver's error class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Database:
    """A pool of connections; use it between `open` and `close`."""

    def __init__(self, most: int = 10) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            kwargs=CONNECTION,
            min_size=1,
            max_size=most,
            timeout=WAIT,
            max_lifetime=1800,
            # Its pauses double up to this limit; the next request then tries
            # afresh, so no long pause outlives the outage.
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
    async def connection(self, wait: float = WAIT) -> AsyncIterator[AsyncConnection[DictRow]]:
        """Lend a connection, in autocommit; raise `DatabaseAway` when there is none or it breaks.

        A statement that was under way when it broke may have been carried out.
        """
        try:
            async with self._pool.connection(wait) as connection:
                try:
                    yield connection
                except ReadOnlySqlTransaction:
                    # It leads to a server that is no longer the primary.
                    await connection.close()
                    raise
        except (OperationalError, InterfaceError, ReadOnlySqlTransaction) as error:
            raise DatabaseAway(type(error).__name__) from error

"""The reader and the cache in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from query.cache import CacheAway
from query.database import FRESHNESS, DatabaseAway

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _Cursor:
    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    async def fetchall(self) -> list[dict[str, Any]]:
        return self._rows

    async def fetchone(self) -> dict[str, Any]:
        return self._rows[0]


class MemoryDatabase:
    """Answers every question with `rows`, as of two seconds before its own now."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.as_of: datetime | None = AS_OF
        self.away = False

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["MemoryDatabase"]:
        if self.away:
            raise DatabaseAway("OperationalError")
        yield self

    async def execute(self, query: str, values: dict[str, Any] | None = None) -> _Cursor:
        if query == FRESHNESS:
            return _Cursor([{"now": AS_OF.replace(second=2), "as_of": self.as_of}])
        self.asked.append((query, values or {}))
        return _Cursor(self.rows)


class MemoryCache:
    """Keeps for ever; `away` stands for a Redis that does not answer."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, float]] = {}
        self.away = False

    async def get(self, key: str) -> bytes | None:
        if self.away:
            raise CacheAway
        return self.kept[key][0] if key in self.kept else None

    async def put(self, key: str, value: bytes, life: float) -> None:
        if not self.away:
            self.kept[key] = (value, life)

    async def close(self) -> None:
        """Nothing to close."""

"""From a question to its answer: the cache first, then the reader, once for all who ask now."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from query.cache import Cache, CacheAway
from query.database import Database, freshness
from query.questions import Connection

LIFE = 5.0
"""Seconds for which an answer is given again."""
LONG_LIFE = 300.0
"""The same for a period that ended long ago."""

Ask = Callable[[Connection], Awaitable[dict[str, Any]]]


class Answers:
    """Gives JSON; `cached` says whether from the cache, `cache` how that one does."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache
        self._asked: dict[str, asyncio.Task[bytes]] = {}

    async def give(self, key: str, ask: Ask, life: float = LIFE) -> bytes:
        """Give the answer to the question that `key` names; raise `DatabaseAway`."""
        state = "miss"
        try:
            kept = await self._cache.get(key)
        except CacheAway:
            kept, state = None, "away"
        if kept is not None:
            return _told(kept, cached=True, cache="hit")
        task = self._asked.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, ask, life))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        # One who hangs up must not take the answer from the others.
        return _told(await asyncio.shield(task), cached=False, cache=state)

    async def _ask(self, key: str, ask: Ask, life: float) -> bytes:
        async with self._database.connection() as connection:
            fresh = await freshness(connection)
            data = await ask(connection)
        answer = {"as_of": fresh.as_of, "replay_lag_seconds": fresh.lag, "data": data}
        text = orjson.dumps(answer, option=orjson.OPT_UTC_Z)
        await self._cache.put(key, text, life)
        return text


def _told(text: bytes, cached: bool, cache: str) -> bytes:
    """Add what is true of this time of telling alone."""
    answer = orjson.loads(text)
    behind = None
    if answer["as_of"]:
        as_of = datetime.fromisoformat(answer["as_of"])
        behind = round(max(0.0, (datetime.now(UTC) - as_of).total_seconds()), 3)
    return orjson.dumps({"cached": cached, "cache": cache, "behind_seconds": behind, **answer})

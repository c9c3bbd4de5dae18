"""Answers that were given a moment ago, in Redis; without Redis everything still works."""

import logging
import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("query")

WAIT = 0.25
"""Seconds that Redis may take: longer, and asking the database is as quick."""
REST = 2.0
"""Seconds in which Redis is left alone after it failed."""


class CacheAway(Exception):
    """Redis does not answer."""


class Cache:
    """What `get` finds was `put` at most its life ago."""

    def __init__(self, url: str) -> None:
        self._redis = (
            Redis.from_url(url, socket_timeout=WAIT, socket_connect_timeout=WAIT, retry=None)
            if url
            else None
        )
        self._again_at = 0.0

    async def get(self, key: str) -> bytes | None:
        """Give what is kept under a key; raise `CacheAway`."""
        redis = self._ready()
        try:
            found: bytes | None = await redis.get(key)
        except (RedisError, OSError) as error:
            raise self._away(error) from error
        return found

    async def put(self, key: str, value: bytes, life: float) -> None:
        """Keep a value for `life` seconds, if Redis is there."""
        try:
            await self._ready().set(key, value, px=int(life * 1000))
        except CacheAway:
            return
        except (RedisError, OSError) as error:
            self._away(error)

    async def close(self) -> None:
        """Close every connection."""
        if self._redis:
            await self._redis.aclose()

    def _ready(self) -> Redis:
        if self._redis is None or time.monotonic() < self._again_at:
            raise CacheAway
        return self._redis

    def _away(self, error: Exception) -> CacheAway:
        self._again_at = time.monotonic() + REST
        fields = {"event": "cache_away", "reason": type(error).__name__}
        log.warning("redis does not answer", extra={"fields": fields})
        return CacheAway()

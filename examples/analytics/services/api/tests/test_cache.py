"""A Redis that is not there."""

import asyncio
import time

import pytest

from query.cache import Cache, CacheAway


def test_after_one_failure_it_is_left_alone_for_a_while() -> None:
    async def ask() -> float:
        cache = Cache("redis://127.0.0.1:1/0")
        with pytest.raises(CacheAway):
            await cache.get("key")
        began = time.perf_counter()
        for _ in range(100):
            with pytest.raises(CacheAway):
                await cache.get("key")
        await cache.put("key", b"value", 1)
        await cache.close()
        return time.perf_counter() - began

    assert asyncio.run(ask()) < 1


def test_none_at_all_is_fine() -> None:
    async def ask() -> None:
        cache = Cache("")
        with pytest.raises(CacheAway):
            await cache.get("key")
        await cache.put("key", b"value", 1)
        await cache.close()

    asyncio.run(ask())

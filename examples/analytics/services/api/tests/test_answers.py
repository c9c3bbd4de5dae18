"""Many who ask the same at once."""

import asyncio
from typing import Any

import orjson

from query.answers import Answers
from tests.fakes import MemoryCache, MemoryDatabase


def test_one_question_is_asked_once_for_all_who_wait() -> None:
    asked = 0

    async def ask(_: Any) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return {"n": asked}

    async def everyone() -> list[bytes]:
        answers = Answers(MemoryDatabase(), MemoryCache())
        return await asyncio.gather(*(answers.give("key", ask) for _ in range(5)))

    assert [orjson.loads(each)["data"] for each in asyncio.run(everyone())] == [{"n": 1}] * 5


def test_one_who_hangs_up_takes_nothing_from_the_others() -> None:
    async def ask(_: Any) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"n": 1}

    async def two() -> bytes:
        answers = Answers(MemoryDatabase(), MemoryCache())
        first = asyncio.create_task(answers.give("key", ask))
        second = asyncio.create_task(answers.give("key", ask))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert orjson.loads(asyncio.run(two()))["data"] == {"n": 1}


def test_an_error_is_not_kept() -> None:
    async def fail(_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    async def ask(_: Any) -> dict[str, Any]:
        return {"n": 1}

    async def twice() -> bytes:
        answers = Answers(MemoryDatabase(), MemoryCache())
        try:
            await answers.give("key", fail)
        except ZeroDivisionError:
            await asyncio.sleep(0)
        return await answers.give("key", ask)

    assert orjson.loads(asyncio.run(twice()))["data"] == {"n": 1}

"""The door: questions and answers over a socket, and whatever else comes in."""

import asyncio
import json
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.local.door import Door, NotRunning, Visitor
from seatrial.mistake import Mistake, Place
from tests.local.fakes import HANG


class Answers:
    """Answers what it is asked; `wait` takes until the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def __call__(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request.get("do"):
            case "echo":
                return {"said": request["say"]}
            case "refuse":
                raise Mistake("no.", Place("system.py", 3), "Say please.")
            case "wait":
                await self.gate.wait()
        return {}


def with_door(folder: Path, visit: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Open a door, visit it; the gate holds back who asked to wait."""

    async def whole() -> None:
        answers = Answers()
        door = Door(folder, answers)
        await door.open()
        try:
            await asyncio.wait_for(visit(answers.gate), HANG)
        finally:
            answers.gate.set()
            await door.close()
            await asyncio.sleep(0.02)  # let the served ones leave

    asyncio.run(whole())


def ask(folder: Path, *requests: Mapping[str, Any], seconds: float = HANG) -> list[dict[str, Any]]:
    visitor = Visitor(folder)
    try:
        return [visitor.ask(each, seconds) for each in requests]
    finally:
        visitor.close()


def test_a_visitor_gets_an_answer_to_each_question(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        text = "\N{SNOWMAN}\n" * 100_000
        answers = await asyncio.to_thread(
            ask, tmp_path, {"do": "echo", "say": 1}, {"do": "echo", "say": text}
        )
        assert answers == [{"said": 1}, {"said": text}]

    with_door(tmp_path, visit)


def test_a_mistake_comes_back_with_its_place_and_what_would_be_right(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        with pytest.raises(Mistake) as told:
            await asyncio.to_thread(ask, tmp_path, {"do": "refuse"})
        mistake = told.value
        assert (mistake.what, mistake.where, mistake.right) == (
            "no.",
            Place("system.py", 3),
            "Say please.",
        )

    with_door(tmp_path, visit)


def test_only_the_owner_comes_in_and_nothing_is_left_behind(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == 0o600

    with_door(tmp_path, visit)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotRunning):
        Visitor(tmp_path)


def test_a_dead_supervisors_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "socket"))
    with pytest.raises(NotRunning):
        Visitor(tmp_path)

    async def visit(gate: asyncio.Event) -> None:
        assert await asyncio.to_thread(ask, tmp_path, {"do": "other"}) == [{}]

    with_door(tmp_path, visit)


def test_who_waits_is_told_when_the_supervisor_goes_or_takes_too_long(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        with pytest.raises(NotRunning):
            await asyncio.to_thread(ask, tmp_path, {"do": "wait"}, seconds=0.02)

    with_door(tmp_path, visit)


def test_one_visitor_does_not_keep_another_waiting(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        slow = Visitor(tmp_path)
        slow._socket.sendall(b'{"do": "wait"}\n')
        assert await asyncio.to_thread(ask, tmp_path, {"do": "echo", "say": 2}) == [{"said": 2}]
        slow.close()

    with_door(tmp_path, visit)


GARBAGE = st.lists(
    st.binary(max_size=50)
    | st.sampled_from([b"\n", b"{", b"[]", b"null", b"5", b'"do"', b"[" * 20_000, b'{"do": 1}\n']),
    max_size=6,
).map(b"".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(GARBAGE, min_size=1, max_size=5))
def test_no_garbage_closes_the_door_for_others(garbage: list[bytes]) -> None:
    import tempfile

    async def visit(gate: asyncio.Event) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        for each in garbage:
            reader, writer = await asyncio.open_unix_connection(str(folder / "socket"))
            writer.write(each)
            writer.write_eof()
            while line := await reader.readline():
                json.loads(line)
            writer.close()
            await writer.wait_closed()
        assert await asyncio.to_thread(ask, folder, {"do": "echo", "say": 3}) == [{"said": 3}]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_door(folder, visit)


def test_what_is_no_json_is_turned_away_without_a_word(tmp_path: Path) -> None:
    told: list[object] = []

    async def visit(gate: asyncio.Event) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        for line in (b"GET / HTTP/1.1\r\n\r\n", b"\xff\xfe\n", b"{\n"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
            writer.write(line)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    with_door(tmp_path, visit)
    assert told == []


def test_a_visitor_that_leaves_in_the_middle_harms_nobody(tmp_path: Path) -> None:
    async def visit(gate: asyncio.Event) -> None:
        for _ in range(20):
            _, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
            writer.write(b'{"do": "echo", "say": "' + b"x" * 200_000)
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()
        assert await asyncio.to_thread(ask, tmp_path, {"do": "echo", "say": 4}) == [{"said": 4}]

    with_door(tmp_path, visit)

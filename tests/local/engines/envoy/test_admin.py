import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.local.addresses import LOCALHOST, Address
from seatrial.local.engines.envoy.admin import Admin, NotAnswering


def ask(answer: bytes, *, hang: bool = False) -> bytes:
    """Ask a server that says this and closes, or keeps silent after it."""

    async def scenario() -> bytes:
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            if hang:
                await over.wait()
            writer.close()

        async with await asyncio.start_server(serve, LOCALHOST, 0) as server:
            try:
                address = Address(*server.sockets[0].getsockname())
                return await Admin(address).get("/x", timeout=0.3 if hang else 30.0)
            finally:
                over.set()
                await asyncio.sleep(0)

    return asyncio.run(scenario())


def test_a_body_in_chunks_or_whole() -> None:
    assert ask(b"HTTP/1.1 200 OK\r\n\r\nwhole") == b"whole"
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n"
    )
    assert ask(chunked + b"0\r\n\r\n") == b"abc0123456789"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nshort",
    ],
)
def test_anything_else_is_no_answer(answer: bytes) -> None:
    with pytest.raises(NotAnswering):
        ask(answer)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail_otherwise(answer: bytes) -> None:
    try:
        ask(answer)
    except NotAnswering:
        return


def test_silence_is_bounded() -> None:
    with pytest.raises(NotAnswering):
        ask(b"HTTP/1.1 200 OK\r\n", hang=True)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(NotAnswering):
        asyncio.run(Admin(tmp_path / "none.sock").get("/"))

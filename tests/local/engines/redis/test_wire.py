"""Questions and answers over a socket, with servers that answer well, badly, late and never."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.redis.wire import (
    Connection,
    Line,
    NoAnswer,
    Refused,
    Replica,
    read_replicas,
    read_sections,
)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(*answers: bytes) -> tuple[Serve, list[bytes]]:
    """Answer one chunk after the other, whatever is asked; None of it more than once."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            asked.append(await reader.read(1000))
            writer.write(each)
            await writer.drain()
        await reader.read()
        writer.close()

    return serve, asked


def talk(serve: Serve, scenario: Callable[[Address], Awaitable[None]]) -> None:
    async def whole() -> None:
        ends: list[asyncio.StreamWriter] = []

        async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ends.append(writer)
            with suppress(OSError):
                await serve(reader, writer)

        server = await asyncio.start_server(noted, "127.0.0.1", 0)
        try:
            host, port = server.sockets[0].getsockname()
            await scenario(Address(host, port))
        finally:
            server.close()
            for writer in ends:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (b"+PONG\r\n", "PONG"),
        (b":42\r\n", 42),
        (b"$5\r\na\r\nb\xff\r\n"[:-2] + b"\r\n", "a\r\nb\ufffd"),
        (b"$0\r\n\r\n", ""),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"*3\r\n+a\r\n:1\r\n*1\r\n$1\r\nb\r\n", ["a", 1, ["b"]]),
    ],
)
def test_an_answer_is_read(answer: bytes, read: object) -> None:
    serve, asked = answering(b"+OK\r\n", answer)

    async def scenario(address: Address) -> None:
        connection = await Connection.open(address, "me", "pass word", timeout=5)
        assert await connection.ask("GET", "ключ", timeout=5) == read
        connection.close()
        assert connection.closed

    talk(serve, scenario)
    assert asked[0] == b"*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$9\r\npass word\r\n"
    assert asked[1] == b"*2\r\n$3\r\nGET\r\n$8\r\n" + "ключ".encode() + b"\r\n"


def test_an_error_is_the_servers_own_words_and_the_connection_stays() -> None:
    serve, _ = answering(b"+OK\r\n", b"-NOPERM you may not\r\n", b"+PONG\r\n")

    async def scenario(address: Address) -> None:
        connection = await Connection.open(address, "me", "x", timeout=5)
        with pytest.raises(Refused, match="NOPERM you may not"):
            await connection.ask("CONFIG", "GET", "*", timeout=5)
        assert await connection.ask("PING", timeout=5) == "PONG"
        connection.close()

    talk(serve, scenario)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n", b"$9\r\nshort", b"*x\r\n"])
def test_no_whole_answer_is_none_and_ends_the_connection(answer: bytes) -> None:
    serve, _ = answering(b"+OK\r\n", answer)

    async def scenario(address: Address) -> None:
        connection = await Connection.open(address, "me", "x", timeout=5)
        with pytest.raises(NoAnswer):
            await connection.ask("PING", timeout=0.05)
        assert connection.closed

    talk(serve, scenario)


def test_a_wrong_password_is_refused_and_nobody_there_is_no_answer() -> None:
    serve, _ = answering(b"-WRONGPASS\r\n")

    async def scenario(address: Address) -> None:
        with pytest.raises(Refused, match="WRONGPASS"):
            await Connection.open(address, "me", "x", timeout=5)

    talk(serve, scenario)
    with pytest.raises(NoAnswer):
        asyncio.run(Connection.open(Address("127.0.0.1", 1), "me", "x", timeout=5))


def test_a_line_opens_again_once_it_was_lost() -> None:
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await reader.read(1000)
        writer.write(b"+OK\r\n")
        await reader.read(1000)
        if opened > 1:
            writer.write(b"+PONG\r\n")
            await writer.drain()
        writer.close()

    async def scenario(address: Address) -> None:
        line = Line(address, "me", "x")
        with pytest.raises(NoAnswer):
            await line.ask("PING", timeout=5)
        assert await line.ask("PING", timeout=5) == "PONG"
        line.close()
        line.close()

    talk(serve, scenario)
    assert opened == 2


def test_what_a_server_says_of_itself_is_read() -> None:
    told = read_sections(
        "# Replication\r\nrole:master\r\nslave0:ip=127.0.2.1,port=6379,state=online,offset=5,"
        "lag=1,type=replica\r\nslave_read_only:1\r\nslave1:ip=127.0.3.1,port=6379,"
        "state=wait_bgsave,offset=0,lag=0\r\n"
    )
    assert told["role"] == "master"
    assert read_replicas(told) == [
        Replica(Address("127.0.2.1", 6379), True, 1.0),
        Replica(Address("127.0.3.1", 6379), False, 0.0),
    ]

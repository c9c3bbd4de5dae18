import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.addresses import LOCALHOST, Address
from seatrial.local.probe import (
    LONGEST_HEAD,
    NotHttp,
    ProbeResult,
    Reason,
    parse_matcher,
    probe,
    read_status,
    until_next,
)

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[Address]:
    """Serve each connection so, and leave none open."""
    writers: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, LOCALHOST, 0, backlog=500)
    async with server:
        yield Address(*server.sockets[0].getsockname())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def check(
    serve: Serve, path: str = "/healthz", timeout: float = 30.0, matcher: str = "200"
) -> ProbeResult:
    async def scenario() -> ProbeResult:
        async with serving(serve) as address:
            return await probe(address, path, timeout, matcher)

    return asyncio.run(scenario())


def answer(*parts: bytes, pause: float = 0.0) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return serve


def test_it_asks_as_the_load_balancer_does() -> None:
    asked = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    result = check(serve, path="/healthz?deep=1")
    assert result.healthy
    assert (result.status, result.reason) == (200, None)
    assert result.latency > 0
    line, *headers = asked.decode().split("\r\n")
    assert line == "GET /healthz?deep=1 HTTP/1.1"
    assert "User-Agent: ELB-HealthChecker/2.0" in headers
    assert "Connection: close" in headers


def test_an_unexpected_status_is_a_mismatch() -> None:
    result = check(answer(b"HTTP/1.1 503 Busy\r\n\r\n"), matcher="200-299,302")
    assert (result.status, result.reason) == (503, "Target.ResponseCodeMismatch")
    assert check(answer(b"HTTP/1.1 302 X\r\n\r\n"), matcher="200-299,302").healthy


def test_silence_is_a_timeout() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    result = check(serve, timeout=0.2)
    assert (result.status, result.reason) == (None, "Target.Timeout")
    assert result.latency >= 0.19


def test_a_slow_drip_is_put_together_or_times_out() -> None:
    drip = [OK[index : index + 1] for index in range(len(OK))]
    assert check(answer(*drip, pause=0.001)).healthy
    assert check(answer(*drip, pause=0.1), timeout=0.3).reason == Reason.TIMEOUT


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nhalf: a header",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    ],
)
def test_garbage_and_an_early_close_fail(said: bytes) -> None:
    assert check(answer(said)).reason == Reason.FAILED


def test_a_reset_fails() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert check(serve).reason == Reason.FAILED


def test_an_endless_head_fails() -> None:
    line = b"x: " + b"y" * 1000 + b"\r\n"
    lines = [line] * (2 * LONGEST_HEAD // len(line))
    assert check(answer(b"HTTP/1.1 200 OK\r\n", *lines)).reason == Reason.FAILED


def test_a_refused_connection_fails() -> None:
    with socket.socket() as holder:
        holder.bind((LOCALHOST, 0))
        host, port = holder.getsockname()
    result = asyncio.run(probe(Address(host, port), "/", 30.0))
    assert (result.status, result.reason) == (None, "Target.FailedHealthChecks")


def test_a_listener_that_never_accepts_is_a_timeout() -> None:
    with socket.socket() as deaf:
        deaf.bind((LOCALHOST, 0))
        deaf.listen(0)
        host, port = deaf.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex((host, port))
        result = asyncio.run(probe(Address(host, port), "/", 0.3))
        for each in waiting:
            each.close()
    assert result.reason == Reason.TIMEOUT


def test_a_cancelled_check_leaves_nothing_open() -> None:
    async def scenario() -> None:
        with socket.socket() as deaf:
            deaf.bind((LOCALHOST, 0))
            deaf.listen()
            address = Address(*deaf.getsockname())
            task = asyncio.create_task(probe(address, "/", 30.0))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            deaf.accept()[0].close()

    asyncio.run(scenario())


def test_many_at_once() -> None:
    async def scenario() -> None:
        async with serving(answer(OK)) as address:
            results = await asyncio.gather(*(probe(address, "/", 60.0) for _ in range(200)))
        assert all(result.healthy for result in results)

    asyncio.run(scenario())


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: OK[:30] + tail))
def test_the_parser_ends_for_any_bytes(data: bytes) -> None:
    try:
        status = read_status(data)
    except NotHttp:
        return
    assert status is None or 100 <= status <= 599


@given(st.integers(0, len(OK)))
def test_no_beginning_of_an_answer_is_garbage(length: int) -> None:
    end = OK.index(b"\r\n\r\n") + 4
    assert read_status(OK[:length]) == (200 if length >= end else None)


@given(
    st.integers(200, 599),
    st.lists(st.tuples(st.from_regex(r"[a-zA-Z-]{1,20}", fullmatch=True), st.integers())),
    st.integers(0, 3),
)
def test_any_answer_is_read(status: int, headers: list[tuple[str, int]], interim: int) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    data = b"HTTP/1.1 100 Continue\r\n\r\n" * interim
    assert read_status(data + f"HTTP/1.1 {status}\r\n{head}\r\nbody".encode()) == status


def test_a_huge_head_is_read_in_linear_time() -> None:
    assert read_status(b"HTTP/1.1 200 OK\r\n" + b"a" * 10_000_000) is None
    with pytest.raises(NotHttp):
        read_status(b"HTTP/1.1 200 OK\r\n" + b"a" * 10_000_000 + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("matcher", "codes"),
    [("200", {200}), ("200,202", {200, 202}), ("200-202, 301", {200, 201, 202, 301})],
)
def test_matchers(matcher: str, codes: set[int]) -> None:
    assert parse_matcher(matcher) == codes


@pytest.mark.parametrize("matcher", ["", "2xx", "299-200", "200-", "200,,201", "20"])
def test_what_is_no_matcher(matcher: str) -> None:
    with pytest.raises(ValueError, match="a matcher is"):
        parse_matcher(matcher)


@pytest.mark.parametrize("path", ["", "healthz", "/a b", "/a\r\nX: y", "/ü"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        asyncio.run(probe(Address(LOCALHOST, 1), path, 1.0))


@given(st.floats(0.1, 300.0), st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_checks_of_one_interval_fall_due_together(interval: float, one: float, two: float) -> None:
    for now in (one, two):
        assert 0 < until_next(interval, now) <= interval
    apart = (one + until_next(interval, one) - two - until_next(interval, two)) / interval
    assert abs(apart - round(apart)) < 1e-3

"""What the load balancer says itself, and what it never does, on a real Envoy."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import Envoy, Forward, HttpListener, Network, Rule, TargetGroup
from seatrial.local.engines.envoy.answers import describe_page
from tests.local.engines.envoy.ground import (
    Answer,
    Behaviour,
    Ground,
    ask,
    ask_on,
    close,
    ground,
    read_answer,
    reset,
    say,
    stay_silent,
    until,
    write_raw,
)

pytestmark = pytest.mark.engine


@asynccontextmanager
async def balancer(
    folder: Path, idle_timeout: float = 60.0
) -> AsyncIterator[tuple[Ground, Envoy, Address]]:
    async with ground(folder) as place:
        envoy = place.envoy()
        address = place.listener()
        rules = (Rule(1, Forward("empty"), paths=("/empty",)),)
        network = Network(
            (HttpListener("front", address, Forward("web"), rules),),
            (TargetGroup("web"), TargetGroup("empty")),
            idle_timeout=idle_timeout,
        )
        await envoy.start(network)
        yield place, envoy, address


def assert_own(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["server"] == "awselb/2.0"
    assert answer.headers["content-type"] == "text/html"
    assert answer.body.decode() == describe_page(status)


@pytest.mark.parametrize(
    "behave",
    [
        close,
        reset,
        write_raw(b"what?\r\n\r\n"),
        write_raw(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        write_raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 40_000 + b"\r\ncontent-length: 0\r\n\r\n"),
        write_raw(b"HTTP/1.1 200 OK\r\ncontent-le"),
    ],
    ids=["closes", "resets", "garbage", "bad header", "headers over 32 KB", "half a head"],
)
def test_a_target_that_breaks_is_502_and_never_asked_again(
    tmp_path: Path, behave: Behaviour
) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            broken = await place.target(behave)
            await envoy.set_targets("web", [broken.address])
            assert_own(await ask(address), 502)
            assert len(broken.requests) == 1
            counted = (await envoy.snapshot()).groups["web"]
            assert counted.requests == 1
            assert counted.elb == {502: 1}
            assert sum(counted.targets.values()) == 0

    asyncio.run(scenario())


def test_a_target_that_refuses_is_502_and_no_other_is_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            healthy = await place.target(say())
            nobody = place.book.task(2, 8000)
            await envoy.set_targets("web", [healthy.address, nobody])
            answers = [(await ask(address)).status for _ in range(20)]
            assert set(answers) == {200, 502}
            counted = (await envoy.snapshot()).groups["web"]
            assert counted.connection_errors == answers.count(502) == counted.elb[502]
            assert counted.targets == {2: answers.count(200)}
            assert counted.requests == 20
            assert len(healthy.requests) == answers.count(200)

    asyncio.run(scenario())


def test_a_group_without_targets_is_503(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (_, envoy, address):
            assert_own(await ask(address, "/empty"), 503)
            snapshot = await envoy.snapshot()
            assert snapshot.groups["empty"].elb == {503: 1}
            # RequestCount is for requests that a target was chosen for.
            assert snapshot.groups["empty"].requests == 0
            assert snapshot.listeners["front"].elb == {503: 1}

    asyncio.run(scenario())


def test_a_silent_target_is_504_after_the_idle_timeout(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path, idle_timeout=1.0) as (place, envoy, address):
            silent = await place.target(stay_silent)
            await envoy.set_targets("web", [silent.address])
            loop = asyncio.get_running_loop()
            began = loop.time()
            assert_own(await ask(address), 504)
            # Envoy's clock is a little coarse.
            assert loop.time() - began >= 0.9
            assert (await envoy.snapshot()).groups["web"].elb == {504: 1}
            assert len(silent.requests) == 1

    asyncio.run(scenario())


def test_a_target_that_accepts_no_connection_is_504_after_10_seconds(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            deaf = place.book.task(1, 8000)
            with socket.socket() as holder:
                holder.bind((deaf.host, deaf.port))
                holder.listen(0)
                # Fill the queue of a listener that never accepts.
                waiting = [socket.socket() for _ in range(4)]
                for each in waiting:
                    each.setblocking(False)
                    each.connect_ex((deaf.host, deaf.port))
                await envoy.set_targets("web", [deaf])
                assert_own(await ask(address), 504)
                for each in waiting:
                    each.close()

    asyncio.run(scenario())


def test_a_silent_client_is_408(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path, idle_timeout=1.0) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            head = f"POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\n\r\nhalf"
            assert_own(await ask(address, raw=head.encode()), 408)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 70_000 + b"\r\n\r\n", 400),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + b"1.2.3.4, " * 30 + b"1\r\n\r\n", 463),
    ],
    ids=["garbage", "no host", "bad header", "headers over 64 KB", "TRACE", "31 forwarders"],
)
def test_what_a_client_may_not_send(tmp_path: Path, raw: bytes, status: int) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            assert_own(await ask(address, raw=raw), status)
            assert target.requests == []
            assert (await envoy.snapshot()).listeners["front"].elb == {status: 1}

    asyncio.run(scenario())


def test_a_target_hears_who_asked_and_how(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say(headers="server: mine\r\nconnection: keep-alive\r\n"))
            await envoy.set_targets("web", [target.address])
            answer = await ask(
                address,
                "/a/../b%2F?q=1",
                headers={
                    "Host": "shop.example.com",
                    "X-Forwarded-For": "203.0.113.7",
                    "X-Forwarded-Proto": "https",
                    "Connection": "keep-alive, X-Hop",
                    "Keep-Alive": "5",
                },
            )
            assert answer.headers["server"] == "mine"
            request = target.requests[0]
            assert request.line == "GET /a/../b%2F?q=1 HTTP/1.1"
            assert request.header("host") == "shop.example.com"
            forwarded = request.header("x-forwarded-for")
            assert forwarded
            assert forwarded.split(",")[0] == "203.0.113.7"
            assert len(forwarded.split(",")) == 2
            assert request.header("x-forwarded-proto") == "http"
            assert request.header("x-forwarded-port") == str(address.port)
            assert {"connection", "keep-alive"}.isdisjoint(dict(request.headers))
            assert not [name for name, _ in request.headers if name.startswith("x-envoy")]

    asyncio.run(scenario())


def test_trace_ids_are_given_are_unique_and_a_given_root_stays(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            for _ in range(20):
                await ask(address)
            traces = [request.header("x-amzn-trace-id") or "" for request in target.requests]
            assert len(set(traces)) == 20
            for trace in traces:
                version, time, number = trace.removeprefix("Root=").split("-")
                assert (version, len(time), len(number)) == ("1", 8, 24)
                int(time, 16), int(number, 16)
            given = "Root=1-67891233-abcdef012345678912345678"
            await ask(address, headers={"X-Amzn-Trace-Id": given})
            assert given in (target.requests[-1].header("x-amzn-trace-id") or "")

    asyncio.run(scenario())


def test_connections_are_kept_on_both_sides(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            reader, writer = await asyncio.open_connection(address.host, address.port)
            for _ in range(10):
                assert (await ask_on(reader, writer, address)).status == 200
            assert len(target.connections) == 1
            writer.close()

    asyncio.run(scenario())


def test_idle_connections_are_closed_on_both_sides(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path, idle_timeout=1.0) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            reader, writer = await asyncio.open_connection(address.host, address.port)
            assert (await ask_on(reader, writer, address)).status == 200
            assert await reader.read() == b""
            await until(lambda: not target.connections)
            writer.close()

    asyncio.run(scenario())


def test_http_1_0_and_expect_are_understood(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            assert (await ask(address, raw=b"GET / HTTP/1.0\r\n\r\n")).status == 200
            assert target.requests[0].line == "GET / HTTP/1.1"
            assert target.requests[0].header("host") == address.host
            reader, writer = await asyncio.open_connection(address.host, address.port)
            head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
            writer.write(head.encode())
            assert (await read_answer(reader)).status == 100
            writer.write(b"hi")
            assert (await read_answer(reader)).status == 200
            writer.close()

    asyncio.run(scenario())


def test_http_2_without_tls_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
            assert (await ask(address, raw=preface)).status in (0, 400)
            assert target.requests == []

    asyncio.run(scenario())


def test_web_sockets_pass_and_count_as_one_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            upgraded = asyncio.Event()
            over = asyncio.Event()

            async def upgrade(request: object, writer: asyncio.StreamWriter) -> None:
                head = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                writer.write(head + b"hello")
                upgraded.set()
                await over.wait()
                writer.close()

            target = await place.target(upgrade)
            await envoy.set_targets("web", [target.address])
            reader, writer = await asyncio.open_connection(address.host, address.port)
            head = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
            answer = await ask_on(reader, writer, address, headers=head)
            assert answer.status == 101
            assert await reader.readexactly(5) == b"hello"
            assert target.requests[0].header("upgrade") == "websocket"
            assert (await envoy.active("web"))[target.address] == 1
            over.set()
            assert await reader.read() == b""
            writer.close()

    asyncio.run(scenario())


def test_what_a_target_says_is_passed_on_and_counted_as_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(say())
            await envoy.set_targets("web", [target.address])
            before = await envoy.snapshot()
            for status in (200, 201, 302, 404, 500, 502, 503, 504):
                target.behave = say("own words", status)
                answer = await ask(address)
                assert (answer.status, answer.body) == (status, b"own words")
                assert "server" not in answer.headers
            window = (await envoy.snapshot()).since(before)
            counted = window.groups["web"]
            assert counted.targets == {2: 2, 3: 1, 4: 1, 5: 4}
            assert counted.elb == {}
            assert counted.requests == 8 == window.listeners["front"].requests
            # Envoy adds times up once a second.
            while counted.response_times[-1] < 8:
                await asyncio.sleep(0.1)
                counted = (await envoy.snapshot()).since(before).groups["web"]
            assert counted.response_times[-1] == 8
            average, median = counted.average, counted.percentile(0.5)
            assert average is not None
            assert median is not None
            assert 0 < average < 5
            assert 0 < median < 5

    asyncio.run(scenario())


def test_a_client_that_leaves_is_460(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with balancer(tmp_path) as (place, envoy, address):
            target = await place.target(stay_silent)
            await envoy.set_targets("web", [target.address])
            _, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: bool(target.requests))
            writer.close()
            counted = (await envoy.snapshot()).groups["web"]
            while not counted.elb:
                await asyncio.sleep(0.05)
                counted = (await envoy.snapshot()).groups["web"]
            assert counted.elb == {460: 1}

    asyncio.run(scenario())

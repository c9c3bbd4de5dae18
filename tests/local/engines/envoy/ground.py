"""A place of its own for an Envoy under test, targets that behave as told, a plain client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.local.addresses import Address, AddressBook, claim_block
from seatrial.local.engines.envoy import Envoy
from seatrial.local.process import ProcessHost

HANG = 60.0

Behaviour = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What a target got."""

    line: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class Answer:
    """What a client got; status 0 is a connection that closed without a word."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Target:
    """A server that answers each request by its behaviour, and remembers them all."""

    def __init__(self, address: Address, behave: Behaviour) -> None:
        self.address = address
        self.behave = behave
        self.requests: list[Request] = []
        self.connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, self.address.host, self.address.port, limit=1 << 20, backlog=1000
        )

    async def stop(self) -> None:
        """Close the door and every connection."""
        if self._server:
            self._server.close()
            for writer in list(self.connections):
                writer.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request = parse_request(head)
                if length := request.header("content-length"):
                    await reader.readexactly(int(length))
                self.requests.append(request)
                await self.behave(request, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The end of the test cancels whoever still waits; asyncio would complain.
            return
        finally:
            self.connections.discard(writer)
            with suppress(OSError):
                writer.close()


def parse_request(head: str) -> Request:
    line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    pairs = (each.partition(": ") for each in lines)
    return Request(line, tuple((name.lower(), value) for name, _, value in pairs))


def say(body: str = "hello", status: int = 200, headers: str = "") -> Behaviour:
    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{headers}\r\n{body}".encode()
        )
        await writer.drain()

    return behave


def say_late(seconds: float, body: str = "late") -> Behaviour:
    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await say(body)(request, writer)

    return behave


def write_raw(data: bytes) -> Behaviour:
    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    return behave


async def close(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def stay_silent(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(HANG)


class Ground:
    """A block of addresses, a process host and the targets of one test."""

    def __init__(self, folder: Path, book: AddressBook, host: ProcessHost) -> None:
        self.folder = folder
        self.book = book
        self.host = host
        self.targets: list[Target] = []

    def envoy(self, host: ProcessHost | None = None) -> Envoy:
        return Envoy(self.folder / "e", host or self.host)

    def listener(self, port: int = 8080) -> Address:
        return self.book.endpoint(f"listener-{port}", port)

    async def target(self, behave: Behaviour, zone: int = 1) -> Target:
        target = Target(self.book.task(zone, 8000), behave)
        await target.start()
        self.targets.append(target)
        return target


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Ground]:
    """Give a ground; afterwards no process of it is left."""
    claim = claim_block(folder)
    host = ProcessHost(folder / "p", "envoy-test")
    place = Ground(folder, AddressBook(claim.block if claim else None), host)
    try:
        async with asyncio.timeout(10 * HANG):
            yield place
    finally:
        for target in place.targets:
            await target.stop()
        await host.sweep()
        assert host.names() == []
        host.close()
        if claim:
            claim.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    async with asyncio.timeout(HANG):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def ask(
    address: Address,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
) -> Answer:
    """Ask once, on a fresh connection."""
    reader, writer = await asyncio.open_connection(address.host, address.port, limit=1 << 20)
    try:
        return await ask_on(reader, writer, address, path, method=method, headers=headers, raw=raw)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def ask_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    address: Address,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
) -> Answer:
    """Ask once on a connection that stays open."""
    lines = {"Host": str(address), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(raw or f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
    async with asyncio.timeout(HANG):
        return await read_answer(reader)


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    try:
        top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return Answer(0, {}, b"")
    line, *lines = top.removesuffix("\r\n\r\n").split("\r\n")
    found = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    body = b""
    if "content-length" in found:
        body = await reader.readexactly(int(found["content-length"]))
    elif found.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    return Answer(int(line.split(" ")[1]), found, body)

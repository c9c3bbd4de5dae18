"""A steady stream of cheap requests in a process of its own, counted honestly.

Open loop: a request is sent when it is due, whether or not earlier ones were
answered; 200 a second over 16 connections that are kept alive.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 16
PATIENCE = 20.0


@dataclass
class Counts:
    """What was sent and how it ended."""

    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """How many had no answer of 200."""
        return sum(self.failures.values())

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0


class Steady:
    """The stream; `counts` may be asked for at any time."""

    def __init__(self, address: str, rate: float, path: str = "/healthz") -> None:
        self._here, there = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_run, args=(address, rate, path, there), daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def counts(self) -> Counts:
        """Give the counts so far."""
        self._here.send("counts")
        counts: Counts = self._here.recv()
        return counts

    def stop(self) -> Counts:
        """End, and give the counts."""
        self._here.send("stop")
        counts: Counts = self._here.recv()
        self._process.join()
        return counts


def _run(
    address: str, rate: float, path: str, there: "multiprocessing.connection.Connection"
) -> None:
    asyncio.run(_stream(address, rate, path, there))


async def _stream(
    address: str, rate: float, path: str, there: "multiprocessing.connection.Connection"
) -> None:
    url = urlsplit(address)
    counts = Counts()
    began = time.monotonic()
    workers = [
        asyncio.create_task(
            _worker(url.hostname or "", url.port or 80, path, CONNECTIONS / rate, counts, number)
        )
        for number in range(CONNECTIONS)
    ]
    while True:
        await asyncio.sleep(0.05)
        if there.poll():
            asked = there.recv()
            counts.seconds = time.monotonic() - began
            if asked == "stop":
                break
            there.send(counts)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    there.send(counts)


async def _worker(
    host: str, port: int, path: str, pause: float, counts: Counts, number: int
) -> None:
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    due = time.monotonic() + pause * number / CONNECTIONS
    while True:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due += pause
        counts.requests += 1
        try:
            async with asyncio.timeout(PATIENCE):
                if connection is None:
                    connection = await asyncio.open_connection(host, port)
                connection = await _ask(connection, host, path, counts)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            counts.failures[type(error).__name__] += 1
            if connection:
                connection[1].close()
            connection = None


async def _ask(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    host: str,
    path: str,
    counts: Counts,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    reader, writer = connection
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    headers = dict(
        line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
    )
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    if status != 200:
        counts.failures[str(status)] += 1
    if headers.get(b"connection") == b"close":
        writer.close()
        return None
    return connection

"""Where the brokers keep everything: a small object store that speaks the S3 that they need.

    python -m seatrial.local.engines.kafka.storage HOST:PORT FOLDER

It never listens beyond the address that it is given.

A broker writes a batch of records in two steps: it raises the partition's mark, then it puts the
batch. Between the two another batch can land behind the gap, a consumer reads that one and never
comes back for the first. Here batches of a partition land in their order: one that is early waits,
and one that comes after a later one has landed is refused, so that its producer is told. That is
why the brokers do not keep their records in the emulator of S3 (it takes 6 ms for a batch, too).
"""

import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs

from seatrial.local.engines.kafka.meanings import GROUP, count, mend_group
from seatrial.local.engines.kafka.objects import STATE, Objects, Stored
from seatrial.local.engines.kafka.partition import Partition

PATIENCE = 1.0
"""Seconds that an early batch waits for the one before it, which a killed broker never sends."""
SWEEP = 10.0
"""Seconds between looks for records that are older than their topic keeps them."""
HEAD_LIMIT, BODY_LIMIT = 64 * 1024, 256 * 1024 * 1024
REASONS = {
    200: "OK",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    404: "Not Found",
    412: "Precondition Failed",
    500: "Internal Server Error",
}
ERRORS = {404: "NoSuchKey", 412: "PreconditionFailed", 500: "InternalError", 400: "InvalidRequest"}

Headers = dict[bytes, bytes]


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection; a request is answered before the next one is looked at."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._buffer = bytearray()
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget it; what waits to be written is written."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take some bytes and answer what is whole."""
        self._buffer += data
        self._look()

    def _look(self) -> None:
        while not self._busy and self._transport:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > HEAD_LIMIT:
                    self._transport.abort()
                return
            line, _, rest = bytes(self._buffer[:end]).partition(b"\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (each.partition(b":") for each in rest.split(b"\r\n"))
            }
            length = int(headers.get(b"content-length", 0))
            if length > BODY_LIMIT or b"transfer-encoding" in headers:
                self._transport.abort()
                return
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            method, target, _ = line.decode("ascii").split(" ", 2)
            try:
                self._answer(method, target, headers, body)
            except (OSError, ValueError) as error:
                print(f"{method} {target}: {error}", flush=True)
                self._say(500)

    def _answer(self, method: str, target: str, headers: Headers, body: bytes) -> None:
        path, _, query = target.partition("?")
        if path == STATE:
            self._say(200, json.dumps(self._objects.state()).encode())
            return
        _, _, key = path[1:].partition("/")
        # A key stays as the client writes it: a group's name may hold what a path may not.
        if method == "PUT" and key:
            self._put(key, headers, body)
        elif method in ("GET", "HEAD") and key:
            self._get(method, key, headers)
        elif method == "GET":
            self._list(parse_qs(query, keep_blank_values=True))
        elif method == "DELETE":
            self._objects.delete(key)
            self._say(204)
        elif method == "POST" and query.startswith("delete"):
            self._delete_all(body)
        else:
            self._say(200 if method == "PUT" else 400)

    def _put(self, key: str, headers: Headers, body: bytes) -> None:
        there = self._objects.get(key)
        wanted = headers.get(b"if-match")
        if wanted:
            refused = there is None or wanted.decode() != there.tag
        else:
            refused = there is not None and headers.get(b"if-none-match") == b"*"
        if refused:
            self._say(412)
        elif place := self._objects.partition(key):
            count(body)
            self._land(key, *place, body)
        elif GROUP.fullmatch(key) and (mended := mend_group(body)):
            self._objects.put(key, mended)
            self._say(412)  # the broker reads what is there now, and goes on from that
        else:
            self._write(key, body)

    def _write(self, key: str, body: bytes) -> None:
        stored = self._objects.put(key, body)
        self._say(200, b"", f"etag: {stored.tag}\r\n")

    def _land(self, key: str, partition: Partition, offset: int, body: bytes) -> None:
        """Put a batch when its turn has come."""
        if offset < partition.end or offset in partition.waiting:
            self._say(412)
            return
        if offset == partition.end:
            self._write(key, body)
            while (ready := partition.waiting.pop(partition.end, None)) is not None:
                ready()
            return
        self._busy = True
        loop = asyncio.get_running_loop()

        def go_on() -> None:
            timer.cancel()
            self._busy = False
            try:
                self._write(key, body)
            except OSError as error:
                print(f"{key}: {error}", flush=True)
                self._say(500)
            self._look()

        def stop_waiting() -> None:
            """Skip what is missing: everyone who waits lands, in the order of the offsets."""
            while (first := partition.next()) is not None and first <= offset:
                partition.waiting.pop(first)()
            while (ready := partition.waiting.pop(partition.end, None)) is not None:
                ready()

        timer = loop.call_later(PATIENCE, stop_waiting)
        partition.waiting[offset] = go_on

    def _get(self, method: str, key: str, headers: Headers) -> None:
        stored = self._objects.get(key)
        if not self._objects.reads(key) or stored is None:
            self._say(404)
            return
        told = f"etag: {stored.tag}\r\nlast-modified: {_http_time(stored.written)}\r\n"
        if headers.get(b"if-none-match", b"").decode() == stored.tag:
            self._say(304, b"", told)
        else:
            body = self._objects.read(stored)
            self._say(200, body, told, silent=method == "HEAD")

    def _list(self, query: dict[str, list[str]]) -> None:
        prefix = query.get("prefix", [""])[0]
        delimiter = query.get("delimiter", [""])[0]
        pieces = ["<ListBucketResult>"]
        folders: dict[str, None] = {}
        for key, stored in self._objects.list(prefix):
            if delimiter and delimiter in key[len(prefix) :]:
                inner = key[len(prefix) :].partition(delimiter)[0]
                folders[f"{prefix}{inner}{delimiter}"] = None
                continue
            pieces.append(stored.listed or _describe(key, stored))
        pieces += [f"<CommonPrefixes><Prefix>{_xml(e)}</Prefix></CommonPrefixes>" for e in folders]
        pieces.append("<IsTruncated>false</IsTruncated></ListBucketResult>")
        self._say(200, "".join(pieces).encode())

    def _delete_all(self, body: bytes) -> None:
        keys = re.findall(r"<Key>([^<]*)</Key>", body.decode())
        for key in keys:
            self._objects.delete(_plain(key))
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._say(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    def _say(self, status: int, body: bytes = b"", told: str = "", *, silent: bool = False) -> None:
        if self._transport is None:
            return
        if status in ERRORS:
            body = f"<Error><Code>{ERRORS[status]}</Code></Error>".encode()
        length = "" if status in (204, 304) else f"content-length: {len(body)}\r\n"
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\n{told}{length}\r\n".encode()
        self._transport.write(head if silent or not length else head + body)


def _describe(key: str, stored: Stored) -> str:
    """Give an object as a listing has it; it is the same every time."""
    stored.listed = (
        f"<Contents><Key>{_xml(key)}</Key><LastModified>{_time(stored.written)}</LastModified>"
        f"<ETag>{stored.tag}</ETag><Size>{stored.size}</Size></Contents>"
    )
    return stored.listed


def _time(written: int) -> str:
    seconds, micro = divmod(written, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{micro:06}Z"


def _http_time(written: int) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(written // 1_000_000))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return (
        text.replace("&gt;", ">").replace("&lt;", "<").replace("&quot;", '"').replace("&amp;", "&")
    )


async def serve(address: str, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    objects = Objects(folder)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    host, _, port = address.rpartition(":")
    server = await loop.create_server(lambda: Connection(objects), host, int(port))
    try:
        while not over.is_set():
            try:
                await asyncio.wait_for(over.wait(), SWEEP)
            except TimeoutError:
                objects.sweep(time.time())
    finally:
        server.close()
        objects.close()


def main() -> None:
    """Run it, on uvloop where that is installed."""
    address, folder = sys.argv[1:]
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop  # noqa: PLC0415 - a faster loop, where there is one

        factory = uvloop.new_event_loop
    except ImportError:
        pass
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(address, Path(folder)))


if __name__ == "__main__":
    main()

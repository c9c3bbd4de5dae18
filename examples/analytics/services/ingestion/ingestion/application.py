"""The HTTP interface, spoken straight to the server (ASGI): one route does all the work.

A request is answered 200 once the brokers have acknowledged every event of it;
until then its client keeps the events and sends them again.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from ingestion.publisher import KafkaAway
from ingestion.tracking import (
    BATCH_BYTES,
    CALLS,
    TOO_LARGE,
    Refused,
    parse,
    records,
    unpack,
    write_key,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

log = logging.getLogger("ingestion")
access = logging.getLogger("ingestion.access")
RETRY_AFTER = b"1"
"""Seconds after which a client may try again while Kafka is away."""
# A browser of another origin may send, too: the write key is public there.
ANY_ORIGIN: Headers = [(b"access-control-allow-origin", b"*")]
PREFLIGHT: Headers = [
    *ANY_ORIGIN,
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"86400"),
]


class Publishes(Protocol):
    """What the application needs of Kafka."""

    async def open(self) -> None:
        """Start."""

    async def close(self) -> None:
        """Finish what is under way."""

    async def publish(self, records: list[bytes]) -> None:
        """Return once every record is acknowledged; raise `KafkaAway`."""


class Application:
    """What the server runs."""

    def __init__(self, publisher: Publishes, write_keys: Collection[str]) -> None:
        self._publisher = publisher
        self._keys = write_keys

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or the application's own life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/health":
            # Looks at nothing else: without Kafka, a restart of every task would mend nothing.
            await _answer(send, 200, {"status": "ok"})
        elif scope["path"] not in CALLS:
            await _answer(send, 404, {"success": False, "code": "not_found"})
        elif scope["method"] == "OPTIONS":
            await _answer(send, 204, None, PREFLIGHT)
        elif scope["method"] != "POST":
            await _answer(send, 405, {"success": False, "code": "post"}, [(b"allow", b"POST")])
        else:
            await self._track(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._publisher.open()
        log.info("started", extra={"fields": {"event": "started"}})
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._publisher.close()
        log.info("stopped", extra={"fields": {"event": "stopped"}})
        await send({"type": "lifespan.shutdown.complete"})

    async def _track(self, scope: Message, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        events = 0
        try:
            found = await self._records(scope, receive)
            events = len(found)
            await self._publisher.publish(found)
        except Refused as error:
            status, code = error.status, error.code
            body = {"success": False, "code": code, "message": str(error)}
            await _answer(send, status, body, ANY_ORIGIN)
        except KafkaAway as error:
            status, code = 503, "kafka_away"
            log.error("kafka did not acknowledge: %s", error, extra={"fields": {"event": code}})
            body = {"success": False, "code": code, "message": "Try again."}
            await _answer(send, status, body, [*ANY_ORIGIN, (b"retry-after", RETRY_AFTER)])
        else:
            status, code = 200, ""
            await _answer(send, status, {"success": True}, ANY_ORIGIN)
        if access.isEnabledFor(logging.INFO):
            fields = {
                "event": "request",
                "path": scope["path"],
                "status": status,
                "code": code,
                "events": events,
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
            }
            access.info("%s", scope["path"], extra={"fields": fields})

    async def _records(self, scope: Message, receive: Receive) -> list[bytes]:
        headers = dict(scope["headers"])
        if int(headers.get(b"content-length", 0)) > BATCH_BYTES:
            raise Refused(413, "too_large", TOO_LARGE)
        packed = await _body(receive)
        body = parse(unpack(packed, headers.get(b"content-encoding", b"")))
        if write_key(headers.get(b"authorization", b""), body) not in self._keys:
            raise Refused(401, "invalid_write_key", "The write key is missing or unknown.")
        body.pop("writeKey", None)
        return records(CALLS[scope["path"]], body, datetime.now(UTC))


async def _body(receive: Receive) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > BATCH_BYTES:
            raise Refused(413, "too_large", TOO_LARGE)
        if message["type"] == "http.disconnect":
            raise Refused(400, "invalid_json", "The body ends in the middle.")
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _answer(send: Send, status: int, body: object, headers: Headers | None = None) -> None:
    text = b"" if body is None else orjson.dumps(body)
    sent: Headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(text)),
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": text})

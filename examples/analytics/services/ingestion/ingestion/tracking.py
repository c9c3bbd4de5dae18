"""Segment's HTTP tracking API: from a request's body to the records that Kafka keeps.

An event's own content is looked at as little as possible: a batch that holds one
event without a user is answered 200, as Segment does, because its client would
throw all of a refused batch away. The consumer finds such an event and keeps it
aside with the reason.
https://www.twilio.com/docs/segment/connections/sources/catalog/libraries/server/http-api
"""

import base64
import binascii
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

EVENT_BYTES = 32 << 10
BATCH_BYTES = 500 << 10
BATCH_EVENTS = 2500
ADDED_BYTES = 512
"""Room for what is added to an event here: times, perhaps an id."""

TYPES = ("track", "identify", "page", "screen", "group", "alias")
# The browser library sends to the short names.
CALLS = {"/v1/batch": "batch", "/v1/b": "batch", "/v1/import": "batch"}
CALLS |= {f"/v1/{each}": each for each in TYPES} | {f"/v1/{each[0]}": each for each in TYPES}

Event = dict[str, Any]


class Refused(Exception):
    """A request that the client must not repeat as it is."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


TOO_LARGE = f"A request may have {BATCH_BYTES >> 10} KB, unpacked."


def unpack(body: bytes, encoding: bytes) -> bytes:
    """Undo gzip without ever holding more than a batch may have; raise `Refused`."""
    if encoding in (b"", b"identity"):
        return body
    if encoding != b"gzip":
        raise Refused(400, "encoding_unknown", "Content-Encoding may be gzip.")
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(body, BATCH_BYTES + 1)
    except zlib.error:
        raise Refused(400, "invalid_gzip", "The body is not gzip.") from None
    if len(unpacked) > BATCH_BYTES:
        raise Refused(413, "too_large", TOO_LARGE)
    if not stream.eof:
        raise Refused(400, "invalid_gzip", "The body ends in the middle.")
    return unpacked


def parse(body: bytes) -> Event:
    """Read the body's JSON; raise `Refused`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "invalid_json", "The body is not JSON.") from None
    if type(found) is not dict:
        raise Refused(400, "invalid_json", "The body is not a JSON object.")
    return found


def write_key(authorization: bytes, body: Event) -> str | None:
    """Give the key that a request shows: the user name of HTTP basic, or the body's."""
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() == b"basic":
        try:
            user = base64.b64decode(credentials).partition(b":")[0]
            return user.decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
    key = body.get("writeKey")
    return key if type(key) is str else None


def records(call: str, body: Event, received: datetime) -> list[bytes]:
    """Give a request's events as the records that are published; raise `Refused`.

    Each has a `messageId`, `receivedAt`, `originalTimestamp`, and a `timestamp` that
    is right even where the client's clock is not: what the clock said when the call
    was made, moved by as much as it was wrong when the request was sent.
    """
    if call == "batch":
        events, context = body.get("batch"), body.get("context")
        if type(events) is not list:
            raise Refused(400, "invalid_batch", '"batch" must be a list of events.')
        if len(events) > BATCH_EVENTS:
            raise Refused(400, "too_many", f"A batch may have {BATCH_EVENTS} events.")
    else:
        body["type"] = call
        _need_identity(body)
        events, context = [body], None
    sent = _time(body.get("sentAt"))
    wrong = received - sent if sent else None
    found = []
    for event in events:
        if type(event) is not dict:
            raise Refused(400, "invalid_batch", "Each event must be a JSON object.")
        event.pop("writeKey", None)
        if context and "context" not in event:
            event["context"] = context
        if not event.get("messageId"):
            event["messageId"] = str(uuid4())
        event["receivedAt"] = received
        if sent:
            event["sentAt"] = sent
        _set_time(event, received, wrong)
        record = orjson.dumps(event, option=orjson.OPT_UTC_Z)
        if len(record) > EVENT_BYTES + ADDED_BYTES:
            raise Refused(400, "too_large", f"An event may have {EVENT_BYTES >> 10} KB.")
        found.append(record)
    return found


def _need_identity(event: Event) -> None:
    """Refuse a single call that nobody could use: its sender can still mend it."""
    if not event.get("userId") and not event.get("anonymousId"):
        raise Refused(400, "no_user_anon_id", "An event needs a userId or an anonymousId.")
    if event["type"] == "track" and not event.get("event"):
        raise Refused(400, "no_event", 'A track call needs the name of its "event".')


def _set_time(event: Event, received: datetime, wrong: timedelta | None) -> None:
    given = event.get("originalTimestamp") or event.get("timestamp")
    if given is None:
        event["originalTimestamp"] = event["timestamp"] = received
        return
    event["originalTimestamp"] = given
    event.pop("timestamp", None)  # one that cannot be read is the consumer's to put aside
    if original := _time(given):
        try:
            event["timestamp"] = original + wrong if wrong else original
        except OverflowError:
            return


def _time(text: object) -> datetime | None:
    """Read an ISO 8601 time; without a zone it is UTC."""
    try:
        time = datetime.fromisoformat(text)  # type: ignore[arg-type]  # asking costs more
    except (TypeError, ValueError):
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)

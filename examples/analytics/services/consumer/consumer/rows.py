"""From a record to a row of the table `events`, as PostgreSQL's COPY reads it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

TYPES = frozenset({"track", "identify", "page", "screen", "group", "alias"})
LONGEST_ID = 100
"""Characters of a message id: Segment's own limit."""
DAY = timedelta(days=1)
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class BadRecord(Exception):
    """A record that can never be stored; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event: what makes it the same as another, its line for COPY, and its source."""

    message_id: str
    day: date
    line: bytes
    source: Any = None


@dataclass(frozen=True, slots=True)
class Window:
    """The time whose events are kept: from `oldest` up to a day from now."""

    oldest: datetime
    newest: datetime

    @classmethod
    def at(cls, now: datetime, days: int) -> "Window":
        """Give what is kept now, of so many days."""
        return cls(now - days * DAY, now + DAY)


def row(record: bytes, window: Window, source: Any = None) -> Row:
    """Read a record; raise `BadRecord`."""
    try:
        event = orjson.loads(record)
    except orjson.JSONDecodeError as error:
        raise BadRecord(f"not JSON: {error}") from None
    if type(event) is not dict:
        raise BadRecord("not a JSON object")
    type_ = event.get("type")
    if type(type_) is not str or type_ not in TYPES:
        raise BadRecord(f"its type is none of {', '.join(sorted(TYPES))}")
    message_id = event.get("messageId")
    if type(message_id) is not str or not 0 < len(message_id) <= LONGEST_ID:
        raise BadRecord(f"its messageId is not text of 1 to {LONGEST_ID} characters")
    name = event.get("event") if type_ == "track" else event.get("name")
    if type_ == "track" and not name:
        raise BadRecord("a track call without the name of its event")
    person = event.get("userId") or event.get("anonymousId")
    if not person:
        raise BadRecord("neither userId nor anonymousId")
    # PostgreSQL has no such character, neither in text nor in jsonb.
    if b"\\u0000" in record and "\0" in _texts(event):
        raise BadRecord("text with the character U+0000")
    _time(event, "receivedAt")
    happened = _time(event, "timestamp")
    if happened < window.oldest:
        raise BadRecord("happened before the days that are kept")
    if happened > window.newest:
        raise BadRecord("happened more than a day from now")
    day = _day(event, happened)
    columns = (
        _field(message_id),
        str(day),
        _field(event["timestamp"]),
        _field(event["receivedAt"]),
        type_,
        _field(name) if name else "\\N",
        _field(person),
    )
    line = "\t".join(columns).encode() + b"\t" + record.replace(b"\\", b"\\\\") + b"\n"
    return Row(message_id, day, line, source)


def _field(value: object) -> str:
    text = value if type(value) is str else orjson.dumps(value).decode()
    # Tabs and line ends are not printable, and nearly every text is.
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


def _texts(value: Any) -> str:
    if type(value) is dict:
        return "".join(key + _texts(each) for key, each in value.items())
    if type(value) is list:
        return "".join(map(_texts, value))
    return value if type(value) is str else ""


def _time(event: dict[str, Any], key: str) -> datetime:
    try:
        time = datetime.fromisoformat(event[key])
        if time.tzinfo is UTC:
            return time
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadRecord(f"{key} is not an ISO 8601 time") from None


def _day(event: dict[str, Any], happened: datetime) -> date:
    """Give the partition: the client's own day, which is the same when it sends again.

    A clock that is more than a day wrong would need partitions of any day: there the
    corrected time decides.
    """
    try:
        said = _time(event, "originalTimestamp")
    except BadRecord:
        return happened.date()
    return said.date() if abs(said - happened) < DAY else happened.date()

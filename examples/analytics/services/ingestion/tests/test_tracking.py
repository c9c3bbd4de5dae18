"""Segment's HTTP tracking API, as far as bytes and JSON go."""

import gzip
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestion.tracking import (
    ADDED_BYTES,
    BATCH_BYTES,
    EVENT_BYTES,
    Refused,
    parse,
    records,
    unpack,
    write_key,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)
TOO_MUCH = "x" * (EVENT_BYTES + ADDED_BYTES)
TRACK = {"type": "track", "event": "Signed Up", "userId": "ada", "messageId": "m-1"}


def one(body: dict[str, Any], call: str = "track") -> dict[str, Any]:
    [record] = records(call, dict(body), NOW)
    return json.loads(record)


def refused(call: str, body: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(Refused) as error:
        records(call, body, NOW)
    return error.value.status, error.value.code


def test_what_the_client_said_is_kept_and_the_rest_is_added() -> None:
    kept = one({"event": "Signed Up", "userId": "ada", "properties": {"a": [1, "é\t\\"]}})
    assert kept["type"] == "track"
    assert kept["properties"] == {"a": [1, "é\t\\"]}
    assert kept["receivedAt"] == kept["timestamp"] == "2026-03-01T12:00:00.250000Z"
    assert len(kept["messageId"]) == 36


def test_a_message_id_of_the_client_stays() -> None:
    assert one(TRACK)["messageId"] == "m-1"


def test_a_wrong_clock_is_set_right() -> None:
    """The client's clock is an hour slow; the call was made ten seconds before it was sent."""
    sent = NOW - timedelta(hours=1)
    body = {
        "batch": [{**TRACK, "timestamp": (sent - timedelta(seconds=10)).isoformat()}],
        "sentAt": sent.isoformat(),
    }
    kept = one(body, "batch")
    assert datetime.fromisoformat(kept["timestamp"]) == NOW - timedelta(seconds=10)
    assert kept["originalTimestamp"] == (sent - timedelta(seconds=10)).isoformat()
    assert datetime.fromisoformat(kept["sentAt"]) == sent


def test_a_time_without_a_zone_is_utc_and_without_sent_at_it_is_believed() -> None:
    assert one({**TRACK, "timestamp": "2026-02-28T10:00:00"})["timestamp"] == "2026-02-28T10:00:00Z"


@pytest.mark.parametrize("time", ["yesterday", 12, {}, "0001-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_used_is_left_to_the_consumer(time: object) -> None:
    sent = (NOW + timedelta(days=2)).isoformat()
    kept = one({"batch": [{**TRACK, "timestamp": time}], "sentAt": sent}, "batch")
    assert kept["originalTimestamp"] == time
    assert "timestamp" not in kept


def test_the_context_of_a_batch_is_that_of_each_event_without_its_own() -> None:
    events = [{**TRACK}, {**TRACK, "context": {"ip": "1"}}]
    found = [
        json.loads(each) for each in records("batch", {"batch": events, "context": {"a": 1}}, NOW)
    ]
    assert [each["context"] for each in found] == [{"a": 1}, {"ip": "1"}]


def test_a_write_key_is_not_passed_on() -> None:
    assert "writeKey" not in one({"batch": [{**TRACK, "writeKey": "k"}]}, "batch")


@pytest.mark.parametrize(
    ("call", "body", "code"),
    [
        ("batch", {}, "invalid_batch"),
        ("batch", {"batch": {}}, "invalid_batch"),
        ("batch", {"batch": ["x"]}, "invalid_batch"),
        ("batch", {"batch": [{}] * 2501}, "too_many"),
        ("batch", {"batch": [{**TRACK, "properties": {"a": TOO_MUCH}}]}, "too_large"),
        ("track", {"event": "x"}, "no_user_anon_id"),
        ("track", {"userId": "ada"}, "no_event"),
        ("identify", {}, "no_user_anon_id"),
    ],
)
def test_what_cannot_be_used_is_refused(call: str, body: dict[str, Any], code: str) -> None:
    assert refused(call, body) == (400, code)


def test_a_batch_with_one_useless_event_is_taken() -> None:
    assert len(records("batch", {"batch": [dict(TRACK), {"type": "track"}]}, NOW)) == 2


def test_an_event_as_large_as_may_be_is_taken() -> None:
    body = {**TRACK, "properties": {"a": ""}}
    body["properties"]["a"] = "x" * (EVENT_BYTES - len(json.dumps(body)))
    assert records("batch", {"batch": [body]}, NOW)


def test_gzip_is_undone_within_bounds() -> None:
    body = b'{"batch": []}'
    assert unpack(body, b"") == unpack(gzip.compress(body), b"gzip") == body
    bomb = gzip.compress(b"x" * (BATCH_BYTES + 1))
    for packed, encoding, status in [
        (bomb, b"gzip", 413),
        (b"nonsense", b"gzip", 400),
        (gzip.compress(body)[:-4], b"gzip", 400),
        (body, b"br", 400),
    ]:
        with pytest.raises(Refused) as error:
            unpack(packed, encoding)
        assert error.value.status == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"a": "\xff"}'])
def test_a_body_is_a_json_object(body: bytes) -> None:
    with pytest.raises(Refused) as error:
        parse(body)
    assert (error.value.status, error.value.code) == (400, "invalid_json")


@pytest.mark.parametrize(
    ("header", "body", "key"),
    [
        (b"Basic " + b64encode(b"key:"), {}, "key"),
        (b"basic " + b64encode(b"key"), {"writeKey": "other"}, "key"),
        (b"", {"writeKey": "key"}, "key"),
        (b"Bearer token", {"writeKey": "key"}, "key"),
        (b"Basic nonsense!", {"writeKey": "key"}, None),
        (b"", {"writeKey": 1}, None),
        (b"", {}, None),
    ],
)
def test_the_key_is_the_headers_or_the_bodys(header: bytes, body: dict[str, Any], key: str) -> None:
    assert write_key(header, body) == key

"""From a record to a row."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from consumer.rows import BadRecord, Window, row

NOW = datetime(2026, 3, 1, 0, 0, 5, tzinfo=UTC)
WINDOW = Window.at(NOW, 30)
GOOD = {
    "type": "track",
    "event": "Signed Up",
    "messageId": "m-1",
    "userId": "ada",
    "anonymousId": "a-1",
    "originalTimestamp": "2026-02-28T23:59:59Z",
    "timestamp": "2026-03-01T00:00:02Z",
    "receivedAt": "2026-03-01T00:00:03Z",
}


def made(**change: Any) -> list[str]:
    event = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    return row(json.dumps(event).encode(), WINDOW).line.decode().removesuffix("\n").split("\t")


def test_the_columns_of_a_row() -> None:
    columns = made()
    assert columns[:7] == [
        "m-1", "2026-02-28", "2026-03-01T00:00:02Z", "2026-03-01T00:00:03Z",
        "track", "Signed Up", "ada",
    ]  # fmt: skip
    assert json.loads(columns[7]) == GOOD


def test_the_day_is_the_clients_own_so_that_a_repeated_event_meets_itself() -> None:
    """It is received again a day later: all that is new is the corrected time."""
    again = row(json.dumps({**GOOD, "timestamp": "2026-03-01T00:00:04Z"}).encode(), WINDOW)
    assert (again.message_id, again.day) == ("m-1", date(2026, 2, 28))


def test_a_clock_that_is_days_wrong_has_no_say_in_the_day() -> None:
    assert made(originalTimestamp="1970-01-01T00:00:00Z")[1] == "2026-03-01"
    assert made(originalTimestamp=None)[1] == "2026-03-01"


def test_who_and_what() -> None:
    assert made(userId=None)[6] == "a-1"
    assert made(type="page", event=None, name="Home")[5] == "Home"
    assert made(type="identify", event=None)[5] == "\\N"
    assert made(userId=42)[6] == "42"


def test_text_is_kept_as_it_is() -> None:
    text = 'tab\t, line\n, return\r, \\, \\N, "quoted", é, \U0001f600'
    columns = made(event=text, userId=text)
    wanted = (
        text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    )
    assert columns[5] == columns[6] == wanted
    assert json.loads(columns[7].replace("\\\\", "\\"))["event"] == text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "dance"}, "type"),
        ({"messageId": None}, "messageId"),
        ({"messageId": "m" * 101}, "messageId"),
        ({"messageId": 7}, "messageId"),
        ({"event": None}, "name of its event"),
        ({"userId": None, "anonymousId": ""}, "neither userId"),
        ({"timestamp": None}, "timestamp"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"receivedAt": 5}, "receivedAt"),
        ({"properties": {"a": ["\0"]}}, "U+0000"),
        ({"timestamp": (NOW - timedelta(days=31)).isoformat()}, "before the days"),
        ({"timestamp": (NOW + timedelta(days=2)).isoformat()}, "a day from now"),
    ],
)
def test_what_can_never_be_stored_says_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRecord) as error:
        made(**change)
    assert reason in str(error.value)


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"\xff", b"null"])
def test_what_is_no_event_at_all(record: bytes) -> None:
    with pytest.raises(BadRecord, match="JSON"):
        row(record, WINDOW)


def test_the_six_letters_of_an_escape_are_text() -> None:
    assert made(properties={"a": "\\u0000"})

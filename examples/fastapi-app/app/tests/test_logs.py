"""The log lines."""

import json
import logging
import sys

from app.logs import JsonLines


def _line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_record_is_one_line_with_its_fields() -> None:
    record = logging.LogRecord("app", logging.ERROR, "file", 1, "two\nlines", (), None)
    record.fields = {"event": "database_connection_error"}
    line = _line(record)
    assert line["level"] == "ERROR"
    assert line["message"] == "two\nlines"
    assert line["event"] == "database_connection_error"


def test_an_exception_keeps_its_traceback_on_the_same_line() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        record = logging.LogRecord("app", logging.ERROR, "file", 1, "failed", (), sys.exc_info())
    assert "ValueError: no" in str(_line(record)["traceback"])

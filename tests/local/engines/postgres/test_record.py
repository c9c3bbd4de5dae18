import json

import pytest

from seatrial.control import database as facts
from seatrial.local.engines.postgres.record import (
    Record,
    RecordFile,
    RecordUnreadable,
    keep_passwords,
)

STATE = facts.Database("db-2", "db-1", synced=False, promoted=False, phase="promoting", epoch=7)


@pytest.fixture
def file(tmp_path):
    return RecordFile(tmp_path / "record.json")


def test_what_was_written_is_read(file):
    file.write(Record(STATE, "secret"))
    assert file.read() == Record(STATE, "secret")
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_no_database_is_no_record(file):
    assert file.read() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', "not json", '{"version": 1}'])
def test_a_record_that_cannot_be_read_is_never_taken_for_none(file, text):
    file.path.write_text(text)
    with pytest.raises(RecordUnreadable, match=r"record\.json"):
        file.read()


def test_a_record_with_an_unknown_field_is_not_guessed_at(file):
    file.write(Record(STATE, "secret"))
    values = json.loads(file.path.read_text())
    values["state"]["more"] = 1
    file.path.write_text(json.dumps(values))
    with pytest.raises(RecordUnreadable):
        file.read()


def test_passwords_are_made_once_and_differ(tmp_path):
    path = tmp_path / "passwords.json"
    first = keep_passwords(path, ("a", "b"))
    assert keep_passwords(path, ("a", "b")) == first
    assert first["a"] != first["b"]
    assert keep_passwords(path, ("a", "c"))["b"] == first["b"]
    assert path.stat().st_mode & 0o777 == 0o600

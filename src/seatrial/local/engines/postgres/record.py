"""What a database keeps about itself across runs: its passwords and where its failover stands.

Takes paths in the database's folder. A password is written before anything
uses it; the state is replaced whole and durably. It never guesses: a record that
cannot be read is an error, since deciding without it could lose data.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.control import database as facts
from seatrial.local.files import write_atomically

VERSION = 1


class RecordUnreadable(Exception):
    """A record is there that this version cannot read."""


@dataclass(frozen=True, slots=True)
class Record:
    """A database that was made: its state, and the master user's password that its servers know."""

    state: facts.Database
    password: str


class RecordFile:
    """The record of one database, in one file of mode 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Record | None:
        """Give the record; None if the database was never finished, RecordUnreadable."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            values: dict[str, Any] = json.loads(text)
            return _parse(values)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordUnreadable(f"{self.path}: {error}") from error

    def write(self, record: Record) -> None:
        """Replace the record; on return it is on the disk."""
        values = {
            "version": VERSION,
            "state": facts.durable(record.state),
            "password": record.password,
        }
        write_atomically(self.path, json.dumps(values).encode())


def _parse(values: dict[str, Any]) -> Record:
    if values["version"] != VERSION:
        raise ValueError(f"version {values['version']}")
    return Record(facts.resume(values["state"]), values["password"])


def keep_passwords(path: Path, users: tuple[str, ...]) -> dict[str, str]:
    """Give each user's password, made at random the first time."""
    try:
        values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        values = {}
    missing = [user for user in users if user not in values]
    if missing:
        values |= {user: secrets.token_urlsafe(32) for user in missing}
        write_atomically(path, json.dumps(values).encode())
    return values

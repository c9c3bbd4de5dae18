"""Where a cache's failover stands: observations go in, the recorded state follows.

Takes what was seen; gives the state. On return from `see` what must be durable
is on the disk, so whoever acts on the state may begin. It never acts itself, and
it never guesses: a record that cannot be read is an error.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from seatrial.control import replication
from seatrial.control.database import FailoverRule
from seatrial.control.replication import Group, Seen
from seatrial.local.engines import course
from seatrial.local.engines.course import Tell
from seatrial.local.files import write_atomically

VERSION = 1


class RecordUnreadable(Exception):
    """A record is there that this version cannot read."""


class Course(course.Course[Group]):
    """The state of one cache and its record, a file of mode 0600 that has our own password too.

    `known` tells whether there was a record; `tell` gets each event as (kind, message).
    """

    def __init__(self, state: Group, rule: FailoverRule, path: Path, tell: Tell) -> None:
        super().__init__(state, rule, tell)
        self.known = False
        self.admin = secrets.token_urlsafe(32)
        self._path = path
        self._read()

    def _observe(self, now: float, seen: Seen) -> Group:
        return replication.observe(self.state, now, seen, self.rule)

    def _record(self, before: Group, after: Group) -> None:
        if replication.durable(after) != replication.durable(before):
            self._write(after)

    def _read(self) -> None:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            self.state, self.admin = _parse(values)
            self.known = True
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError) as error:
            raise RecordUnreadable(f"{self._path}: {error}") from error

    def _write(self, state: Group) -> None:
        values = {"version": VERSION, "state": replication.durable(state), "admin": self.admin}
        write_atomically(self._path, json.dumps(values).encode())

    def _tell_difference(self, before: Group) -> None:
        after = self.state
        if after.primary != before.primary and after.phase == "promoting":
            self.tell("failover", f"Failover from {before.primary} to {after.primary} started.")
        if after.phase == before.phase:
            return
        match after.phase:
            case "fencing":
                self.tell("fencing", f"{after.primary} is being ended, whatever it does.")
            case "restarting" if before.phase == "choosing":
                self.tell("restart", f"{after.primary} is replaced: nobody can take over.")
            case "pointing" if before.phase == "promoting":
                self.tell("promoted", f"{after.primary} takes writes.")


def _parse(values: dict[str, Any]) -> tuple[Group, str]:
    if values["version"] != VERSION:
        raise ValueError(f"version {values['version']}")
    return replication.resume(values["state"]), str(values["admin"])

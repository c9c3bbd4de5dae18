"""Where a database's failover stands: observations go in, the recorded state follows.

Takes what was seen; gives the state. On return from `see` what must be durable
is on the disk, so whoever acts on the state may begin. It never acts itself.
"""

from seatrial.control import database as facts
from seatrial.control import failover
from seatrial.local.engines import course
from seatrial.local.engines.course import Tell
from seatrial.local.engines.postgres.record import Record, RecordFile


class Course(course.Course[facts.Database]):
    """The state of one database and its record; `tell` gets each event as (kind, message)."""

    def __init__(
        self,
        state: facts.Database,
        rule: facts.FailoverRule,
        file: RecordFile,
        tell: Tell,
    ) -> None:
        super().__init__(state, rule, tell)
        self._file = file
        # The master user's password as the servers know it; None until there is a database.
        self._password: str | None = None

    def read(self) -> str | None:
        """Take the recorded state up; give the password that goes with it, None if there is none.

        RecordUnreadable.
        """
        record = self._file.read()
        if record is None:
            return None
        self.state, self._password = record.state, record.password
        return record.password

    def begin(self, password: str) -> None:
        """Record that the database is there, or that its password is another one now."""
        self._password = password
        self._file.write(Record(self.state, password))

    def _observe(self, now: float, seen: facts.Seen) -> facts.Database:
        return failover.observe(self.state, now, seen, self.rule)

    def _record(self, before: facts.Database, after: facts.Database) -> None:
        if self._password is not None and facts.durable(after) != facts.durable(before):
            self._file.write(Record(after, self._password))

    def _tell_difference(self, before: facts.Database) -> None:
        """Put what happened into words; the failover's are RDS's own (RDS-EVENT-0013, -0015)."""
        after = self.state
        if after.primary != before.primary:
            self.tell("failover", f"Multi-AZ failover to {after.primary} started.")
        if after.phase == before.phase:
            return
        match after.phase:
            case "fencing":
                self.tell("fencing", f"{after.primary} is being ended, whatever it does.")
            case "restarting":
                self.tell("restart", f"{after.primary} is started again: nobody can take over.")
            case "pointing" if before.phase == "promoting":
                self.tell("promoted", f"{after.primary} takes writes.")
            case "dropping" if before.synced:
                self.tell("degraded", f"{after.primary} no longer waits for {after.standby}.")
            case "rejoining":
                self.tell("rejoin", f"{after.standby} comes back as the standby.")
            case "steady" if after.synced and not before.synced:
                self.tell("synchronous", f"{after.standby} has every write again.")

"""What holds a recorded process and all that came of it together.

Takes a record and acts by its cgroup folders where it has them, else by the
census. It limits, measures and ends the tree and forgets it; it starts nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from seatrial.local.process.census import Census, end_tree
from seatrial.local.process.cgroup import Group
from seatrial.local.process.command import Usage
from seatrial.local.process.identity import Identity, identify
from seatrial.local.process.record import Record, RecordFolder
from seatrial.local.process.table import read_memory, read_row


class Containment:
    """The tree of one record."""

    def __init__(self, record: Record, records: RecordFolder, census: Census) -> None:
        self.record = record
        self._records = records
        self._census = census
        self._group = Group(record.folders)
        self._cpu_seconds = 0.0
        if record.identity:
            self._enroll(record.identity)

    def prepare(self) -> None:
        """Write the intent down, then make the folders with their limits."""
        self._records.write(self.record)
        self._group.make()
        self._group.set_memory(self.record.limits.memory)
        self._group.set_cpu(self.record.limits.cpu)

    def take(self, pid: int) -> None:
        """Put the process into the folders and write its identity down.

        ProcessLookupError if it is gone.
        """
        identity = identify(pid)
        if identity is None:
            raise ProcessLookupError(pid)
        self._group.add(pid)
        self.record = replace(self.record, identity=identity)
        self._records.write(self.record)
        self._enroll(identity)

    def set_cpu(self, cpu: float | None) -> None:
        """Limit the whole tree to so many vCPU, where that can be enforced."""
        self._group.set_cpu(cpu)

    def read_usage(self) -> Usage:
        """Measure the whole tree."""
        cpu, memory = self._group.read_cpu(), self._group.read_memory()
        pids = self._group.list_pids()
        if cpu is None:
            members = self._census.members(self.record.name)
            self._remember(members)
            rows = [row for member in members if (row := read_row(member.pid)) is not None]
            pids = [row.identity.pid for row in rows if not row.zombie]
            # What an orphan used is lost with it; what was used never becomes less.
            cpu = max(self._cpu_seconds, sum(row.cpu_seconds for row in rows))
            self._cpu_seconds = cpu
        if memory is None:
            memory = sum(map(read_memory, pids))
        return Usage(cpu, memory, len(pids))

    def was_out_of_memory(self) -> bool:
        """Tell whether the kernel has ended a member for its memory."""
        return self._group.count_oom_kills() > 0

    async def end(self) -> None:
        """SIGKILL every member and return when none is left."""
        if self._group.holds:
            await self._group.end()
        else:
            await end_tree(self._census, self.record.name, self._remember)

    def discard(self) -> None:
        """Remove the folders and the record; nothing of the tree lives any more."""
        self._group.remove()
        self._census.forget(self.record.name)
        self._records.remove(self.record.name)

    def _enroll(self, root: Identity) -> None:
        if not self._group.folders:
            self._census.enroll(self.record.name, (root, *self.record.members))

    def _remember(self, members: Iterable[Identity]) -> None:
        """Write down who was seen, so that a later host can end them without their parents."""
        seen = tuple(sorted(members, key=lambda member: member.pid))
        if seen != self.record.members:
            self.record = replace(self.record, members=seen)
            self._records.write(self.record)

"""What holds a recorded process and all that came of it together.

Takes a record and acts by its cgroup folders where it has them, else by the
process table. It limits, measures and ends the tree and forgets it; it starts nothing.
"""

from dataclasses import replace

from seatrial.local.process.cgroup import Group
from seatrial.local.process.command import Usage
from seatrial.local.process.identity import Identity, identify
from seatrial.local.process.record import Record, RecordFolder
from seatrial.local.process.table import read_memory
from seatrial.local.process.tree import end_tree, list_members


class Containment:
    """The tree of one record; `marker` is what its environment carries."""

    def __init__(self, record: Record, records: RecordFolder, marker: str) -> None:
        self.record = record
        self._records = records
        self._marker = marker
        self._group = Group(record.folders)

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

    def set_cpu(self, cpu: float | None) -> None:
        """Limit the whole tree to so many vCPU, where that can be enforced."""
        self._group.set_cpu(cpu)

    def read_usage(self) -> Usage:
        """Measure the whole tree."""
        pids = self._group.list_pids() if self._group.holds else []
        cpu = self._group.read_cpu()
        memory = self._group.read_memory()
        if not self._group.holds or cpu is None:
            rows = list_members(self.record.identity, self.record.members)
            pids = [row.identity.pid for row in rows]
            cpu = sum(row.cpu_seconds for row in rows)
            self._remember(tuple(row.identity for row in rows))
        if memory is None:
            memory = sum(read_memory(pid) for pid in pids)
        return Usage(cpu, memory, len(pids))

    def was_out_of_memory(self) -> bool:
        """Tell whether the kernel has ended a member for its memory."""
        return self._group.count_oom_kills() > 0

    async def end(self) -> None:
        """SIGKILL every member and return when none is left."""
        if self._group.holds:
            await self._group.end()
        else:
            await end_tree(self.record.identity, self.record.members, self._marker)

    def discard(self) -> None:
        """Remove the folders and the record; nothing of the tree lives any more."""
        self._group.remove()
        self._records.remove(self.record.name)

    def _remember(self, members: tuple[Identity, ...]) -> None:
        """Write down who was seen, so that a later host can end them without their parents."""
        if members != self.record.members:
            self.record = replace(self.record, members=members)
            self._records.write(self.record)

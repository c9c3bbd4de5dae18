"""Starts, adopts and ends the processes of one local system.

Takes commands and a folder for records; gives `Process`es. The order of a start
is what makes it safe against a kill -9 of the host at any instant:

    record the intent -> make the cgroup folders -> start the launcher, which waits
    -> put it into the folders -> record its identity -> let it become the program

Closing the host leaves every process running. It never restarts one: that is the
supervisor's decision. One folder belongs to one host at a time (`FolderLock`).
"""

import asyncio
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from seatrial.local.process.capabilities import Capabilities, detect_capabilities
from seatrial.local.process.census import Census, end_tree
from seatrial.local.process.command import NAME, Command, NameTaken
from seatrial.local.process.containment import Containment
from seatrial.local.process.identity import is_alive
from seatrial.local.process.launch import Gate, choose_user, find_program, spawn_launcher
from seatrial.local.process.process import Process
from seatrial.local.process.record import Record, RecordFolder

# How often memory is looked at where no kernel limit holds it.
MEMORY_INTERVAL = 0.1


class ProcessHost:
    """The processes of one system, by name; its methods need a running event loop.

    `folder` holds the records. `capabilities` are detected unless given.
    """

    def __init__(self, folder: Path, system: str, capabilities: Capabilities | None = None) -> None:
        if not NAME.fullmatch(system):
            raise ValueError(f"a system name is letters, digits and ._:@+-, not {system!r}")
        self.capabilities = detect_capabilities() if capabilities is None else capabilities
        self._records = RecordFolder(folder)
        # Two systems of one name, in two folders, must never end each other's processes.
        place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
        # Begins the marker of every process and the name of every cgroup folder.
        self.prefix = f"seatrial-{system}-{place}-"
        self._census = Census(self.prefix)
        self._processes: dict[str, Process] = {}
        self._starting: set[str] = set()
        self._memory_watch: asyncio.Task[None] | None = None

    async def start(self, command: Command) -> Process:
        """Start a command; return once it is the program that was asked for.

        NameTaken, NotRunnable, Unreachable; nothing is left of a start that failed.
        """
        name = command.name
        if name in self._starting or name in self._processes:
            process = self._processes.get(name)
            raise NameTaken(name, process.identity.pid if process else 0)
        self._starting.add(name)
        try:
            await self._clear(name)
            return await self._launch(command)
        finally:
            self._starting.discard(name)

    def adopt(self, name: str) -> Process | None:
        """Take on a recorded process that still runs; None if there is none."""
        if name in self._processes:
            return self._processes[name]
        record = self._records.read(name)
        if record is None or record.identity is None or not is_alive(record.identity):
            return None
        with suppress(ProcessLookupError):
            return self._watch(self._contain(record))
        return None

    def names(self) -> list[str]:
        """List the recorded names, those of processes that have ended unnoticed too."""
        return self._records.names()

    async def sweep(self, keep: Collection[str] = ()) -> list[str]:
        """End everything of this system that is not kept; return the names that were found.

        It finds what is recorded, what lives in cgroup folders of ours and what
        carries our marker, whoever started it. A kept name whose process has
        ended is swept too: there is nothing of it to keep.
        """
        kept = {name for name in keep if self.adopt(name) is not None}
        swept: set[str] = set()
        while True:
            # What a host that was just killed had forked has no marker before its exec.
            self._census.look(whole=True)
            found = {*self.names(), *self._list_folders(), *self._census.names()} - kept
            if not found:
                self._records.tidy()
                return sorted(swept)
            await asyncio.gather(*(self._sweep_one(name) for name in found))
            swept |= found

    def close(self) -> None:
        """Let go of every process; all run on."""
        if self._memory_watch:
            self._memory_watch.cancel()
            self._memory_watch = None
        for process in self._processes.values():
            process.let_go()
        self._processes.clear()

    async def _launch(self, command: Command) -> Process:
        user = choose_user(command, namespaces=self.capabilities.namespaces)
        program = find_program(command)
        folders = self._list_own_folders(command.name)
        containment = self._contain(Record(command.name, command.limits, folders))
        gate: Gate | None = None
        try:
            containment.prepare()
            log = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                gate = spawn_launcher(log, self._marker(command.name))
            finally:
                os.close(log)
            containment.take(gate.pid)
            process = self._watch(containment)
            await gate.open(command, program, self._marker(command.name), user)
        except BaseException:
            if gate:
                gate.close()
            await asyncio.shield(self._abandon(containment, gate))
            raise
        gate.close()
        return process

    async def _abandon(self, containment: Containment, gate: Gate | None) -> None:
        """Leave nothing of a start that failed."""
        name = containment.record.name
        if name in self._processes:
            await self._processes[name].kill()
            return
        await containment.end()
        if gate:
            with suppress(ChildProcessError):
                await asyncio.to_thread(os.waitpid, gate.pid, 0)
        containment.discard()

    def _watch(self, containment: Containment) -> Process:
        record = containment.record
        assert record.identity
        process = Process(record.name, record.identity, record.limits, containment, self._forget)
        self._processes[record.name] = process
        if record.limits.memory and self.capabilities.memory == "polled":
            self._memory_watch = self._memory_watch or asyncio.create_task(self._hold_memory())
        return process

    def _forget(self, name: str) -> None:
        self._processes.pop(name, None)

    async def _hold_memory(self) -> None:
        """End whoever passes its memory limit, where the kernel does not."""
        while True:
            await asyncio.sleep(MEMORY_INTERVAL)
            for process in list(self._processes.values()):
                limit = process.limits.memory
                if limit and process.running and process.usage().memory > limit:
                    await process.end_for_memory()

    async def _clear(self, name: str) -> None:
        """End what an earlier process of this name left; NameTaken if it runs itself."""
        record = self._records.read(name)
        if record and record.identity and is_alive(record.identity):
            raise NameTaken(name, record.identity.pid)
        if record or name in self._records.names():
            await self._sweep_one(name)

    async def _sweep_one(self, name: str) -> None:
        process = self._processes.get(name)
        if process:
            await process.kill()
        else:
            record = self._records.read(name)
            folders = {*(record.folders if record else ()), *self._list_own_folders(name)}
            record = replace(record or Record(name), folders=tuple(sorted(folders)))
            containment = self._contain(record)
            await containment.end()
            containment.discard()
        # What left the folders, or never had any, is found by what it carries.
        await end_tree(self._census, name)

    def _list_folders(self) -> Iterator[str]:
        """Name the cgroup folders of this system, also those without a record."""
        for hierarchy in self.capabilities.hierarchies:
            for folder in hierarchy.parent.glob(f"{self.prefix}*"):
                yield folder.name.removeprefix(self.prefix)

    def _list_own_folders(self, name: str) -> tuple[Path, ...]:
        hierarchies = self.capabilities.hierarchies
        return tuple(hierarchy.parent / self._marker(name) for hierarchy in hierarchies)

    def _marker(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _contain(self, record: Record) -> Containment:
        return Containment(record, self._records, self._census)

"""The cgroup folders of one process: hold its tree together, limit it, measure it, end it.

Takes folders of v1 and v2 hierarchies, mixed as the machine has them; what a
folder can do is seen from its files. Every figure is the kernel's, for the whole
tree. It never reaches beyond its own folders.
"""

import asyncio
import errno
import math
import os
import signal
from contextlib import suppress
from pathlib import Path

# 5 ms of every 20 ms gave a quarter vCPU with p99 17 ms; 25 of 100 ms gave p99 78 ms.
PERIOD_US = 20_000
SMALLEST_QUOTA_US = 1_000


def share_period(cpu: float) -> tuple[int, int]:
    """Give the quota and the period (microseconds) that hold a tree to so many vCPU.

    The kernel takes quotas from 1 ms and periods from 1 ms to 1 s: a very small
    share needs a longer period than others.
    """
    period = max(PERIOD_US, min(1_000_000, math.ceil(SMALLEST_QUOTA_US / cpu)))
    return max(SMALLEST_QUOTA_US, round(cpu * period)), period


class Group:
    """One folder per hierarchy, all for the same process; none where no hierarchy is writable."""

    def __init__(self, folders: tuple[Path, ...] = ()) -> None:
        self.folders = folders
        self._files: dict[str, Path] = {}

    def make(self) -> None:
        """Make the folders; those that are there already are taken as they are."""
        for folder in self.folders:
            folder.mkdir(exist_ok=True)

    def add(self, pid: int) -> None:
        """Put a process, and so every child it will have, into all folders."""
        for folder in self.folders:
            _write(folder / "cgroup.procs", str(pid))

    def set_cpu(self, cpu: float | None) -> None:
        """Limit to so many vCPU; None lifts the limit."""
        quota, period = (-1, PERIOD_US) if cpu is None else share_period(cpu)
        if file := self._find("cpu.max"):
            _write(file, f"{quota if cpu is not None else 'max'} {period}")
        elif file := self._find("cpu.cfs_quota_us"):
            _write(file.with_name("cpu.cfs_period_us"), str(period))
            _write(file, str(quota))

    def set_memory(self, limit: int | None) -> None:
        """Limit to so many bytes, swap included; None lifts the limit."""
        if file := self._find("memory.max"):
            _write(file, "max" if limit is None else str(limit))
            if file := self._find("memory.swap.max"):
                _write(file, "max" if limit is None else "0")
            return
        # Memory and swap together may never be under memory: the order depends on the way.
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        for name in names if limit is not None else reversed(names):
            if file := self._find(name):
                _write(file, "-1" if limit is None else str(limit))

    def read_cpu(self) -> float | None:
        """Give the CPU seconds used so far; None where no folder counts them."""
        if file := self._find("cpuacct.usage"):
            return int(_read(file)) / 1e9
        for line in _read(file).splitlines() if (file := self._find("cpu.stat")) else ():
            key, _, value = line.partition(" ")
            if key == "usage_usec":
                return int(value) / 1e6
        return None

    def read_memory(self) -> int | None:
        """Give the bytes that only a kill would free; None where no folder counts them.

        Anonymous and shared memory, not the page cache: that fills any limit
        and is given back before anything is killed.
        """
        file = self._find("memory.stat")
        if file is None:
            return None
        table = _read_table(file)
        anonymous = table["anon"] if "anon" in table else table["total_rss"]
        return anonymous + table.get("total_shmem", table.get("shmem", 0))

    def count_oom_kills(self) -> int:
        """Count the members that the kernel has ended for memory."""
        file = self._find("memory.events") or self._find("memory.oom_control")
        return _read_table(file).get("oom_kill", 0) if file else 0

    def list_pids(self) -> list[int]:
        """List the members."""
        file = self._find("cgroup.procs")
        return [int(word) for word in _read(file).split()] if file else []

    @property
    def holds(self) -> bool:
        """Tell whether any folder is there to hold the tree together."""
        return any(folder.is_dir() for folder in self.folders)

    async def end(self) -> None:
        """SIGKILL every member, stopped ones too; return when all folders are empty."""
        pause = 0.0005
        for folder in self.folders:
            with suppress(FileNotFoundError):
                _write(folder / "cgroup.kill", "1")
        while True:
            left = [folder for folder in self.folders if _is_populated(folder)]
            if not left:
                return
            for folder in left:
                if not (folder / "cgroup.kill").exists():
                    _kill_each(folder)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.01)

    def _find(self, name: str) -> Path | None:
        """Give the first folder's file of this name; the kernel adds and takes away none."""
        file = self._files.get(name)
        if file is None:
            file = next((f for folder in self.folders if (f := folder / name).exists()), None)
            if file is not None:
                self._files[name] = file
        return file

    def remove(self) -> None:
        """Remove the empty folders."""
        for folder in self.folders:
            for below, _, _ in os.walk(folder, topdown=False):
                with suppress(OSError):  # busy for an instant after a kill: the sweep comes again
                    os.rmdir(below)  # noqa: PTH106 - a path from os.walk


def _is_populated(folder: Path) -> bool:
    try:
        return _read_table(folder / "cgroup.events")["populated"] != 0
    except FileNotFoundError:
        return bool(_list_pids(folder))


def _list_pids(folder: Path) -> list[int]:
    pids: list[int] = []
    for below, _, files in os.walk(folder):
        if "cgroup.procs" in files:
            with suppress(FileNotFoundError, ProcessLookupError):
                pids.extend(map(int, _read(Path(below, "cgroup.procs")).split()))
    return pids


def _kill_each(folder: Path) -> None:
    """SIGKILL the members one by one, each through a pidfd that was opened while it was one."""
    opened: dict[int, int] = {}
    for pid in _list_pids(folder):
        with suppress(ProcessLookupError):
            opened[pid] = os.pidfd_open(pid)
    members = set(_list_pids(folder))
    for pid, descriptor in opened.items():
        with suppress(ProcessLookupError):
            if pid in members:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _read_table(path: Path) -> dict[str, int]:
    table: dict[str, int] = {}
    for line in _read(path).splitlines():
        key, _, value = line.partition(" ")
        if value.isdigit():
            table[key] = int(value)
    return table


def _read(path: Path) -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - read often, kept cheap
            return file.readall().decode()
    except OSError as error:
        if error.errno == errno.ENODEV:  # the folder was removed after the file was opened
            raise FileNotFoundError(path) from error
        raise


def _write(path: Path, text: str) -> None:
    # Not Path.write_text: it would create a file where the kernel has none.
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)

"""The machine's process table: who runs, whose child it is, what it has used.

Takes nothing, gives rows; reads /proc directly on Linux and psutil elsewhere.
Never caches and never signals: a row is true only for the moment it was read.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seatrial.local.process.identity import LINUX, Identity, read_boot


@dataclass(frozen=True, slots=True)
class Row:
    """One process; `cpu_seconds` counts the children that it has reaped too."""

    identity: Identity
    parent: int
    session: int
    cpu_seconds: float
    zombie: bool


@cache
def read_ticks() -> int:
    """Give the kernel's clock ticks per second."""
    return os.sysconf("SC_CLK_TCK")


def read_row(pid: int) -> Row | None:
    """Read one process; None if it is gone."""
    if not LINUX:
        return _read_row_elsewhere(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - read often, kept cheap
            line = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name is in brackets and may hold anything, brackets too.
    fields = line[line.rindex(b")") + 2 :].split()
    ticks = int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return Row(
        identity=Identity(pid, int(fields[19]), read_boot()),
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_seconds=ticks / read_ticks(),
        zombie=fields[0] in b"ZX",
    )


def read_pids() -> list[int]:
    """List the pids of the machine."""
    if LINUX:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - as above
    import psutil  # noqa: PLC0415 - only where there is no /proc

    return psutil.pids()


def read_memory(pid: int) -> int:
    """Give the resident bytes of one process; 0 if it is gone.

    On Linux without files, which are cache, and without shared memory, which every
    process of a task would count again.
    """
    if LINUX:
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - read often, kept cheap
                _, resident, shared, *_ = file.read().split()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return 0
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    import psutil  # noqa: PLC0415 - only where there is no /proc

    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def read_variable(pid: int, variable: str) -> str | None:
    """Read a variable of the environment that a process was started with, where it is readable."""
    if not LINUX:
        import psutil  # noqa: PLC0415 - only where there is no /proc

        with suppress(psutil.Error):
            return psutil.Process(pid).environ().get(variable)
        return None
    with suppress(OSError):
        wanted = variable.encode() + b"="
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if entry.startswith(wanted):
                return entry.removeprefix(wanted).decode(errors="replace")
    return None


def _read_row_elsewhere(pid: int) -> Row | None:
    import psutil  # noqa: PLC0415 - only where there is no /proc

    with suppress(psutil.Error):
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return Row(
                identity=Identity(pid, round(process.create_time() * 1_000_000), read_boot()),
                parent=process.ppid(),
                session=os.getsid(pid),
                cpu_seconds=times.user + times.system,
                zombie=process.status() == psutil.STATUS_ZOMBIE,
            )
    return None

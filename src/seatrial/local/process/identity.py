"""Who a process is: a pid alone is used again, with its start time and the boot it is unique.

Takes pids, gives identities and tells whether they still live; signals only the
process that was meant, never another one that came to its pid. Ends nothing by itself.
"""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LINUX = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Identity:
    """A process for as long as this machine runs.

    `start` is the kernel's start time (clock ticks since boot on Linux,
    microseconds since 1970 elsewhere), `boot` names this run of the machine.
    """

    pid: int
    start: int
    boot: str

    def as_json(self) -> dict[str, int | str]:
        """Give the three values for a JSON document."""
        return {"pid": self.pid, "start": self.start, "boot": self.boot}

    @classmethod
    def from_json(cls, values: object) -> "Identity":
        """Read what `as_json` gave; ValueError for anything else."""
        match values:
            case {"pid": int(pid), "start": int(start), "boot": str(boot)} if pid > 0:
                return cls(pid, start, boot)
        raise ValueError(f"not a process identity: {values!r}")

    def __str__(self) -> str:
        """Give `pid:start:boot`, one word for a command line."""
        return f"{self.pid}:{self.start}:{self.boot}"

    @classmethod
    def from_word(cls, word: str) -> "Identity":
        """Read what `str` gave; ValueError for anything else."""
        pid, start, boot = word.split(":", 2)
        return cls(int(pid), int(start), boot)


@cache
def read_boot() -> str:
    """Name this run of the machine: another after every reboot."""
    if LINUX:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    asked = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def read_start(pid: int) -> int | None:
    """Give the start time of a process that runs; None for one that is gone or a zombie."""
    if LINUX:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - read often, kept cheap
                line = file.read()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The program's name is in brackets and may hold anything, brackets too.
        fields = line[line.rindex(b")") + 2 :].split()
        return None if fields[0] in b"ZX" else int(fields[19])
    import psutil  # noqa: PLC0415 - only where there is no /proc

    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return round(process.create_time() * 1_000_000)
    return None


def identify(pid: int) -> Identity | None:
    """Name the process that runs as `pid` now; None if none does or it is a zombie."""
    start = read_start(pid)
    return None if start is None else Identity(pid, start, read_boot())


def is_alive(identity: Identity) -> bool:
    """Tell whether this very process still runs; a zombie does not."""
    return identity.boot == read_boot() and read_start(identity.pid) == identity.start


def send_signal(identity: Identity, number: signal.Signals) -> bool:
    """Signal this very process; False if it is gone.

    On Linux a pidfd is opened before the identity is looked at, so that the
    signal cannot reach a process that has come to the same pid in between.
    """
    try:
        if not LINUX:
            if is_alive(identity):
                os.kill(identity.pid, number)
                return True
            return False
        pidfd = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return False
    try:
        if not is_alive(identity):
            return False
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(pidfd)
    return True

"""What is asked of a process and what is told of it; plain values, no operating system calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.mistake import Mistake

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}")


class NotRunnable(Mistake):
    """The program of a command is missing or cannot be executed."""

    def __init__(self, name: str, program: str, reason: str) -> None:
        super().__init__(f"{name}: cannot run {program}: {reason}.")
        self.program = program


class NameTaken(Mistake):
    """A process of this name still runs."""

    def __init__(self, name: str, pid: int) -> None:
        super().__init__(f"{name} already runs as process {pid}.")


class Unreachable(Mistake):
    """A folder that an unprivileged program needs is closed to the user `nobody`."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(
            f"{name}: the user 'nobody' cannot enter {folder}.",
            right="Choose a state folder whose parents are open to everyone (mode o+x).",
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process with all its children may use; None is no limit.

    `cpu` in vCPU, `memory` in bytes.
    """

    cpu: float | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits that nothing could run under."""
        if self.cpu is not None and not 0 < self.cpu < float("inf"):
            raise ValueError(f"a CPU limit is a positive number of vCPU, not {self.cpu}")
        if self.memory is not None and self.memory <= 0:
            raise ValueError(f"a memory limit is a positive number of bytes, not {self.memory}")


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: `environ` is its whole environment, `log` gets both its outputs.

    `unprivileged` is for programs that refuse root: as root they run as another
    user (in a user namespace where that works, else as `nobody`), otherwise as they are.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    environ: Mapping[str, str]
    log: Path
    limits: Limits = NO_LIMITS
    unprivileged: bool = False

    def __post_init__(self) -> None:
        """Refuse a name that is no file name, and an empty command line."""
        if not NAME.fullmatch(self.name):
            raise ValueError(f"a process name is letters, digits and ._:@+-, not {self.name!r}")
        if not self.argv:
            raise ValueError(f"{self.name}: the command line is empty")


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended.

    `code` follows the shell: 0-255 as the program said, 128 + n for signal n
    (137 for SIGKILL), None for an adopted process, whose code only its parent learns.
    """

    code: int | None
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process with all its children has used: CPU seconds so far, resident bytes now.

    `memory` leaves the page cache out: files that were read do not count.
    """

    cpu_seconds: float
    memory: int
    processes: int

"""One node's files: its data folder and, beside it, what the server reads.

Takes a path and, where servers run as another user, that user's number; gives
texts their places and says what state the data is in. It runs no program. The
settings lie outside the data folder, so that no copy from the primary replaces them.
"""

import ctypes
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

STANDBY_SIGNAL = "standby.signal"
LOCK = "postmaster.pid"


class NodeFolder:
    """The files of one node.

    `owner` is the user that servers run as, None where files of ours are theirs.
    """

    def __init__(self, path: Path, owner: int | None = None) -> None:
        self.path = path
        self.data = path / "data"
        self.settings = path / "postgresql.conf"
        self.access = path / "pg_hba.conf"
        self.passfile = path / "passfile"
        # There while the data folder is being written by a copy or a rewind.
        self._unfinished = path / "unfinished"
        self._owner = owner

    def make(self) -> None:
        """Make the folder, closed to everyone else."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.give(self.path)

    def write(self, path: Path, text: str) -> None:
        """Replace one file, mode 0600; not flushed, since every start writes it anew."""
        new = path.with_name(f"{path.name}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        self.give(new)
        new.replace(path)

    @property
    def whole(self) -> bool:
        """Tell whether there is a data folder that a server could be started on."""
        return (self.data / "PG_VERSION").exists() and not self._unfinished.exists()

    @property
    def marked_standby(self) -> bool:
        """Tell whether a server started on this data would be a standby."""
        return (self.data / STANDBY_SIGNAL).exists()

    def mark_standby(self) -> None:
        """See that whatever is started on this data is a standby."""
        self.write(self.data / STANDBY_SIGNAL, "")

    def unmark_standby(self) -> None:
        """Take the mark away, for a rewind: it runs the server alone, which refuses the mark."""
        (self.data / STANDBY_SIGNAL).unlink(missing_ok=True)

    def begin_writing(self) -> None:
        """Note that the data folder is not usable from now on."""
        self._unfinished.touch()

    def end_writing(self) -> None:
        """Note that the data folder is usable again."""
        self._unfinished.unlink(missing_ok=True)

    def copy_from(self, template: Path) -> None:
        """Copy a data folder that no server runs on."""
        self.begin_writing()
        self.remove_data()
        shutil.copytree(template, self.data, copy_function=shutil.copyfile, symlinks=True)
        for folder, _, files in os.walk(self.data):
            os.chmod(folder, 0o700)  # noqa: PTH101 - a path from os.walk
            if self._owner is not None:
                for name in (".", *files):
                    os.chown(Path(folder, name), self._owner, -1)
        self.end_writing()

    def remove_data(self) -> None:
        """Remove the data folder."""
        if self.data.exists():
            shutil.rmtree(self.data)

    def is_ready(self, pid: int) -> bool:
        """Tell whether this server has noted that it takes connections."""
        try:
            lines = (self.data / LOCK).read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def release(self) -> None:
        """Remove what a server that is known to be gone left: its lock and its shared memory.

        PostgreSQL would take the lock's pid for a running server's once the
        number belongs to another process, and a segment is otherwise only
        removed by the next start on the same data.
        """
        lock = self.data / LOCK
        with suppress(FileNotFoundError, IndexError, ValueError):
            key, segment = lock.read_text().splitlines()[6].split()
            _remove_segment(int(key), int(segment))
        for left in (self.data / "pg_dynshmem").glob("mmap.*"):
            left.unlink()
        lock.unlink(missing_ok=True)

    def give(self, path: Path) -> None:
        """Make the servers' user the owner of a path."""
        if self._owner is not None:
            os.chown(path, self._owner, -1)


def flush(path: Path) -> None:
    """Bring everything of the path's file system to the disk."""
    if sys.platform != "linux":
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ctypes.CDLL(None).syncfs(descriptor)
    finally:
        os.close(descriptor)


def _remove_segment(key: int, segment: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
                fields = line.split()
                # key, shmid, perms, size, cpid, lpid, nattch: ours only if nobody holds it.
                if (int(fields[0]) & 0xFFFFFFFF, int(fields[1]), int(fields[6])) == (
                    key & 0xFFFFFFFF,
                    segment,
                    0,
                ):
                    break
            else:
                return
    ctypes.CDLL(None).shmctl(segment, 0, None)  # IPC_RMID

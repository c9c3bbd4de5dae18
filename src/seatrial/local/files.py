"""Files that a kill -9 or a full disk cannot leave half written, and a lock on a folder.

Takes paths and bytes. A reader sees the old or the new content, never a part;
a lock goes with its holder, however it dies. It never deletes what it did not write.
"""

import errno
import fcntl
import glob
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from seatrial.local.process.identity import Identity, identify, is_alive
from seatrial.mistake import Mistake

LOCK = "lock"
"""The name of a folder's lock file."""


class DiskFull(Mistake):
    """The disk or the user's quota has no room; what was there is as it was."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"No room left on the disk to write {path}.")
        self.path = path


class Locked(Mistake):
    """Another process holds a lock; `holder` is None where it has not told its name."""

    def __init__(self, path: Path, holder: Identity | None) -> None:
        who = f"process {holder.pid}" if holder else "another process"
        super().__init__(f"{path.parent} is in use by {who}.")
        self.path = path
        self.holder = holder


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file durably: all of it or, on any failure, nothing.

    The folder must be there. DiskFull if there is no room. A temporary file
    `.NAME.*.new` that a kill left is removed by the next write of the same name.
    """
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        _remove_abandoned(leftover)
    new = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.new")
    try:
        _write_whole(new, data, mode)
        new.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(FileNotFoundError):
            new.unlink()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path) from error
        raise


class FolderLock:
    """A lock on a folder, for one process at a time; freed by the kernel when its holder dies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Tell whether this very object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock without waiting; Locked, with its holder, if it is taken."""
        if self.held:
            raise Locked(self.path, identify(os.getpid()))
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(identify(os.getpid())).encode(), 0)
        except BlockingIOError:
            holder = _read_holder(descriptor)
            os.close(descriptor)
            raise Locked(self.path, holder) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; the file stays, since another may be about to lock it."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Take the lock."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        self.release()


def is_held(lock: Path) -> bool:
    """Tell whether somebody holds the lock of a file; False where there is no file."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock meets no other reader, and ends with the descriptor.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read_holder(descriptor: int) -> Identity | None:
    """Read who holds the lock; None where the file names nobody who lives."""
    try:
        holder = Identity.from_word(os.pread(descriptor, 256, 0).decode())
    except ValueError:
        return None
    return holder if is_alive(holder) else None


def _write_whole(new: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        # The umask may have taken bits away that were asked for.
        os.fchmod(descriptor, mode)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(leftover: Path) -> None:
    """Remove a temporary file whose writer is gone."""
    try:
        os.kill(int(leftover.name.rsplit(".", 2)[1].partition("-")[0]), 0)
    except ProcessLookupError:
        with suppress(FileNotFoundError):
            leftover.unlink()
    except (ValueError, PermissionError):
        return

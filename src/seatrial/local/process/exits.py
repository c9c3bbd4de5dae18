"""Learn at once that a process ended, ours or not, without polling.

Takes an identity and a running event loop, calls back once, and reaps our own
children so that no zombie stays. Linux: a pidfd; elsewhere a kqueue.
"""

import asyncio
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress

from seatrial.local.process.identity import Identity, is_alive


class ExitWatch:
    """Watches one process; `on_exit` gets its exit code in the shell's convention, or None."""

    def __init__(self, identity: Identity, on_exit: Callable[[int | None], None]) -> None:
        """Begin to watch; ProcessLookupError if this process is gone."""
        self._identity = identity
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._descriptor, self._close = _open_watch(identity.pid)
        if not is_alive(identity) and not _is_child(identity.pid):
            self._close()
            raise ProcessLookupError(identity.pid)
        self._open = True
        self._loop.add_reader(self._descriptor, self._notice)

    def close(self) -> None:
        """Stop watching; the process is left as it is."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._descriptor)
            self._close()

    def _notice(self) -> None:
        code: int | None = None
        with suppress(ChildProcessError):
            pid, status = os.waitpid(self._identity.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
        self.close()
        self._on_exit(128 - code if code is not None and code < 0 else code)


def _is_child(pid: int) -> bool:
    """Tell whether this is a child of ours that nobody has reaped."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return True
    return False


def _open_watch(pid: int) -> tuple[int, Callable[[], None]]:
    """Give a descriptor that becomes readable when the process ends, and how to close it."""
    if sys.platform == "linux":
        descriptor = os.pidfd_open(pid)
        return descriptor, lambda: os.close(descriptor)
    queue = select.kqueue()
    queue.control(
        [
            select.kevent(
                pid,
                filter=select.KQ_FILTER_PROC,
                flags=select.KQ_EV_ADD,
                fflags=select.KQ_NOTE_EXIT,
            )
        ],
        0,
    )
    return queue.fileno(), queue.close

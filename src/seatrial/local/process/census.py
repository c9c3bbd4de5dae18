"""Which process belongs to which of our trees, found without cgroups.

Takes the process table and gives the living members of each tree; ends a tree.
Every process of the machine is looked at once, when it is new: it belongs where
its parent belongs, or its session's leader, or where the marker in its
environment says. Where it belongs it stays, whatever it does to its session,
its environment or its parents later. The process that asks and its ancestors
belong nowhere.

What this can miss: a process that between two looks left its session, hid its
environment and lost its parent. Cgroups miss nothing and are used where they can be.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping

from seatrial.local.process.identity import Identity, is_alive, send_signal
from seatrial.local.process.table import Row, read_pids, read_row, read_variable

MARKER = "SEATRIAL_PROCESS"
# Looks that come together, one per tree, share one reading of the table.
FRESH = 0.02
# A pid that was given again between two looks is noticed at the next whole look.
WHOLE_LOOK = 60.0


class Census:
    """The trees of one system, by name; `prefix` begins their markers."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._owners: dict[int, str] = {}
        self._trees: dict[str, dict[int, Identity]] = {}
        self._seen: set[int] = set()
        self._looked = -WHOLE_LOOK
        self._looked_whole = -WHOLE_LOOK

    def names(self) -> list[str]:
        """List the names of the trees that have members."""
        self._look_if_stale()
        return list(self._trees)

    def members(self, name: str) -> list[Identity]:
        """List the members of a tree that live as far as the last look knows."""
        self._look_if_stale()
        return list(self._trees.get(name, {}).values())

    def enroll(self, name: str, identities: Iterable[Identity]) -> None:
        """Count processes, and all that will come of them, to a tree."""
        for identity in identities:
            if self._owners.get(identity.pid) != name and is_alive(identity):
                self._add(name, identity)
                if identity.pid in self._seen:
                    # Its children were passed over: look at every process again.
                    self._looked_whole = -WHOLE_LOOK

    def forget(self, name: str) -> None:
        """Drop a tree that has ended."""
        for pid in self._trees.pop(name, {}):
            self._owners.pop(pid, None)

    def look(self, *, whole: bool = False) -> None:
        """Read the process table: let the dead go and find out where the new ones belong.

        A `whole` look asks again of every process.
        """
        now = time.monotonic()
        pids = set(read_pids())
        for pid in self._owners.keys() - pids:
            self._drop(pid)
        if whole or now - self._looked_whole > WHOLE_LOOK:
            self._seen.clear()
            self._looked_whole = now
        rows = [row for pid in pids - self._seen if (row := read_row(pid)) is not None]
        own_line = _list_own_line() if rows else set()
        waiting = [row for row in rows if not self._place_alone(row, own_line)]
        for identity, name in follow(self._owners, waiting).items():
            self._add(name, identity)
        self._seen = pids
        self._looked = time.monotonic()

    def _look_if_stale(self) -> None:
        if time.monotonic() - self._looked > FRESH:
            self.look()

    def _place_alone(self, row: Row, own_line: set[int]) -> bool:
        """Place a process by what it carries; True if nothing more is to be asked of it."""
        pid = row.identity.pid
        name = self._owners.get(pid)
        if name is not None and self._trees[name][pid] != row.identity:
            self._drop(pid)
            name = None
        if row.zombie:
            self._drop(pid)
        elif name is None and pid not in own_line:
            name = self._read_marker(pid)
            if not name:
                return False
            self._add(name, row.identity)
        return True

    def _read_marker(self, pid: int) -> str:
        value = read_variable(pid, MARKER) or ""
        return value.removeprefix(self._prefix) if value.startswith(self._prefix) else ""

    def _add(self, name: str, identity: Identity) -> None:
        self._drop(identity.pid)
        self._owners[identity.pid] = name
        self._trees.setdefault(name, {})[identity.pid] = identity

    def _drop(self, pid: int) -> None:
        name = self._owners.pop(pid, None)
        if name is not None:
            del self._trees[name][pid]
            if not self._trees[name]:
                del self._trees[name]


def follow(owners: Mapping[int, str], rows: Iterable[Row]) -> dict[Identity, str]:
    """Give the trees of those whose parent or session leader belongs to one.

    In any order: a child may have the lower pid, since pids begin again some time.
    """
    known = dict(owners)
    placed: dict[Identity, str] = {}
    waiting = list(rows)
    while True:
        left = []
        for row in waiting:
            name = known.get(row.parent) or known.get(row.session)
            if name:
                known[row.identity.pid] = placed[row.identity] = name
            else:
                left.append(row)
        if len(left) == len(waiting):
            return placed
        waiting = left


async def end_tree(
    census: Census, name: str, note: Callable[[set[Identity]], None] | None = None
) -> None:
    """SIGKILL a whole tree; return once all of it is gone.

    All are stopped first, again and again until nobody new is found, so that none
    can leave a child behind whose parent, and with it the trace, is gone. `note`
    gets them all before the first is killed, for the same reason.
    """
    stopped: set[Identity] = set()
    while True:
        census.look()
        new = set(census.members(name)) - stopped
        if not new:
            break
        for identity in new:
            send_signal(identity, signal.SIGSTOP)
        stopped |= new
    if note and stopped:
        note(stopped)
    for identity in stopped:
        send_signal(identity, signal.SIGKILL)
    pause = 0.001
    while any(is_alive(identity) for identity in stopped):
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.02)
    census.forget(name)


def _list_own_line() -> set[int]:
    """List the process that asks and its ancestors."""
    line: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in line:
        line.add(pid)
        row = read_row(pid)
        pid = row.parent if row else 0
    return line

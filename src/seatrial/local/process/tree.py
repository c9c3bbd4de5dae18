"""Everything that came of one process, found without cgroups.

Takes the identity of the root, the marker of its environment and members that
were seen before; gives who lives and ends them all. Never touches the process
that asks, nor its ancestors.

What it can miss: a process that left its session, hid its environment and lost
its parent before anyone looked. Cgroups miss nothing and are used where they can be.
"""

import asyncio
import os
import signal
from collections.abc import Collection, Iterable

from seatrial.local.process.identity import Identity, is_alive, send_signal
from seatrial.local.process.table import Row, find_marked, read_row, read_rows

MARKER = "SEATRIAL_PROCESS"


def list_members(
    root: Identity | None, known: Iterable[Identity] = (), marker: str = ""
) -> list[Row]:
    """List the living processes of a tree.

    They are the root, its session while it lives, the known members, whoever
    carries the marker (looked for only where one is given, it costs a read per
    process of the machine), and the descendants of all these.
    """
    rows = {row.identity.pid: row for row in read_rows() if not row.zombie}
    spared = _list_own_line(rows)
    pids = {
        identity.pid
        for identity in (*known, *((root,) if root else ()))
        if identity.pid in rows and rows[identity.pid].identity == identity
    }
    if root and root.pid in pids:
        # The kernel gives nobody else this session number while its leader lives.
        pids |= {pid for pid, row in rows.items() if row.session == root.pid}
    if marker:
        pids |= {pid for pid, value in find_marked(MARKER) if value == marker and pid in rows}
    children: dict[int, list[int]] = {}
    for pid, row in rows.items():
        children.setdefault(row.parent, []).append(pid)
    waiting = list(pids - spared)
    found: dict[int, Row] = {}
    while waiting:
        pid = waiting.pop()
        if pid not in found and pid not in spared:
            found[pid] = rows[pid]
            waiting.extend(children.get(pid, ()))
    return list(found.values())


async def end_tree(
    root: Identity | None, known: Iterable[Identity] = (), marker: str = ""
) -> list[Identity]:
    """SIGKILL a whole tree; return who was ended, once all of them are gone.

    All are stopped first, again and again until nobody new is found, so that none
    can leave a child behind whose parent, and with it the trace, is gone.
    """
    stopped: dict[int, Identity] = {identity.pid: identity for identity in known}
    while True:
        seen = [row.identity for row in list_members(root, stopped.values(), marker)]
        new = [identity for identity in seen if stopped.get(identity.pid) != identity]
        for identity in seen:
            send_signal(identity, signal.SIGSTOP)
            stopped[identity.pid] = identity
        if not new:
            break
    for identity in stopped.values():
        send_signal(identity, signal.SIGKILL)
    await wait_until_gone(stopped.values())
    return list(stopped.values())


async def wait_until_gone(identities: Collection[Identity]) -> None:
    """Return when none of these lives; a killed process needs milliseconds for it."""
    pause = 0.001
    while any(is_alive(identity) for identity in identities):
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.02)


def _list_own_line(rows: dict[int, Row]) -> set[int]:
    """List the process that asks and its ancestors."""
    line: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in line:
        line.add(pid)
        row = rows.get(pid) or read_row(pid)
        pid = row.parent if row else 0
    return line

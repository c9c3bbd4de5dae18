"""What makes one node follow, or succeed, another: promote, rejoin, resync, degrade.

Takes running nodes; each function returns only when the effect was seen and can be
done again after it was broken off anywhere. It never decides that any of it is due.
"""

import asyncio
from collections.abc import Awaitable, Callable

from seatrial.local.engines.postgres.node import Node
from seatrial.local.engines.postgres.program import ProgramFailed
from seatrial.local.engines.postgres.settings import ADMIN

PROMOTE_TIMEOUT = 60.0
STREAM_TIMEOUT = 5.0
REPOINT_TIMEOUT = 2.0
SYNC_TIMEOUT = 10.0
POLL = 0.01


class NotFollowing(Exception):
    """A node does not receive from its primary, or does not acknowledge what it receives."""


async def promote(node: Node) -> None:
    """Make a standby writable and see that it is."""
    if not await _is_primary(node):
        await node.ask("SELECT pg_promote(wait => false)")
        # pg_promote's own wait looks only every 100 ms.
        if not await _wait_until(lambda: _is_primary(node), PROMOTE_TIMEOUT, pause=0.002):
            raise NotFollowing(f"{node.name} is not promoted after {PROMOTE_TIMEOUT:g} s")
    node.write_settings(upstream=None, synchronous=None)


async def rejoin(node: Node, primary: Node, *, diverged: bool | None = None) -> None:
    """Start a node as a standby of the primary, whatever it was before.

    `diverged` says that its history has, or has not, parted from the primary's;
    by default that is taken of one that was not a standby.
    """
    folder = node.folder
    if diverged:
        # A clean end spares the rewind a recovery of its own.
        await node.stop(grace=5.0)
    await node.kill()
    if not folder.whole:
        await _copy(node, primary)
    elif diverged or not folder.marked_standby:
        await _rewind(node, primary)
    await node.start(upstream=primary)
    try:
        await see_streaming(node, primary, STREAM_TIMEOUT)
    except NotFollowing:
        # Its history has parted after all, or the primary has dropped what it needs.
        await node.kill()
        await _copy(node, primary)
        await node.start(upstream=primary)
        await see_streaming(node, primary, STREAM_TIMEOUT)


async def repoint(node: Node, primary: Node) -> None:
    """Let a running standby follow another primary; NotFollowing if its history has parted."""
    await node.reload(upstream=primary, synchronous=None)
    await see_streaming(node, primary, REPOINT_TIMEOUT)


async def see_streaming(node: Node, primary: Node, timeout: float) -> None:
    """Return when the node receives what the primary writes; NotFollowing after `timeout` seconds.

    What `pg_stat_replication` says of its state is not enough: a node whose history has
    parted asks again and again, and counts as catching up each time.
    """
    target = await _write(primary)
    first: str | None = None

    async def receives() -> bool:
        nonlocal first
        if not node.running:
            raise NotFollowing(f"{node.name} ended; see {node.log}")
        found = await primary.ask(
            "SELECT flush_lsn::text, flush_lsn >= %s::pg_lsn OR flush_lsn > %s::pg_lsn "
            "FROM pg_stat_replication WHERE application_name = %s AND flush_lsn IS NOT NULL",
            [target, first, node.name],
        )
        for flushed, moved in found:
            first = first or flushed
            if moved:
                return True
        return False

    if not await _wait_until(receives, timeout):
        raise NotFollowing(f"{node.name} does not receive from {primary.name}; see {node.log}")


async def see_acknowledging(node: Node, primary: Node, timeout: float) -> None:
    """Return when the node has flushed something that the primary wrote after this call.

    What `pg_stat_replication` says of its state is not enough: a stopped
    standby still counts as streaming. NotFollowing after `timeout` seconds.
    """
    target = await _write(primary)

    async def has_flushed() -> bool:
        found = await primary.ask(
            "SELECT 1 FROM pg_stat_replication WHERE application_name = %s "
            "AND state = 'streaming' AND flush_lsn >= %s::pg_lsn",
            [node.name, target],
        )
        return bool(found)

    if not await _wait_until(has_flushed, timeout):
        raise NotFollowing(f"{node.name} does not acknowledge to {primary.name}")


async def synchronise(node: Node, primary: Node) -> None:
    """See the standby caught up, then make each commit wait for it; NotFollowing."""
    await see_acknowledging(node, primary, SYNC_TIMEOUT)
    await primary.reload(upstream=None, synchronous=node.name)
    await see_synchronous(node, primary)
    # Commits look at a flag that only the checkpointer sets; it takes new
    # settings before it begins a checkpoint that was asked for.
    await primary.checkpoint()
    await see_acknowledging(node, primary, SYNC_TIMEOUT)


async def see_synchronous(node: Node, primary: Node) -> None:
    """Return when the primary counts the node as the one to wait for; NotFollowing."""

    async def counts() -> bool:
        found = await primary.ask(
            "SELECT 1 FROM pg_stat_replication WHERE application_name = %s "
            "AND state = 'streaming' AND sync_state = 'sync' "
            "AND current_setting('synchronous_standby_names') <> ''",
            [node.name],
        )
        return bool(found)

    if not await _wait_until(counts, SYNC_TIMEOUT):
        raise NotFollowing(f"{node.name} does not become synchronous")


async def drop_synchronous(primary: Node) -> None:
    """Let no commit wait for a standby any more, and see the waiting ones released."""
    await primary.reload(upstream=None, synchronous=None)

    async def released() -> bool:
        waiting = await primary.ask(
            "SELECT 1 WHERE current_setting('synchronous_standby_names') <> '' OR EXISTS "
            "(SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')"
        )
        return not waiting

    if not await _wait_until(released, SYNC_TIMEOUT):
        raise NotFollowing(f"{primary.name} still waits for its standby")


async def _write(primary: Node) -> str:
    """Commit something of no meaning, which flushes all before it; give where it stands."""
    [(place,)] = await primary.ask("SELECT pg_logical_emit_message(true, 'seatrial', '')::text")
    return str(place)


async def _is_primary(node: Node) -> bool:
    [(in_recovery,)] = await node.ask("SELECT pg_is_in_recovery()")
    return not in_recovery


async def _wait_until(
    holds: Callable[[], Awaitable[bool]], timeout: float, pause: float = POLL
) -> bool:
    """Ask again and again until it holds; False after `timeout` seconds.

    A question that is under way is not broken off: others share its connection.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while not await holds():
        if loop.time() >= end:
            return False
        await asyncio.sleep(pause)
    return True


async def _rewind(node: Node, primary: Node) -> None:
    """Take a node's data back to where it parted from the primary, or copy it anew."""
    if primary.major < 16:
        # Until its first checkpoint on the new timeline it would seem unchanged to pg_rewind.
        await primary.checkpoint()
    folder = node.folder
    folder.unmark_standby()
    # A rewind that was broken off leaves data that no second one can mend.
    folder.begin_writing()
    try:
        await node.run(
            "pg_rewind",
            f"--target-pgdata={folder.data}",
            f"--source-server={primary.connection_words(ADMIN)}",
            # The server itself brings the data to the disk when it starts on it.
            "--no-sync",
        )
    except ProgramFailed:
        await _copy(node, primary)
        return
    # The node is not consistent before it has all that the primary had written by now, flushed
    # or not, and a primary with nothing to do flushes its last record up to 5 s late.
    await _write(primary)
    folder.mark_standby()
    folder.end_writing()


async def _copy(node: Node, primary: Node) -> None:
    """Replace a node's data by a copy of the primary's."""
    folder = node.folder
    folder.begin_writing()
    await asyncio.to_thread(folder.remove_data)
    await node.run(
        "pg_basebackup",
        f"--pgdata={folder.data}",
        f"--dbname={primary.connection_words()}",
        "--checkpoint=fast",
        "--wal-method=stream",
        "--no-sync",
        "--no-password",
    )
    folder.mark_standby()
    folder.end_writing()

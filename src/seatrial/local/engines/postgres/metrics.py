"""What CloudWatch would say of a database, as far as it can be measured here.

Takes running nodes; gives CloudWatch's names and units. What cannot be measured
truly is left out, never estimated. Rates are since the last reading.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import LiteralString

from seatrial.local.engines.postgres.node import Node
from seatrial.local.engines.postgres.session import NoAnswer, Refused

TIMEOUT = 2.0

# Reads and writes that PostgreSQL asked of the system; the page cache may have served some.
INPUT_OUTPUT: LiteralString = (
    "SELECT coalesce(sum(reads), 0)::bigint, coalesce(sum(writes), 0)::bigint FROM pg_stat_io"
)
INPUT_OUTPUT_15: LiteralString = (
    "SELECT (SELECT sum(blks_read) FROM pg_stat_database)::bigint, "
    "(SELECT buffers_checkpoint + buffers_clean + buffers_backend FROM pg_stat_bgwriter)::bigint"
    " + (SELECT wal_write FROM pg_stat_wal)"
)
CONNECTIONS: LiteralString = (
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND NOT (usename = 'rdsadmin' AND application_name = 'seatrial')"
)
USED: LiteralString = (
    "SELECT (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint "
    "+ (SELECT sum(size) FROM pg_ls_waldir())::bigint"
)
# A replica that has applied all it received, from a primary that it hears, lags by nothing,
# however long ago the last transaction was.
LAG: LiteralString = (
    "SELECT CASE WHEN pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() "
    "AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN 0 "
    "ELSE greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())) END::float8"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one server process at one time."""

    pid: int
    at: float
    cpu_seconds: float
    reads: int
    writes: int


class Meter:
    """Measures one database; `vcpus` and `storage` (bytes) are the instance's, 0 if not known."""

    def __init__(self, major: int, vcpus: float, storage: int) -> None:
        self._operations = INPUT_OUTPUT if major >= 16 else INPUT_OUTPUT_15
        self._vcpus = vcpus or float(os.cpu_count() or 1)
        self._storage = storage
        self._last: Reading | None = None

    async def read(self, primary: Node, readers: list[Node]) -> dict[str, float]:
        """Measure now: percent, counts, bytes, operations per second, seconds."""
        found: dict[str, float] = {}
        with suppress(NoAnswer, Refused):
            found |= await self._read_primary(primary)
        lags: list[float] = []
        for reader in readers:
            with suppress(NoAnswer, Refused):
                [(lag,)] = await reader.look(LAG, timeout=TIMEOUT)
                if lag is not None:
                    lags.append(float(lag))
        if lags:
            found["ReplicaLag"] = max(lags)
        return found

    async def _read_primary(self, primary: Node) -> dict[str, float]:
        process = primary.process
        if process is None:
            return {}
        found: dict[str, float] = {}
        [(connections,)] = await primary.look(CONNECTIONS, timeout=TIMEOUT)
        found["DatabaseConnections"] = float(connections)
        if self._storage:
            [(used,)] = await primary.look(USED, timeout=TIMEOUT)
            found["FreeStorageSpace"] = float(max(0, self._storage - used))
        [(reads, writes)] = await primary.look(self._operations, timeout=TIMEOUT)
        now = Reading(
            process.identity.pid,
            time.monotonic(),
            process.usage().cpu_seconds,
            int(reads),
            int(writes),
        )
        last, self._last = self._last, now
        if last is not None and last.pid == now.pid and now.at > last.at:
            passed = now.at - last.at
            share = (now.cpu_seconds - last.cpu_seconds) / passed / self._vcpus
            # Nothing may hold the process to its share here; on RDS it cannot exceed it.
            found["CPUUtilization"] = min(100.0, max(0.0, 100 * share))
            found["ReadIOPS"] = max(0, now.reads - last.reads) / passed
            found["WriteIOPS"] = max(0, now.writes - last.writes) / passed
        return found

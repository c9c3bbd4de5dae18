"""What CloudWatch would say of a cache's nodes, as far as it can be measured here.

Takes running nodes; gives each one's values under CloudWatch's names and units.
What cannot be measured truly is left out, never estimated. Counts are since the
last reading. One question a node: some 0.2 ms of its time.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seatrial.local.engines.redis.node import Node
from seatrial.local.engines.redis.wire import NoAnswer, Refused, read_replicas

TIMEOUT = 1.0
SECTIONS = ("clients", "memory", "stats", "replication", "cpu", "keyspace")
COUNTERS = {
    "CacheHits": "keyspace_hits",
    "CacheMisses": "keyspace_misses",
    "Evictions": "evicted_keys",
    "Reclaimed": "expired_keys",
    "NewConnections": "total_connections_received",
    "NetworkBytesIn": "total_net_input_bytes",
    "NetworkBytesOut": "total_net_output_bytes",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one server process at one time; CPU in seconds."""

    pid: int
    at: float
    engine: float
    process: float
    counts: Mapping[str, int]


class Meter:
    """Measures one cache; `vcpus` is the node type's, 0 if it is not known."""

    def __init__(self, vcpus: float) -> None:
        self._vcpus = vcpus
        self._last: dict[str, Reading] = {}

    async def read(self, nodes: Sequence[Node]) -> dict[str, dict[str, float]]:
        """Measure now: percent, counts, bytes, seconds."""
        answers = await asyncio.gather(*(_ask(node) for node in nodes))
        told = {node.name: each for node, each in zip(nodes, answers, strict=True) if each}
        # The seconds since a replica last told its primary how far it is.
        seen = [replica for each in told.values() for replica in read_replicas(each)]
        lags = {each.address: each.lag for each in seen if each.online}
        return {
            node.name: self._measure(node, told[node.name], lags.get(node.address))
            for node in nodes
            if node.name in told and node.process
        }

    def _measure(self, node: Node, told: Mapping[str, str], lag: float | None) -> dict[str, float]:
        used, limit = float(told["used_memory"]), float(told["maxmemory"])
        primary = told["role"] == "master"
        found = {
            "CurrConnections": float(told["connected_clients"]),
            "BytesUsedForCache": used,
            "CurrItems": float(_count_keys(told)),
            "IsMaster": float(primary),
        }
        if limit:
            found["DatabaseMemoryUsagePercentage"] = 100 * used / limit
        if lag is not None and not primary:
            found["ReplicationLag"] = lag
        return found | self._compare(node, told)

    def _compare(self, node: Node, told: Mapping[str, str]) -> dict[str, float]:
        """Give what is counted since the last reading; nothing of a server that is new."""
        assert node.process
        counts = {name: int(told[field]) for name, field in COUNTERS.items()}
        now = Reading(
            node.process.identity.pid,
            time.monotonic(),
            _add(told, "used_cpu_sys_main_thread", "used_cpu_user_main_thread"),
            _add(told, "used_cpu_sys", "used_cpu_user"),
            counts,
        )
        last = self._last.get(node.name)
        self._last[node.name] = now
        if last is None or last.pid != now.pid or now.at <= last.at:
            return {}
        passed = now.at - last.at
        found = {name: float(max(0, counts[name] - last.counts[name])) for name in COUNTERS}
        asked = found["CacheHits"] + found["CacheMisses"]
        if asked:
            found["CacheHitRate"] = 100 * found["CacheHits"] / asked
        found["EngineCPUUtilization"] = _share(now.engine - last.engine, passed)
        if self._vcpus:
            found["CPUUtilization"] = _share(now.process - last.process, passed * self._vcpus)
        return found


async def _ask(node: Node) -> dict[str, str]:
    try:
        return await node.info(*SECTIONS, timeout=TIMEOUT)
    except (NoAnswer, Refused):
        return {}


def _count_keys(told: Mapping[str, str]) -> int:
    spaces = [value for key, value in told.items() if key.startswith("db") and "keys=" in value]
    return sum(int(each.partition("keys=")[2].partition(",")[0]) for each in spaces)


def _add(told: Mapping[str, str], *fields: str) -> float:
    return sum(float(told.get(each, 0)) for each in fields)


def _share(spent: float, of: float) -> float:
    """Give a percentage; nothing holds a node to its share here, on AWS it cannot exceed it."""
    return min(100.0, max(0.0, 100 * spent / of))

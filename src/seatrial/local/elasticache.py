"""ElastiCache: the graph's replication groups as real servers behind stable endpoints.

Takes `AWS::ElastiCache::ReplicationGroup`s; gives running caches, or the address
of an engine that the user runs. Failing over is `control.replication`'s decision.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import OwnEngine
from seatrial.local import own_engine
from seatrial.local.addresses import Address
from seatrial.local.engines.redis import CacheSpec
from seatrial.local.node_memory import MAXMEMORY
from seatrial.local.pace import Pace
from seatrial.local.resolve import READER

GROUP = "AWS::ElastiCache::ReplicationGroup"
PARAMETERS = "AWS::ElastiCache::ParameterGroup"
REDIS_PORT = 6379
OWN = own_engine.Wanted("a Redis", "redis://:password@host:6379/0", ("redis", "rediss"), REDIS_PORT)
DETECTION = 15.0
"""Seconds until a failover begins: assumed, since AWS publishes none."""
PATIENCE = 30.0
"""Seconds until a replica that does not answer is replaced: assumed as well."""
SHORTEST_PATIENCE = 5.0
"""However the pace is: a busy machine may keep a healthy replica from answering."""
RESERVED = "reserved-memory-percent"
USUALLY_RESERVED = 25.0
"""Percent of a node's memory that ElastiCache keeps for backups and failovers.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html
"""


@dataclass(frozen=True, slots=True)
class ReplicationGroup:
    """A replication group, by logical id."""

    id: str
    part: str
    own_engine: str | None

    @property
    def endpoints(self) -> tuple[str, str]:
        """Name the endpoints: the primary's by the group's id, then the reader's."""
        return (self.id, f"{self.id}{READER}")


def read_groups(graph: Graph) -> list[ReplicationGroup]:
    """Read every replication group."""
    own = {each.resource: each.variable for each in graph.annotated(OwnEngine)}
    return [ReplicationGroup(each.id, each.label, own.get(each.id)) for each in graph.of(GROUP)]


def specify(
    graph: Graph,
    group: ReplicationGroup,
    token: str,
    zones: Sequence[str],
    address: Callable[[str, int, int, int], Address],
    pace: Pace,
) -> CacheSpec:
    """Say what a group is to the engine; `address` gives a node's by number, zone, port."""
    resource = graph[group.id]
    properties = resource.properties
    count = int(properties.get("NumCacheClusters", 1))
    spread = len(zones) if properties.get("MultiAZEnabled", False) else 1
    nodes = [zones[number % spread] for number in range(count)]
    parameters = dict(_parameters(graph, resource))
    kept = float(parameters.pop(RESERVED, USUALLY_RESERVED))
    node_type = str(properties["CacheNodeType"])
    return CacheSpec(
        name=group.part,
        password=token,
        zones=tuple(nodes),
        addresses=tuple(
            address(group.id, number, zones.index(zone) + 1, REDIS_PORT)
            for number, zone in enumerate(nodes)
        ),
        parameters=parameters,
        memory=int(MAXMEMORY.get(node_type, 0) * (100 - kept) / 100),
        vcpus=count_vcpus(node_type),
        failover_delay=pace.timer(DETECTION),
        patience=max(SHORTEST_PATIENCE, pace.timer(PATIENCE)),
    )


def count_vcpus(node_type: str) -> float:
    """Give a node type's vCPU by the size in its name, e.g. 4 for `xlarge`; 0 if it is not told."""
    _, _, size = node_type.rpartition(".")
    if size in ("micro", "small", "medium", "large"):
        return 2.0
    match = re.fullmatch(r"(\d*)xlarge", size)
    return 4.0 * int(match[1] or 1) if match else 0.0


def node_id(group: str, number: int) -> str:
    """Name a node, counted from 1, as ElastiCache numbers it behind its group's id."""
    return f"{group}-{number:03}"


def _parameters(graph: Graph, resource: Resource) -> Mapping[str, str]:
    named = resource.properties.get("CacheParameterGroupName")
    if named is None:
        return {}
    given: Mapping[str, str] = graph[named.id].properties.get("Properties", {})
    return given


@dataclass(frozen=True, slots=True)
class OwnCache:
    """A Redis that the user runs."""

    url: str
    address: Address
    password: str


def users_own(group: ReplicationGroup) -> OwnCache | None:
    """Give the Redis that the user runs for a group; None where the cloud runs one."""
    return own_cache(group.own_engine) if group.own_engine else None


def own_cache(variable: str) -> OwnCache | None:
    """Read a URL from the environment variable; None where it is not set."""
    url = own_engine.read_url(variable, OWN)
    return OwnCache(url.text, url.address, url.password) if url else None

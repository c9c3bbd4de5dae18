"""What a cache is asked to be, and what its nodes are seen to be.

Plain data, checked when it is made. It never holds a process or a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.local.addresses import Address

MOST_NODES = 6


class Role(StrEnum):
    """What a node is at present."""

    PRIMARY = "primary"
    REPLICA = "replica"


class State(StrEnum):
    """How a node does at present."""

    STARTING = "starting"
    RUNNING = "running"
    REJOINING = "rejoining"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """One `AWS::ElastiCache::ReplicationGroup`, as the local cloud runs it.

    `zones` and `addresses` hold one entry per node, the first primary's first.
    `password` is the auth token. `parameters` are the parameter group's, in
    Redis's own names. `memory` is what the node may hold in bytes, 0 for no
    limit; `vcpus` is for the metrics alone, 0 where it is not known. Times are
    in seconds and already paced. A primary that only seems to have failed costs
    what it holds, so it may miss a few probes on a busy machine.
    """

    name: str
    password: str = field(repr=False)
    zones: tuple[str, ...]
    addresses: tuple[Address, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0
    vcpus: float = 0.0
    probe_interval: float = 0.5
    probe_failures: int = 4
    failover_delay: float = 0.0
    patience: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what no replication group could be."""
        if not 1 <= len(self.zones) <= MOST_NODES:
            raise ValueError(f"{self.name} needs 1 to {MOST_NODES} nodes")
        if len(self.addresses) != len(self.zones):
            raise ValueError(f"{self.name} needs one address per node")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Name the nodes as ElastiCache numbers them behind the group's name."""
        return tuple(f"{self.name}-{number:03}" for number in range(1, len(self.zones) + 1))


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node as it is now, for status, the console and drills."""

    name: str
    zone: str
    role: Role
    state: State
    address: Address
    pid: int | None

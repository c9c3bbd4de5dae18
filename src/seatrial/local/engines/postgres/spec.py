"""What a database is asked to be, and what its nodes are seen to be.

Plain data, checked when it is made. It never holds a process or a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.local.addresses import Address

RESERVED = ("rdsadmin", "rdsrepladmin")


class Role(StrEnum):
    """What a node is at present."""

    PRIMARY = "primary"
    STANDBY = "standby"
    READER = "reader"


class State(StrEnum):
    """How a node does at present."""

    STARTING = "starting"
    RUNNING = "running"
    REJOINING = "rejoining"
    DEGRADED = "degraded"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class DatabaseSpec:
    """One `AWS::RDS::DBInstance` with its read replicas, as the local cloud runs it.

    `zones` holds the primary's first zone and, with Multi-AZ, the synchronous
    standby's; `readers` the zone of each asynchronous read replica. `addresses`
    holds one address per node, in the order of `zones` and then `readers`.
    `parameters` are the parameter group's, in PostgreSQL's own names and units.
    Times are in seconds and already paced. `vcpus` and `storage` (bytes) are the
    instance's, for its metrics alone; 0 where they do not matter.
    """

    name: str
    database: str
    user: str
    password: str = field(repr=False)
    major: int
    zones: tuple[str, ...]
    readers: tuple[str, ...]
    addresses: tuple[Address, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    probe_interval: float = 0.5
    probe_failures: int = 2
    failover_delay: float = 0.0
    vcpus: float = 0.0
    storage: int = 0

    def __post_init__(self) -> None:
        """Refuse what no deployment of RDS could be."""
        if len(self.zones) not in (1, 2):
            raise ValueError(f"{self.name} needs one zone, or two with Multi-AZ")
        if len(self.addresses) != len(self.zones) + len(self.readers):
            raise ValueError(f"{self.name} needs one address per node")
        if self.user in RESERVED:
            raise ValueError(f"{self.user} is a name that RDS keeps to itself")

    @property
    def pair(self) -> tuple[str, ...]:
        """Name the nodes that can be the writer: the first zone's, and the second's if any."""
        return tuple(f"{self.name}-{number}" for number in range(1, len(self.zones) + 1))

    @property
    def reader_names(self) -> tuple[str, ...]:
        """Name the read replicas' nodes."""
        return tuple(f"{self.name}-reader-{number}" for number in range(1, len(self.readers) + 1))


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node as it is now, for status, the console and drills."""

    name: str
    zone: str
    role: Role
    state: State
    address: Address
    pid: int | None

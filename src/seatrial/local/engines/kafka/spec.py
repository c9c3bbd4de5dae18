"""What a Kafka cluster is to be, and what can be seen of it; plain values."""

from dataclasses import dataclass

from seatrial.local.addresses import Address
from seatrial.local.engines.kafka.wire import Topic


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """A cluster: the zone and address of each broker, and of what all of them share.

    `endpoint` is the stable address that clients know; `storage` is where the brokers' object
    store listens.
    """

    name: str
    zones: tuple[str, ...]
    addresses: tuple[Address, ...]
    endpoint: Address
    storage: Address
    topics: tuple[Topic, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what has no broker, or a broker without a place."""
        if not self.zones or len(self.zones) != len(self.addresses):
            raise ValueError(
                "a cluster has a zone and an address for each broker, and one at least"
            )


@dataclass(frozen=True, slots=True)
class BrokerView:
    """A broker as it is now; `leads` tells whether clients reach this one."""

    name: str
    zone: str
    address: Address
    running: bool
    leads: bool
    pid: int | None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer group is behind in a topic: records, and the age of the oldest."""

    group: str
    topic: str
    total: int
    most: int
    """Of all partitions, the most that wait in one."""
    seconds: float

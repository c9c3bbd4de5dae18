"""Kafka as a managed cluster (Amazon MSK), and the topics in it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import ClassVar, Literal

from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name, check_parameters
from seatrial.language.part import Part, part
from seatrial.mistake import closest

VERSIONS = {version: f"{version}.x.kraft" for version in ("3.8", "3.9", "4.0", "4.1")}
"""Kafka's versions without an end of support -> MSK's name of each, with KRaft as controller.

https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html
"""
_TIMES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
SIZES = (
    "kafka.t3.small",
    *(f"kafka.m5.{size}" for size in _TIMES),
    *(f"kafka.m7g.{size}" for size in _TIMES[:-1]),
)
"""https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html"""
_GROUP = re.compile(r"[A-Za-z0-9._-]{1,249}")
Compression = Literal["producer", "gzip", "snappy", "lz4", "zstd", "uncompressed"]
Monitoring = Literal["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"]


@part
class Topic(Part):
    """A topic of a Kafka cluster.

    `partitions` bounds how many tasks of one group can work at once.
    `replication` is how many brokers hold each message (unsaid: three, or all
    where there are fewer). Messages are kept for `retention_hours` (-1: for
    ever); with `compact` the newest of each key is kept instead. `compression`
    is Kafka's `compression.type`. `parameters` are further settings of the
    topic, e.g. `{"max.message.bytes": "2097152"}`.
    """

    name: str
    kafka: "Kafka"
    partitions: int = 3
    replication: int | None = None
    retention_hours: int = 168
    compression: Compression = "producer"
    compact: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def write(self) -> Access:
        """Send messages."""
        return Access(self, "write")

    def read(self, group: str) -> Access:
        """Receive messages, shared among all tasks of one consumer group."""
        if not isinstance(group, str) or not _GROUP.fullmatch(group):
            raise self.wrong(
                f"group={group!r} is not the name of a consumer group.",
                "Use up to 249 letters, digits, '.', '_' and '-'.",
            )
        return Access(self, "read", group)

    @property
    def settings(self) -> dict[str, str]:
        """The topic's own settings, in Kafka's words."""
        kept = self.retention_hours * 3_600_000 if self.retention_hours > 0 else -1
        return {
            "cleanup.policy": "compact" if self.compact else "delete",
            "compression.type": self.compression,
            "retention.ms": str(kept),
            **self.parameters,
        }

    def uses_parts(self) -> Collection[Part]:
        """Give the cluster that holds it."""
        return [self.kafka]

    def check(self) -> None:
        """Hold name, partitions, replication and retention to what Kafka takes."""
        check_name(self, self.name)
        check_parameters(self, "parameters", self.parameters)
        if not 1 <= self.partitions <= 10_000:
            raise self.wrong(f"partitions={self.partitions} is not between 1 and 10000.")
        if self.replication is not None and self.replication < 1:
            raise self.wrong(f"replication={self.replication} must be at least 1.")
        if self.retention_hours != -1 and self.retention_hours < 1:
            raise self.wrong(
                f"retention_hours={self.retention_hours} must be 1 or more, or -1 for ever."
            )


@part
class Kafka(Part):
    """A Kafka cluster of `brokers` machines, spread evenly over the zones.

    `version` is Kafka's ("3.9"), `size` an MSK broker type. `storage_gb` is
    what each broker has; it grows by itself up to `max_storage_gb`. Clients
    speak TLS. With `login="none"` whoever the security groups let in may read
    and write any topic; with `login="iam"` each task may do what its `uses`
    says, which needs a client that signs with IAM. `monitoring` is MSK's level
    of metrics; lag is in all of them. `parameters` are broker settings, e.g.
    `{"log.retention.hours": "72"}`; topics are never created by themselves
    unless one says so. `engine_url` names an environment variable with the URL
    of a Kafka that the local cloud shall use instead of its own, e.g.
    `kafka://localhost:9092`.
    """

    PORTS: ClassVar[Mapping[str, int]] = {"none": 9094, "iam": 9098}

    name: str
    size: str = "kafka.m5.large"
    brokers: int = 3
    version: str = "3.9"
    storage_gb: int = 100
    max_storage_gb: int | None = None
    login: Literal["none", "iam"] = "none"
    monitoring: Monitoring = "DEFAULT"
    parameters: Mapping[str, str] = field(default_factory=dict)
    engine_url: str | None = None

    @property
    def port(self) -> int:
        """The brokers' port: TLS, or TLS with IAM."""
        return self.PORTS[self.login]

    @property
    def servers(self) -> Reference:
        """The brokers' addresses, as `KAFKA_BOOTSTRAP_SERVERS` has them."""
        return Reference(self, "servers")

    @property
    def replication(self) -> int:
        """How many brokers hold a message, where a topic does not say it."""
        return min(3, self.brokers)

    def topic(
        self,
        name: str,
        partitions: int = 3,
        replication: int | None = None,
        retention_hours: int = 168,
        compression: Compression = "producer",
        compact: bool = False,
        parameters: Mapping[str, str] | None = None,
        **unknown: object,
    ) -> Topic:
        """Describe a topic of this cluster; see `Topic`."""
        make: Callable[..., Topic] = Topic  # it tells itself which names it does not know
        return make(
            name,
            self,
            partitions=partitions,
            replication=replication,
            retention_hours=retention_hours,
            compression=compression,
            compact=compact,
            parameters=parameters or {},
            **unknown,
        )

    def check(self) -> None:
        """Hold version, size, storage and the number of brokers to what MSK takes."""
        check_name(self, self.name)
        check_parameters(self, "parameters", self.parameters)
        if self.version not in VERSIONS:
            raise self.wrong(
                f"MSK takes no new cluster with Kafka {self.version!r}.",
                f"Known: {', '.join(VERSIONS)}.",
            )
        if self.size not in SIZES:
            raise self.wrong(f"{self.size!r} is not an MSK broker type.", closest(self.size, SIZES))
        if not 2 <= self.brokers <= 60:
            raise self.wrong(f"brokers={self.brokers} is not between 2 and 60.")
        if not 1 <= self.storage_gb <= 16384:
            raise self.wrong(f"storage_gb={self.storage_gb} is not between 1 and 16384.")
        if self.max_storage_gb is not None and not self.storage_gb < self.max_storage_gb <= 16384:
            raise self.wrong(
                f"max_storage_gb={self.max_storage_gb} must be over "
                f"storage_gb={self.storage_gb} and at most 16384."
            )

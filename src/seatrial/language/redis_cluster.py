"""Redis Cluster on machines of one's own (EC2)."""

import re
from typing import ClassVar

from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name
from seatrial.language.part import Part, part

_SIZE = re.compile(r"[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|(\d+)?xlarge|metal)")
_IMAGE = re.compile(r"ami-[0-9a-f]{8}([0-9a-f]{9})?")


@part
class RedisCluster(Part):
    """A Redis Cluster of `shards` primaries with `replicas` each, on EC2 machines.

    `size` is an EC2 instance type of the `x86_64` architecture. Every replica
    lies in another zone than its primary and takes its place when it fails.
    `storage_gb` is each machine's encrypted data volume. `memory` is the share
    of the machine's memory that Redis may fill, in percent. `image` is an AMI
    with Redis 7 or Valkey in it, or Amazon Linux 2023, where Valkey is
    installed at the first start; unsaid, it is a parameter of the template.
    Every node keeps snapshots (RDB) and a log with times (AOF, from which any
    moment of the last days can be restored); `daily`, `weekly` and `monthly`
    are how many copies of both are kept in S3. Nodes and clients speak TLS
    under an authority of the cluster's own, whose certificate users get as
    `REDIS_CA`.
    """

    PORT: ClassVar[int] = 6379
    BUS: ClassVar[int] = 16379

    name: str
    size: str = "t3.medium"
    shards: int = 3
    replicas: int = 1
    storage_gb: int = 20
    memory: int = 60
    image: str | None = None
    daily: int = 7
    weekly: int = 4
    monthly: int = 3

    @property
    def nodes(self) -> int:
        """How many machines it has."""
        return self.shards * (self.replicas + 1)

    @property
    def write(self) -> Access:
        """Read and write."""
        return Access(self, "write")

    @property
    def host(self) -> Reference:
        """The name under which all nodes are found."""
        return Reference(self, "host")

    @property
    def password(self) -> Reference:
        """The password, which only the running task gets to know."""
        return Reference(self, "password")

    def check(self) -> None:
        """Hold machines, copies and image to what Redis Cluster, EC2 and S3 take."""
        check_name(self, self.name)
        if not _SIZE.fullmatch(self.size):
            raise self.wrong(f"{self.size!r} is not an EC2 instance type.", "Try 't3.medium'.")
        if self.shards < 3:
            raise self.wrong(
                f"shards={self.shards}: a Redis Cluster needs 3 primaries for a majority."
            )
        if not 0 <= self.replicas <= 5:
            raise self.wrong(f"replicas={self.replicas} is not between 0 and 5.")
        if self.nodes > 100:
            raise self.wrong(f"{self.nodes} machines are more than the 100 that it may have.")
        if not 8 <= self.storage_gb <= 16384:
            raise self.wrong(f"storage_gb={self.storage_gb} is not between 8 and 16384.")
        if not 10 <= self.memory <= 75:
            raise self.wrong(
                f"memory={self.memory} is not between 10 and 75 percent: "
                "a snapshot needs room beside the data."
            )
        if self.image is not None and not _IMAGE.fullmatch(self.image):
            raise self.wrong(
                f"image={self.image!r} is not an AMI's id.", "Write e.g. 'ami-0123456789abcdef0'."
            )
        for name in ("daily", "weekly", "monthly"):
            if not 1 <= getattr(self, name) <= 365:
                raise self.wrong(f"{name}={getattr(self, name)} is not between 1 and 365 copies.")

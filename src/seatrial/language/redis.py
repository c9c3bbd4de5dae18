"""Redis as a managed cache or broker (Amazon ElastiCache)."""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Literal

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name, check_parameters
from seatrial.language.part import Part, caller, part
from seatrial.mistake import Mistake, closest

WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_DAYS = "mon|tue|wed|thu|fri|sat|sun"
_WEEK = re.compile(rf"({_DAYS}):[0-2]\d:[0-5]\d-({_DAYS}):[0-2]\d:[0-5]\d", re.IGNORECASE)
_QUERY = re.compile(r"[A-Za-z0-9_.=&-]*")
Eviction = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]


@part
class Redis(Part):
    """A Redis of one primary and `nodes` - 1 replicas, with TLS and a password.

    `size` is an ElastiCache node type; `version` Redis's or Valkey's. With two
    nodes or more a replica takes a failed primary's place; `multi_az` (unsaid:
    wherever there is a replica) puts them into several zones. `backup_days`
    keeps a snapshot of each day, taken in `backup_window` (UTC, `hh:mm-hh:mm`);
    `maintenance_window` is `Mon:hh:mm-Mon:hh:mm`. `eviction` is what happens
    when memory is full: a broker wants "noeviction", a cache "allkeys-lru".
    `database` and `url_options` end the URL (`?ssl_cert_reqs=required` is what
    Celery asks for). `parameters` are further Redis settings. `engine_url` names
    an environment variable with the URL of a Redis that the local cloud shall
    use instead of its own.
    """

    PORT: ClassVar[int] = 6379

    name: str
    size: str = "cache.t4g.micro"
    nodes: int = 1
    version: str = "7.1"
    engine: Literal["redis", "valkey"] = "redis"
    multi_az: bool | None = None
    backup_days: int = 1
    backup_window: str = "03:00-04:00"
    maintenance_window: str = "Sun:04:30-Sun:05:30"
    eviction: Eviction = "volatile-lru"
    database: int = 0
    url_options: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    engine_url: str | None = None

    @property
    def write(self) -> Access:
        """Read and write on the primary."""
        return Access(self, "write")

    @property
    def reader(self) -> Access:
        """Read only, on the replicas."""
        if self.nodes < 2:
            raise Mistake(
                f"{self.label()}: it has no replica to read from.", caller(), "Give it nodes=2."
            )
        return Access(self, "read")

    @property
    def host(self) -> Reference:
        """The primary's host name."""
        return Reference(self, "host")

    @property
    def port(self) -> Reference:
        """The port it listens on."""
        return Reference(self, "port")

    @property
    def password(self) -> Reference:
        """The password, which only the running task gets to know."""
        return Reference(self, "password")

    @property
    def spread(self) -> bool:
        """Whether its nodes lie in several zones."""
        return self.nodes > 1 if self.multi_az is None else self.multi_az

    def check(self) -> None:
        """Hold engine, size, nodes, windows and URL to what ElastiCache takes."""
        check_name(self, self.name)
        check_parameters(self, "parameters", self.parameters)
        self._check_version()
        if self.size not in facts.database_classes("elasticache"):
            raise self.wrong(
                f"{self.size!r} is not an ElastiCache node type.",
                closest(self.size, facts.database_classes("elasticache")),
            )
        if not 1 <= self.nodes <= 6:
            raise self.wrong(
                f"nodes={self.nodes} is not between 1 and 6: a primary has at most 5 replicas."
            )
        if self.multi_az and self.nodes < 2:
            raise self.wrong("multi_az=True needs a replica.", "Give it nodes=2.")
        if not 0 <= self.backup_days <= 35:
            raise self.wrong(f"backup_days={self.backup_days} is not between 0 and 35.")
        if not WINDOW.fullmatch(self.backup_window):
            raise self.wrong(
                f"backup_window={self.backup_window!r} is not like '03:00-04:00' (UTC)."
            )
        if not _WEEK.fullmatch(self.maintenance_window):
            raise self.wrong(
                f"maintenance_window={self.maintenance_window!r} is not like "
                "'Sun:04:30-Sun:05:30' (UTC)."
            )
        if not 0 <= self.database <= 15:
            raise self.wrong(f"database={self.database} is not between 0 and 15.")
        if not _QUERY.fullmatch(self.url_options):
            raise self.wrong(
                f"url_options={self.url_options!r} cannot stand in a URL.",
                "Write e.g. 'ssl_cert_reqs=required'.",
            )
        if "maxmemory-policy" in self.parameters:
            raise self.wrong("maxmemory-policy is set with eviction=.")

    def _check_version(self) -> None:
        # TLS with a password needs Redis 6; older ones are offered, but not for us.
        known = [each for each in facts.engine_versions(self.engine) if int(each[0]) >= 6]
        if self.version not in known:
            raise self.wrong(
                f"version={self.version!r} is not one that ElastiCache offers for {self.engine}.",
                f"Known: {', '.join(known)}.",
            )

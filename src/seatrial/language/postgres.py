"""PostgreSQL as a managed database: Amazon RDS, or Aurora."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name, check_parameters
from seatrial.language.part import Part, caller, part
from seatrial.language.windows import check_windows
from seatrial.mistake import Mistake, closest

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
MOST_READERS = 15
"""https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html"""
MOST_UNITS = 256
MONITORING = (1, 5, 10, 15, 30, 60)
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html"""


@dataclass(frozen=True, slots=True)
class DatabaseAccess(Access):
    """What a program may do with a database, and where it reaches it."""

    @property
    def host(self) -> Reference:
        """The host name that a user with this access is given."""
        if self.mode == "read":
            return Reference(self.part, "reader_host")
        return Reference(self.part, "host", "write")

    @property
    def port(self) -> Reference:
        """The port it listens on."""
        return Reference(self.part, "port")


@part
class Postgres(Part):
    """A PostgreSQL database, with what RDS and Aurora can do for it.

    `version` is a major version ("15": the newest minor that AWS offers) or a
    full one; `size` an RDS instance class. `storage_gb` grows by itself up to
    `max_storage_gb`, on disks of `storage_type`. `multi_az` keeps a second copy
    in another zone, ready to take over. `readers` are the instance classes of read replicas.

    `aurora=True` makes it an Aurora cluster, whose storage grows by itself and
    whose readers, in other zones, also take over: `multi_az` asks for one.
    `serverless=(0.5, 16)` is Aurora too, without a size: its capacity follows
    the load between so many Aurora capacity units (about 2 GiB of memory
    each; from 0 it pauses when nobody connects). Backtrack is Aurora MySQL's.

    `proxy=True` puts an RDS Proxy in front, which shares out connections:
    whoever writes reaches it instead of the database, and Aurora's readers
    through an endpoint of its own; read replicas of RDS are reached directly.
    `extensions`, e.g. `["vector"]`, are loaded where they need it and told to
    a person with the `CREATE EXTENSION` that a migration must hold.

    `backup_days` keeps daily backups and every moment between; `backup_region`
    copies them to another region. `backup_window` is UTC `hh:mm-hh:mm`,
    `maintenance_window` `Mon:hh:mm-Mon:hh:mm`. `insights` are Performance
    Insights, `monitoring_seconds` how often the machine itself is measured.
    `protect` refuses deletion; unsaid, it is on in production. `parameters` are
    PostgreSQL's own settings. `url=True` adds a secret that holds the whole
    connection URL. `engine_url` names an environment variable with the URL of a
    PostgreSQL that the local cloud shall use instead of its own.
    """

    PORT: ClassVar[int] = 5432

    name: str
    version: str
    size: str | None = None
    storage_gb: int = 20
    max_storage_gb: int | None = None
    storage_type: Literal["gp2", "gp3"] = "gp3"
    multi_az: bool = False
    readers: Sequence[str] = ()
    aurora: bool = False
    serverless: Sequence[float] | None = None
    proxy: bool = False
    extensions: Sequence[str] = ()
    database: str = "app"
    user: str = "app"
    backup_days: int = 7
    backup_window: str = "03:00-04:00"
    maintenance_window: str = "Sun:04:30-Sun:05:30"
    backup_region: str | None = None
    insights: bool = False
    monitoring_seconds: int | None = None
    protect: bool | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    url: bool = False
    engine_url: str | None = None

    @property
    def write(self) -> DatabaseAccess:
        """Read and write on the primary."""
        return DatabaseAccess(self, "write")

    @property
    def reader(self) -> DatabaseAccess:
        """Read only, on a read replica."""
        if not self.reading:
            raise Mistake(
                f"{self.label()}: it has no reader to use.",
                caller(),
                "Give it readers=['db.t4g.medium'].",
            )
        return DatabaseAccess(self, "read")

    @property
    def cluster(self) -> bool:
        """Whether it is Aurora."""
        return self.aurora or self.serverless is not None

    @property
    def engine(self) -> str:
        """The engine by RDS's name."""
        return "aurora-postgresql" if self.cluster else "postgres"

    @property
    def instance_class(self) -> str:
        """The instance class of what takes the writes."""
        return "db.serverless" if self.serverless is not None else self.size or ""

    @property
    def reading(self) -> Sequence[str]:
        """The instance classes of what only reads; Aurora's standby is a reader."""
        standby = [self.instance_class] if self.cluster and self.multi_az else []
        return self.readers or standby

    @property
    def host(self) -> Reference:
        """The host name that writes go to: the primary's, or its proxy's."""
        # A proxy is no way to a replica: who names it must reach it as who writes does.
        return Reference(self, "host", "write" if self.proxy else "read")

    @property
    def port(self) -> Reference:
        """The port it listens on."""
        return Reference(self, "port")

    @property
    def password(self) -> Reference:
        """The password of `user`, a secret."""
        return Reference(self, "password")

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".")[0])

    def in_standby(self, _running: int) -> Mapping[str, object]:
        """Be a copy: of RDS one replica; it copies its backups nowhere and has no proxy."""
        alone: dict[str, object] = {} if self.cluster else {"readers": ()}
        return {**alone, "backup_region": None, "proxy": False}

    def check(self) -> None:
        """Hold version, size, storage, windows and names to what RDS takes."""
        check_name(self, self.name)
        check_parameters(self, "parameters", self.parameters)
        self._check_version()
        self._check_sizes()
        if self.cluster:
            self._check_cluster()
        for each in self.extensions:
            if not re.fullmatch(r"[a-z][a-z0-9_-]*", each):
                raise self.wrong(f"{each!r} is not the name of an extension.", "E.g. 'vector'.")
        if not 20 <= self.storage_gb <= 65536:
            raise self.wrong(f"storage_gb={self.storage_gb} is not between 20 and 65536.")
        if self.max_storage_gb is not None and self.max_storage_gb <= self.storage_gb:
            raise self.wrong(
                f"max_storage_gb={self.max_storage_gb} must be over storage_gb={self.storage_gb}."
            )
        if not 0 <= self.backup_days <= 35:
            raise self.wrong(f"backup_days={self.backup_days} is not between 0 and 35.")
        if self.readers and self.backup_days == 0:
            raise self.wrong("read replicas need backups.", "Set backup_days to 1 or more.")
        if self.backup_region and self.backup_region not in facts.regions():
            raise self.wrong(
                f"backup_region={self.backup_region!r} is not an AWS region.",
                closest(self.backup_region, facts.regions()),
            )
        if self.monitoring_seconds not in (None, *MONITORING):
            raise self.wrong(
                f"monitoring_seconds={self.monitoring_seconds} is not an interval that RDS takes.",
                f"Known: {', '.join(map(str, MONITORING))}.",
            )
        check_windows(self, self.backup_window, self.maintenance_window)
        for name in ("database", "user"):
            if not _IDENTIFIER.fullmatch(getattr(self, name)):
                raise self.wrong(
                    f"{name}={getattr(self, name)!r} is not a plain PostgreSQL name.",
                    "Use lower-case letters, digits and underscores.",
                )
        if self.user in {"rdsadmin", "admin", "postgres", "rds_superuser"}:
            raise self.wrong(f"user={self.user!r} is reserved.", "Use another, e.g. 'app'.")

    def _check_sizes(self) -> None:
        if self.size is None and self.serverless is None:
            right = "Write Postgres(..., size='db.t4g.medium')."
            raise self.wrong("it needs a size.", right)
        if self.size is not None and self.serverless is not None:
            raise self.wrong("size and serverless exclude each other.", "Leave one out.")
        known = facts.database_classes(self.engine)
        service = "Aurora" if self.cluster else "RDS"
        for size in (self.instance_class, *self.readers):
            if size not in known:
                raise self.wrong(
                    f"{size!r} is not an {service} instance class for PostgreSQL.",
                    closest(size, known),
                )

    def _check_cluster(self) -> None:
        if self.storage_gb != Postgres.storage_gb or self.max_storage_gb is not None:
            raise self.wrong("Aurora's storage grows by itself.", "Leave storage_gb out.")
        if self.storage_type != Postgres.storage_type:
            raise self.wrong("Aurora's storage has no type to choose.", "Leave storage_type out.")
        if self.backup_days == 0:
            raise self.wrong("Aurora always has backups.", "Set backup_days to 1 or more.")
        if self.engine_url:
            raise self.wrong("engine_url stands in for RDS only.", "Leave it out for Aurora.")
        if self.backup_region:
            raise self.wrong(
                "backup_region is RDS's: Aurora copies no automated backups to another region.",
                "Leave it out.",
            )
        if len(self.readers) > MOST_READERS:
            raise self.wrong(f"Aurora takes at most {MOST_READERS} readers.")
        if "db.serverless" in self.readers and self.serverless is None:
            raise self.wrong("a serverless reader needs serverless=(0.5, 16).")
        if self.serverless is None:
            return
        if len(self.serverless) != 2:
            raise self.wrong("serverless is the fewest and the most units.", "E.g. (0.5, 16).")
        low, high = self.serverless
        if not (0 <= low <= high and 1 <= high <= MOST_UNITS and low * 2 % 1 == high * 2 % 1 == 0):
            raise self.wrong(
                f"serverless=({low}, {high}) is not a range of Aurora capacity units.",
                f"From 0 or more to at most {MOST_UNITS}, in halves, the second at least 1.",
            )

    def _check_version(self) -> None:
        known = facts.engine_versions(self.engine)
        majors = {each.split(".")[0] for each in known}
        service = "Aurora" if self.cluster else "RDS"
        if not re.fullmatch(r"\d+(\.\d+)?", self.version) or (
            self.version.split(".")[0] not in majors
        ):
            raise self.wrong(
                f"version={self.version!r} is not a PostgreSQL version that {service} offers.",
                f"Known: {', '.join(sorted(majors, key=int))}.",
            )
        if "." in self.version and self.version not in known:
            newest = facts.newest_minor(self.engine, self.version.split(".")[0])
            raise self.wrong(
                f"{service} no longer offers PostgreSQL {self.version}.",
                f"The newest minor is {newest}; version={self.version.split('.')[0]!r} takes it.",
            )

"""PostgreSQL as a managed database (Amazon RDS)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name
from seatrial.language.part import Part, caller, part
from seatrial.mistake import Mistake, closest

_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_WEEK = re.compile(rf"({_DAYS}):[0-2]\d:[0-5]\d-({_DAYS}):[0-2]\d:[0-5]\d", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@part
class Postgres(Part):
    """A PostgreSQL database, with what RDS can do for it.

    `version` is a major version ("15": the newest minor that AWS offers) or a
    full one; `size` an RDS instance class. `storage_gb` grows by itself up to
    `max_storage_gb`. `readers` are the instance classes of read replicas.
    `backup_days` keeps daily backups and every moment between; `backup_region`
    copies them to another region. `backup_window` is UTC `hh:mm-hh:mm`,
    `maintenance_window` `Mon:hh:mm-Mon:hh:mm`. `protect` refuses deletion;
    unsaid, it is on in production. `url=True` adds a secret that holds the
    whole connection URL. `engine_url` names an environment variable with the
    URL of a PostgreSQL that the local cloud shall use instead of its own.
    """

    PORT: ClassVar[int] = 5432

    name: str
    version: str
    size: str
    storage_gb: int = 20
    max_storage_gb: int | None = None
    multi_az: bool = False
    readers: Sequence[str] = ()
    database: str = "app"
    user: str = "app"
    backup_days: int = 7
    backup_window: str = "03:00-04:00"
    maintenance_window: str = "Sun:04:30-Sun:05:30"
    backup_region: str | None = None
    insights: bool = False
    protect: bool | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    url: bool = False
    engine_url: str | None = None

    @property
    def write(self) -> Access:
        """Read and write on the primary."""
        return Access(self, "write")

    @property
    def reader(self) -> Access:
        """Read only, on a read replica."""
        if not self.readers:
            raise Mistake(
                f"{self.label()}: it has no reader to use.",
                caller(),
                "Give it readers=['db.t4g.medium'].",
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
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".")[0])

    def in_standby(self, _running: int) -> Mapping[str, object]:
        """Be one replica: it has none of its own, and copies its backups nowhere."""
        return {"readers": (), "backup_region": None}

    def check(self) -> None:
        """Hold version, size, storage, windows and names to what RDS takes."""
        check_name(self, self.name)
        self._check_version()
        for size in (self.size, *self.readers):
            if size not in facts.database_classes("postgres"):
                raise self.wrong(
                    f"{size!r} is not an RDS instance class for PostgreSQL.",
                    closest(size, facts.database_classes("postgres")),
                )
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
        if not _WINDOW.fullmatch(self.backup_window):
            raise self.wrong(
                f"backup_window={self.backup_window!r} is not like '03:00-04:00' (UTC)."
            )
        if not _WEEK.fullmatch(self.maintenance_window):
            raise self.wrong(
                f"maintenance_window={self.maintenance_window!r} is not like "
                "'Sun:04:30-Sun:05:30' (UTC)."
            )
        for name in ("database", "user"):
            if not _IDENTIFIER.fullmatch(getattr(self, name)):
                raise self.wrong(
                    f"{name}={getattr(self, name)!r} is not a plain PostgreSQL name.",
                    "Use lower-case letters, digits and underscores.",
                )
        if self.user in {"rdsadmin", "admin", "postgres", "rds_superuser"}:
            raise self.wrong(f"user={self.user!r} is reserved.", "Use another, e.g. 'app'.")

    def _check_version(self) -> None:
        majors = {each.split(".")[0] for each in facts.engine_versions("postgres")}
        if not re.fullmatch(r"\d+(\.\d+)?", self.version) or (
            self.version.split(".")[0] not in majors
        ):
            raise self.wrong(
                f"version={self.version!r} is not a PostgreSQL version that RDS offers.",
                f"Known: {', '.join(sorted(majors, key=int))}.",
            )
        if "." in self.version and self.version not in facts.engine_versions("postgres"):
            newest = facts.newest_minor("postgres", self.version.split(".")[0])
            raise self.wrong(
                f"RDS no longer offers PostgreSQL {self.version}.",
                f"The newest minor is {newest}; version={self.version.split('.')[0]!r} takes it.",
            )

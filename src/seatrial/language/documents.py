"""Documents: MongoDB's language on Amazon DocumentDB."""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name, check_parameters
from seatrial.language.part import Part, part
from seatrial.language.windows import check_windows
from seatrial.mistake import closest

VERSIONS = {"4.0": "4.0.0", "5.0": "5.0.0", "8.0": "8.0.0"}
"""The versions in standard support, and what DocumentDB calls them in full."""
MOST_INSTANCES = 16
RESERVED = {"admin", "root", "rdsadmin"}


@part
class Documents(Part):
    """A DocumentDB cluster, which speaks MongoDB's protocol over TLS.

    `size` is an instance class, `version` one of 4.0, 5.0 and 8.0.
    `instances` (1 to 16) are spread over the zones: one takes the writes, the
    others read and take over. Its users get `MONGODB_URL`, a secret;
    `.reader` prefers the instances that only read. `backup_days` (1 to 35)
    keeps daily backups and every moment between. `backup_window` is UTC
    `hh:mm-hh:mm`, `maintenance_window` `Mon:hh:mm-Mon:hh:mm`. `protect`
    refuses deletion; unsaid, it is on in production. `parameters` are those
    of the cluster's parameter group; `{"tls": "disabled"}` lets plain
    connections in. Whatever the driver, TLS needs the RDS certificates in the
    image and DocumentDB knows no retryable writes: the URL says both.
    """

    PORT: ClassVar[int] = 27017

    name: str
    size: str
    version: str = "5.0"
    instances: int = 2
    database: str = "app"
    user: str = "app"
    backup_days: int = 7
    backup_window: str = "03:00-04:00"
    maintenance_window: str = "Sun:04:30-Sun:05:30"
    protect: bool | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def write(self) -> Access:
        """Read and write."""
        return Access(self, "write")

    @property
    def reader(self) -> Access:
        """Read only, from an instance that takes no writes where there is one."""
        return Access(self, "read")

    @property
    def host(self) -> Reference:
        """The host name that writes go to."""
        return Reference(self, "host")

    @property
    def port(self) -> Reference:
        """The port it listens on."""
        return Reference(self, "port")

    @property
    def url(self) -> Reference:
        """The whole URL, a secret: for a program that reads another variable."""
        return Reference(self, "url")

    def check(self) -> None:
        """Hold version, size, instances, windows and names to what DocumentDB takes."""
        check_name(self, self.name)
        check_parameters(self, "parameters", self.parameters)
        if self.version not in VERSIONS:
            raise self.wrong(
                f"version={self.version!r} is not a version that DocumentDB offers.",
                f"Known: {', '.join(VERSIONS)}.",
            )
        if self.size not in facts.database_classes("docdb"):
            raise self.wrong(
                f"{self.size!r} is not a DocumentDB instance class.",
                closest(self.size, facts.database_classes("docdb")),
            )
        if not 1 <= self.instances <= MOST_INSTANCES:
            raise self.wrong(f"instances={self.instances} is not between 1 and {MOST_INSTANCES}.")
        if not 1 <= self.backup_days <= 35:
            raise self.wrong(f"backup_days={self.backup_days} is not between 1 and 35.")
        check_windows(self, self.backup_window, self.maintenance_window)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", self.database):
            raise self.wrong(f"database={self.database!r} is not a plain MongoDB name.")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,62}", self.user):
            raise self.wrong(f"user={self.user!r} must be a letter, then letters and digits.")
        if self.user in RESERVED:
            raise self.wrong(f"user={self.user!r} is reserved.", "Use another, e.g. 'app'.")

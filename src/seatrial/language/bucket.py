"""Files: a private bucket on Amazon S3."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name
from seatrial.language.part import Part, Setting, part, setting
from seatrial.mistake import closest

_ORIGIN = re.compile(r"https?://[^/\s]+|\*")
_PREFIX = re.compile(r"[A-Za-z0-9!_.'()-][A-Za-z0-9!_.'()/-]*")
LEAST_INFREQUENT = 30
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""


@setting
class Lifecycle(Setting):
    """What becomes of files as they age, those under `prefix` or all.

    All in days since a file was written: `infrequent_days` moves it to a
    class that costs less to keep and more to read, `archive_days` to Glacier,
    `expire_days` deletes it. `old_versions_days` counts from when a version
    was overwritten or deleted.
    """

    prefix: str = ""
    infrequent_days: int | None = None
    archive_days: int | None = None
    expire_days: int | None = None
    old_versions_days: int | None = None

    def check(self) -> None:
        """Hold the prefix, and that a file ages in one direction."""
        if self.prefix and not _PREFIX.fullmatch(self.prefix):
            raise self.wrong(f"prefix={self.prefix!r} is not a plain prefix.", "E.g. 'daily/'.")
        names = ("infrequent_days", "archive_days", "expire_days")
        said = [(name, value) for name in names if (value := getattr(self, name)) is not None]
        if self.old_versions_days is not None:
            if self.old_versions_days < 1:
                raise self.wrong("old_versions_days must be at least 1.")
        elif not said:
            raise self.wrong("it says nothing.", "Write e.g. Lifecycle(expire_days=365).")
        if self.infrequent_days is not None and self.infrequent_days < LEAST_INFREQUENT:
            raise self.wrong(f"infrequent_days must be at least {LEAST_INFREQUENT}.")
        for (one, first), (other, second) in pairwise(said):
            if second <= first:
                raise self.wrong(f"{other}={second} must be over {one}={first}.")
        if any(value < 1 for _, value in said):
            raise self.wrong(f"{said[0][0]} must be at least 1.")


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a bucket whose keys start with a prefix."""

    bucket: "Bucket"
    prefix: str

    @property
    def read(self) -> Access:
        """List and read."""
        return Access(self.bucket, "read", scope=self.prefix)

    @property
    def write(self) -> Access:
        """List, read, write and delete."""
        return Access(self.bucket, "write", scope=self.prefix)


@part
class Bucket(Part):
    """A private S3 bucket: encrypted, nothing public, TLS only.

    Its users get `S3_BUCKET`. `versioning` keeps what is overwritten or
    deleted, for `old_versions_days`. `lifecycle` says what becomes of files
    as they age. `upload_origins` are the sites whose pages may use presigned
    URLs, e.g. `["https://app.example.com"]`. `replica_region` copies every
    file to a bucket in another region, which must be there first; unsaid, a
    recovery's region where there is one and the bucket has versions.
    `bucket.under("uploads/").write` gives a user no more than one folder.
    """

    name: str
    versioning: bool = True
    old_versions_days: int = 30
    lifecycle: Sequence[Lifecycle] = ()
    upload_origins: Sequence[str] = ()
    replica_region: str | None = None

    @property
    def read(self) -> Access:
        """List and read every file."""
        return Access(self, "read")

    @property
    def write(self) -> Access:
        """List, read, write and delete every file."""
        return Access(self, "write")

    @property
    def bucket_name(self) -> Reference:
        """The bucket's name on AWS."""
        return Reference(self, "name")

    def under(self, prefix: str) -> Folder:
        """Give the files whose keys start with `prefix`, e.g. `uploads/`."""
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise self.wrong(f"{prefix!r} is not a plain prefix.", "Write e.g. 'uploads/'.")
        return Folder(self, prefix)

    def check(self) -> None:
        """Hold the name, the regions and what versioning brings with it."""
        check_name(self, self.name)
        if self.old_versions_days < 1:
            raise self.wrong("old_versions_days must be at least 1.")
        for each in self.upload_origins:
            if not _ORIGIN.fullmatch(each):
                raise self.wrong(
                    f"{each!r} is not the origin of a page.", "E.g. 'https://app.example.com'."
                )
        if self.replica_region is not None:
            if self.replica_region not in facts.regions():
                raise self.wrong(
                    f"replica_region={self.replica_region!r} is not an AWS region.",
                    closest(self.replica_region, facts.regions()),
                )
            if not self.versioning:
                raise self.wrong("a replica needs versioning.", "Leave versioning on.")
        prefixes = [each.prefix for each in self.lifecycle]
        for prefix in prefixes:
            if prefixes.count(prefix) > 1:
                what = repr(prefix) if prefix else "all files"
                raise self.wrong(f"two lifecycles speak of {what}.", "Join them.")

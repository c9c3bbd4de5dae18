"""What the loss of a whole region shall not end: backups elsewhere, or a standby."""

from collections.abc import Mapping
from typing import Literal

from seatrial.graph.schema import facts
from seatrial.language.part import Part, Setting, setting
from seatrial.language.promises import Objectives, seconds
from seatrial.mistake import closest

HOUR = 3600.0


@setting
class Recovery(Setting):
    """A second region, by one of the strategies that AWS names.

    `backup and restore`: AWS Backup copies to a vault in `region`, and RDS
    replicates its backups there; a recovery builds the rest anew and takes
    hours. `pilot light`: also a stack of the whole system in `region`, its
    database a replica, its services without a task until someone scales them.
    `warm standby`: the same, with `tasks` of each service running.

    Files are copied to a bucket in `region` by any of them (a bucket without
    versioning has no copy). A standby mirrors Kafka into a cluster of its own,
    which needs `login="iam"` and three brokers. A website's distribution is one
    for all the world: it reads the copy of its files where the bucket fails,
    and a record of the domain leads it to the services of the region that
    answers.

    `days` is how many days copies are kept here and there; `at` when the
    daily backup starts (UTC, `hh:mm`). `zones` are the standby's; unsaid, as
    many as here. `change` gives parts other values in the standby.
    """

    region: str
    strategy: Literal["backup and restore", "pilot light", "warm standby"] = "pilot light"
    tasks: int = 1
    days: int = 7
    at: str = "05:00"
    zones: int | None = None
    change: Mapping[Part, Mapping[str, object]] | None = None

    @property
    def standby(self) -> bool:
        """Whether the second region holds more than copies."""
        return self.strategy != "backup and restore"

    @property
    def running(self) -> int:
        """How many tasks of each service run in the second region."""
        return self.tasks if self.strategy == "warm standby" else 0

    def check(self) -> None:
        """Hold region, days, time and tasks."""
        if self.region not in facts.regions():
            raise self.wrong(
                f"region={self.region!r} is not an AWS region.",
                closest(self.region, facts.regions()),
            )
        if not 1 <= self.days <= 36500:
            raise self.wrong(f"days={self.days} is not between 1 and 36500.")
        hour, _, minute = self.at.partition(":")
        if not (
            len(self.at) == 5
            and hour.isdigit()
            and minute.isdigit()
            and int(hour) < 24
            and int(minute) < 60
        ):
            raise self.wrong(f"at={self.at!r} is not a time.", "Write e.g. '05:00' (UTC).")
        if self.tasks < 1:
            raise self.wrong(
                f"tasks={self.tasks} must be at least 1.", "Without tasks it is a pilot light."
            )
        if self.zones is not None and self.zones not in (2, 3):
            raise self.wrong(f"zones={self.zones} must be 2 or 3.")

    def check_promise(self, objectives: Objectives) -> None:
        """Refuse a promise that the strategy cannot hold.

        AWS gives hours for a restore in another region (Disaster Recovery of
        Workloads on AWS, https://docs.aws.amazon.com/whitepapers/latest/
        disaster-recovery-workloads-on-aws/disaster-recovery-options-in-the-cloud.html).
        """
        if objectives.rto is None or self.standby:
            return
        if seconds(objectives, "rto", objectives.rto) <= HOUR:
            raise self.wrong(
                f"rto={objectives.rto!r} is promised, and a restore in another region takes hours.",
                "Write strategy='pilot light'.",
            )

"""One database as RDS runs it: executes the failover decisions with real servers.

Takes a specification, programs, a process host and two callbacks; starts the
nodes, watches them, and carries out what `seatrial.control.failover` asks for.
It never decides by itself whether to promote or to degrade.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres.binaries import Binaries
from seatrial.local.engines.postgres.spec import DatabaseSpec, NodeView
from seatrial.local.process import ProcessHost

Point = Callable[[Literal["writer", "reader"], Address | None], Awaitable[None]]
Tell = Callable[[str, str], None]


class Database:
    """A primary, its standby and its readers.

    `folder` keeps data, records and secrets (mode 0700), `cache` a fresh data
    folder per PostgreSQL version, `logs` each node's log. `point` is awaited
    whenever an endpoint has to lead elsewhere (None: nowhere for now), and
    `tell` gets each event as (kind, message).
    """

    def __init__(
        self,
        spec: DatabaseSpec,
        binaries: Binaries,
        host: ProcessHost,
        folder: Path,
        *,
        cache: Path,
        point: Point,
        tell: Tell,
    ) -> None: ...

    @property
    def nodes(self) -> Sequence[NodeView]:
        """Give every node as it is now."""
        raise NotImplementedError

    async def start(self) -> None:
        """Make the database writable: from nothing, or from whatever an earlier run left."""

    async def run(self) -> None:
        """Watch the nodes and act, until cancelled; the servers keep running then."""

    async def fail_over(self) -> None:
        """Reboot with failover, as `RebootDBInstance` with `ForceFailover` does."""

    async def stop(self) -> None:
        """Shut every node down cleanly; the data stays."""

    async def metrics(self) -> dict[str, float]:
        """Measure now; CloudWatch's names and units, only what was truly measured."""
        raise NotImplementedError

    async def zone_lost(self, zone: str) -> None:
        """Kill every node of the zone and keep it down until the zone is back."""

    async def zone_back(self, zone: str) -> None:
        """Let the zone's nodes come back."""

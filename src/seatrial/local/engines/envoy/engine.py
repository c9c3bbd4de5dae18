"""One Envoy for one system: load balancer and stable endpoints.

Takes a `Network` and the targets as they come and go; gives a process that
behaves as an Application Load Balancer, its counts, and its requests in flight.
It never checks a target's health and never restarts itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.network import Network
from seatrial.local.engines.envoy.snapshot import Snapshot
from seatrial.local.process import Process, ProcessHost


class Envoy:
    """Runs one Envoy in `directory`; all its files, its log and its admin socket are there."""

    def __init__(
        self,
        directory: Path,
        host: ProcessHost,
        *,
        name: str = "envoy",
        admin: Address | None = None,
        workers: int = 2,
    ) -> None:
        """Name what will run; nothing is started. `admin` None is a unix socket."""

    @property
    def process(self) -> Process:
        """Give the running process, to wait for its end."""
        raise NotImplementedError

    async def start(self, network: Network) -> None:
        """Start afresh with this network and no targets; return when it listens everywhere."""

    async def restart(self) -> None:
        """Start again after its death as it last was: network, targets and endpoints."""

    async def adopt(self, network: Network) -> bool:
        """Take over the Envoy that an earlier supervisor started; False if none runs."""
        raise NotImplementedError

    async def change(self, network: Network) -> None:
        """Become this network without a restart; groups that stay keep their targets."""

    async def stop(self) -> None:
        """End it."""

    async def set_targets(self, group: str, addresses: Sequence[Address]) -> None:
        """Route the group's requests to exactly these; the others drain."""

    async def active(self, group: str) -> Mapping[Address, int]:
        """Count the requests in flight per target, also those of a draining one."""
        raise NotImplementedError

    async def drained(self, group: str, address: Address, timeout: float) -> bool:
        """Wait until a removed target serves nothing more, then forget it.

        True when it is safe to stop; False if requests were still in flight
        after `timeout` seconds (the deregistration delay).
        """
        raise NotImplementedError

    async def point(self, endpoint: str, address: Address | None) -> None:
        """Lead an endpoint to `address`; None holds new connections until there is one."""

    async def snapshot(self) -> Snapshot:
        """Read all counters."""
        raise NotImplementedError

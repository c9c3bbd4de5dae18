"""One Envoy for one system: load balancer and stable endpoints.

Takes a `Network` and the targets as they come and go; gives a process that
behaves as an Application Load Balancer, its counts, and its requests in flight.
It never checks a target's health and never restarts itself.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seatrial.local.addresses import Address, is_free
from seatrial.local.engines.envoy.acceptance import Acceptance, NotTaken
from seatrial.local.engines.envoy.admin import Admin, NotAnswering
from seatrial.local.engines.envoy.binary import find_envoy
from seatrial.local.engines.envoy.configuration import name_endpoint
from seatrial.local.engines.envoy.network import Network, NotRoutable
from seatrial.local.engines.envoy.publication import Publication, Versions
from seatrial.local.engines.envoy.routes import name_cluster
from seatrial.local.engines.envoy.snapshot import Snapshot
from seatrial.local.engines.envoy.state import Lead, State, Targets, replace_file
from seatrial.local.engines.envoy.statistics import PAGE, read_snapshot
from seatrial.local.process import Command, Process, ProcessHost
from seatrial.mistake import Mistake

# Seconds within which Envoy starts, and takes on a change.
START_LIMIT = 30.0
CHANGE_LIMIT = 15.0
# Seconds without a request in flight before a target counts as drained: Envoy's workers
# learn of a change a moment after it says that it has taken it on.
SETTLE = 0.3
DRAIN_LOOK = 0.02
# Seconds to end by itself.
GRACE = 5.0
# The kernel's limit for a unix socket's path is 104 bytes or more.
LONGEST_SOCKET = 100


class AddressTaken(Mistake):
    """Another program listens where a listener or an endpoint should."""

    def __init__(self, address: Address) -> None:
        super().__init__(
            f"{address} is taken by another program.",
            right="End the program that listens there.",
        )
        self.address = address


class PathTooLong(Mistake):
    """A folder's path leaves no room for a socket's name."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The path {path} is too long for a socket.", right="Choose a shorter state folder."
        )


class NotStarted(Exception):
    """Envoy ended, or did not listen in time; the message has the end of its log."""


@dataclass(frozen=True, slots=True)
class HostCount:
    """What Envoy says of one target: requests (also those that wait) and connections."""

    requests: int
    connections: int


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
        """Name what will run; nothing is started. `admin` None is a unix socket. PathTooLong."""
        socket = directory / "admin.sock"
        if admin is None and len(str(socket).encode()) > LONGEST_SOCKET:
            raise PathTooLong(directory)
        self._directory = directory
        self._host = host
        self._name = name
        self._workers = workers
        self._admin_address = admin
        self._admin = Admin(socket if admin is None else admin)
        self._log = directory / "envoy.log"
        self._acceptance = Acceptance(self._admin, self._log)
        self._publish = Publication(directory)
        self._network = Network()
        self._state = State()
        self._process: Process | None = None
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def process(self) -> Process:
        """Give the running process, to wait for its end; RuntimeError before a start."""
        if self._process is None:
            raise RuntimeError("Envoy has not been started")
        return self._process

    async def start(self, network: Network) -> None:
        """Start afresh with this network and no targets; return when it listens everywhere.

        AddressTaken, EnvoyMissing, NotStarted, and what `ProcessHost.start` raises.
        """
        self._network = network
        self._state = State()
        await self._launch()

    async def restart(self) -> None:
        """Start again after its death as it last was: network, targets and endpoints.

        Raises as `start` does.
        """
        self._state.end_draining()
        await self._launch()

    async def adopt(self, network: Network) -> bool:
        """Take over the Envoy that an earlier supervisor started; False if none runs.

        It becomes this network; targets and endpoints stay as they are. NotTaken.
        """
        process = self._host.adopt(self._name)
        if process is None:
            return False
        self._process = process
        self._state = State.from_json(json.loads((self._directory / "state.json").read_bytes()))
        try:
            await self._acceptance.adopt()
        except NotAnswering:
            # It still starts: nothing has been refused.
            self._acceptance.begin()
        await self._become(network, ours=set(network.addresses))
        return True

    async def change(self, network: Network) -> None:
        """Become this network without a restart; groups that stay keep their targets.

        Rules change under open connections. A listener whose certificate, idle
        timeout or stickiness changes closes its connections. AddressTaken, NotTaken.
        """
        await self._become(network, ours=set(self._network.addresses))

    async def stop(self) -> None:
        """End it; nothing happens if it does not run."""
        if self._process:
            await self._process.stop(GRACE)

    async def set_targets(self, group: str, addresses: Sequence[Address]) -> None:
        """Route the group's requests to exactly these; the others finish what they have.

        Returns when Envoy has taken it on. While Envoy is down it waits for its
        restart. NotRoutable for an unknown group, NotTaken.
        """
        cluster = name_cluster(group)
        async with self._locks[cluster]:
            targets = self._find_group(group)
            finished: list[Address] = []
            if targets.draining:
                counts = await self._count_or_none(cluster)
                finished = [each for each in targets.draining if _is_idle(counts, each)]
            targets.route(addresses, finished)
            self._keep_state()
            await self._acceptance.wait(self._publish.group(self._state, group), CHANGE_LIMIT)

    async def active(self, group: str) -> Mapping[Address, int]:
        """Count the requests in flight per target, also those of a draining one.

        A WebSocket is one request. NotAnswering while Envoy is down.
        """
        self._find_group(group)
        counts = await self._count(name_cluster(group))
        return {address: count.requests for address, count in counts.items()}

    async def drained(self, group: str, address: Address, timeout: float) -> bool:
        """Wait until a removed target serves nothing more, then forget it.

        True when it is safe to stop; False if requests were still in flight
        after `timeout` seconds (the deregistration delay). An ALB answers those
        with 502 (load-balancer-troubleshooting.html), as Envoy does once the
        target is stopped. NotRoutable if requests are still routed to it, NotTaken.
        """
        cluster = name_cluster(group)
        quiet = await self._wait_until_quiet(group, address, timeout)
        async with self._locks[cluster]:
            targets = self._find_group(group)
            if address in targets.draining:
                targets.draining.remove(address)
                self._keep_state()
                await self._acceptance.wait(self._publish.group(self._state, group), CHANGE_LIMIT)
        return quiet

    async def point(self, endpoint: str, address: Address | None) -> None:
        """Lead an endpoint to `address`; None holds new connections until there is one.

        Connections to the former address are closed; those that still wait for
        one are led to the new. A new connection is held for 5 to 10 seconds at
        most. NotRoutable for an unknown endpoint, NotTaken.
        """
        cluster = name_endpoint(endpoint)
        async with self._locks[cluster]:
            lead = self._find_endpoint(endpoint)
            if lead.live == address:
                return
            lead.draining = [] if lead.live is None else [lead.live]
            lead.live = address
            self._keep_state()
            await self._acceptance.wait(self._publish.endpoint(self._state, endpoint), CHANGE_LIMIT)
            await self._close_old_connections(cluster, lead)
            lead.draining = []
            self._keep_state()
            self._publish.endpoint(self._state, endpoint)

    async def snapshot(self) -> Snapshot:
        """Read all counters; NotAnswering while Envoy is down."""
        page = await self._admin.get(PAGE)
        return read_snapshot(page, self._network, time.monotonic())

    async def _launch(self) -> None:
        program = find_envoy()
        _refuse_taken(self._network.addresses)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._follow_network()
        self._acceptance.begin()
        bootstrap = self._publish.bootstrap(self._admin_address)
        versions = self._publish_all()
        process = await self._host.start(self._write_command(program, bootstrap))
        self._process = process
        try:
            await self._acceptance.wait(versions, START_LIMIT, lambda: process.running)
        except NotTaken as error:
            await process.kill()
            raise NotStarted(str(error)) from error
        except asyncio.CancelledError:
            await process.kill()
            raise

    def _write_command(self, program: Path, bootstrap: Path) -> Command:
        return Command(
            name=self._name,
            argv=(
                *(str(program), "-c", str(bootstrap), "--disable-hot-restart"),
                *("--concurrency", str(self._workers), "--log-level", "warning"),
                # An answer in which no target had a part has no response time: not an error.
                *("--component-log-level", "misc:off"),
                # A listener's old connections end with its old configuration.
                *("--drain-time-s", "0", "--drain-strategy", "immediate"),
            ),
            cwd=self._directory,
            environ={},
            log=self._log,
        )

    async def _become(self, network: Network, ours: set[Address]) -> None:
        async with self._locks["network"]:
            _refuse_taken(address for address in network.addresses if address not in ours)
            old, stood = self._network, replace(self._state)
            self._network = network
            self._follow_network()
            try:
                await self._pass_over(old, network)
            except NotTaken:
                self._network, self._state = old, stood
                self._keep_state()
                self._publish_all()
                raise
            self._publish.withdraw(old, network)

    async def _pass_over(self, old: Network, network: Network) -> None:
        """Lead Envoy from one network to the next: no rule leads to a cluster that is not there."""
        stay = {each.name for each in network.groups}
        leaving = [each for each in old.groups if each.name not in stay]
        versions = self._publish.assignments(self._state)
        versions |= self._publish.clusters(network, leaving)
        await self._acceptance.wait(versions, CHANGE_LIMIT)
        versions = self._publish.routes(network)
        versions |= self._publish.listeners(network, self._state)
        await self._acceptance.wait(versions, CHANGE_LIMIT)
        if leaving:
            await self._acceptance.wait(self._publish.clusters(network), CHANGE_LIMIT)

    def _publish_all(self) -> Versions:
        versions = self._publish.assignments(self._state)
        versions |= self._publish.clusters(self._network)
        versions |= self._publish.routes(self._network)
        versions |= self._publish.listeners(self._network, self._state)
        return versions

    def _follow_network(self) -> None:
        self._state.keep_only(
            (each.name for each in self._network.groups),
            (each.name for each in self._network.endpoints),
        )
        self._keep_state()

    def _keep_state(self) -> None:
        replace_file(self._directory / "state.json", self._state.as_json())

    async def _wait_until_quiet(self, group: str, address: Address, timeout: float) -> bool:
        """Wait until a target has had nothing in flight for a moment; False after `timeout`."""
        deadline = time.monotonic() + timeout
        quiet_since: float | None = None
        while True:
            if address in self._find_group(group).live:
                raise NotRoutable(f"target group {group} still sends requests to {address}")
            counts = await self._count_or_none(name_cluster(group))
            now = time.monotonic()
            if not _is_idle(counts, address):
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now
            elif now - quiet_since >= SETTLE:
                return True
            if now >= deadline and quiet_since is None:
                return False
            await asyncio.sleep(DRAIN_LOOK)

    async def _close_old_connections(self, cluster: str, lead: Lead) -> None:
        """Close connections that reach a former address; those to a dead server are closed."""
        counts = await self._count_or_none(cluster) or {}
        if any(counts[each].connections for each in lead.draining if each in counts):
            lead.generation += 1
            self._keep_state()
            versions = self._publish.listeners(self._network, self._state)
            await self._acceptance.wait(versions, CHANGE_LIMIT)

    async def _count(self, cluster: str) -> dict[Address, HostCount]:
        """Ask Envoy what each target of a cluster has in hand."""
        found = json.loads(await self._admin.get("/clusters?format=json"))
        for status in found.get("cluster_statuses", ()):
            if status["name"] == cluster:
                return dict(_read_hosts(status.get("host_statuses", ())))
        return {}

    async def _count_or_none(self, cluster: str) -> dict[Address, HostCount] | None:
        """Ask the same; None while Envoy is down."""
        try:
            return await self._count(cluster)
        except NotAnswering:
            return None

    def _find_group(self, group: str) -> Targets:
        if group not in self._state.groups:
            raise NotRoutable(f"there is no target group {group}")
        return self._state.groups[group]

    def _find_endpoint(self, endpoint: str) -> Lead:
        if endpoint not in self._state.endpoints:
            raise NotRoutable(f"there is no endpoint {endpoint}")
        return self._state.endpoints[endpoint]


def _is_idle(counts: Mapping[Address, HostCount] | None, address: Address) -> bool:
    """Tell whether a target has nothing in flight; not while Envoy does not say."""
    return counts is not None and (address not in counts or counts[address].requests == 0)


def _refuse_taken(addresses: Iterable[Address]) -> None:
    for address in addresses:
        if not is_free(address):
            raise AddressTaken(address)


def _read_hosts(statuses: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Address, HostCount]]:
    for status in statuses:
        # What stands for nowhere is a unix socket.
        if where := status["address"].get("socket_address"):
            gauges = {each["name"]: int(each.get("value", 0)) for each in status["stats"]}
            requests = gauges["rq_active"] + gauges.get("rq_pending_active", 0)
            yield (
                Address(where["address"], where["port_value"]),
                HostCount(requests, gauges["cx_active"]),
            )

"""The files that Envoy follows: each is replaced in one step, with a version of its own.

Takes the network and where things stand; gives, for each file, the name under
which Envoy says what version it has taken on. It never waits for that.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.configuration import (
    name_endpoint,
    write_assignment,
    write_bootstrap,
    write_clusters,
    write_listeners,
)
from seatrial.local.engines.envoy.network import Network, TargetGroup
from seatrial.local.engines.envoy.routes import name_cluster, write_routes
from seatrial.local.engines.envoy.state import State, replace_file

Versions = dict[str, int]


class Publication:
    """One Envoy's files in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._last = 0

    def bootstrap(self, admin: Address | None) -> Path:
        """Publish what Envoy starts with; give the file."""
        path = self.directory / "bootstrap.json"
        replace_file(path, write_bootstrap(self.directory, admin))
        return path

    def assignments(self, state: State) -> Versions:
        """Publish who stands behind every target group and endpoint."""
        versions: Versions = {}
        for group in state.groups:
            versions |= self.group(state, group)
        for endpoint in state.endpoints:
            versions |= self.endpoint(state, endpoint)
        return versions

    def group(self, state: State, group: str) -> Versions:
        """Publish who stands behind a target group."""
        targets = state.groups[group]
        return self._assignment(name_cluster(group), targets.live, targets.draining)

    def endpoint(self, state: State, endpoint: str) -> Versions:
        """Publish who stands behind an endpoint."""
        lead = state.endpoints[endpoint]
        return self._assignment(name_endpoint(endpoint), [lead.live], lead.draining)

    def clusters(self, network: Network, leaving: Iterable[TargetGroup] = ()) -> Versions:
        """Publish the clusters of the network, and those that routes still lead to."""
        version = self._next()
        document = write_clusters(
            (*network.groups, *leaving),
            network.endpoints,
            network.idle_timeout,
            self.directory,
            str(version),
            network.edges,
        )
        replace_file(self.directory / "cds.json", document)
        return {"cluster_manager.cds": version}

    def routes(self, network: Network) -> Versions:
        """Publish the rules of every listener."""
        groups = {group.name: group for group in network.groups}
        versions: Versions = {}
        for listener in network.listeners:
            version = self._next()
            resource = write_routes(listener, groups, int(time.time()))
            document = {"version_info": str(version), "resources": [resource]}
            replace_file(self.directory / f"routes-{listener.name}.json", document)
            versions[f"http.{listener.name}.rds.{listener.name}"] = version
        return versions

    def listeners(self, network: Network, state: State) -> Versions:
        """Publish all listeners."""
        version = self._next()
        generations = {name: lead.generation for name, lead in state.endpoints.items()}
        document = write_listeners(network, self.directory, generations, str(version))
        replace_file(self.directory / "lds.json", document)
        return {"listener_manager.lds": version}

    def withdraw(self, old: Network, new: Network) -> None:
        """Remove the files of what is no longer part of the network."""
        for name in _list_files(old) - _list_files(new):
            (self.directory / name).unlink(missing_ok=True)

    def _assignment(
        self, cluster: str, live: Iterable[Address | None], draining: Iterable[Address]
    ) -> Versions:
        version = self._next()
        document = write_assignment(cluster, live, draining, str(version))
        replace_file(self.directory / f"{cluster}.json", document)
        return {f"cluster.{cluster}": version}

    def _next(self) -> int:
        # Past whatever an earlier supervisor has given.
        self._last = max(self._last + 1, time.time_ns())
        return self._last


def _list_files(network: Network) -> set[str]:
    return {
        *(f"{name_cluster(each.name)}.json" for each in network.groups),
        *(f"{name_endpoint(each.name)}.json" for each in network.endpoints),
        *(f"routes-{each.name}.json" for each in network.listeners),
    }

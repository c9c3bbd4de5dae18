"""Where everything of a graph is on this machine: zones, addresses, the network that Envoy runs.

Takes a graph and the system's address book; gives stable addresses, so that the
same part is found at the same place after every restart. It starts nothing.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from seatrial.graph import Graph
from seatrial.graph.values import Secret
from seatrial.local import cloudfront, elasticache, elb, msk, rds
from seatrial.local.addresses import Address, AddressBook
from seatrial.local.engines.envoy import Network, TcpEndpoint
from seatrial.local.resolve import Resolver, zone_name

SUBNET = "AWS::EC2::Subnet"
LOAD_BALANCER = "load-balancer"
HTTP = 80


class Layout:
    """The places of one graph; `resolver` gives its symbols their local values."""

    def __init__(self, graph: Graph, book: AddressBook) -> None:
        self.graph = graph
        self._book = book
        zones = {str(each.properties["AvailabilityZone"]) for each in graph.of(SUBNET)}
        self.zones = tuple(zone_name(graph.region, index) for index in range(len(zones) or 1))
        self.instances = rds.read_instances(graph)
        endpoints = {
            id: self._database(id, each) for each in self.instances for id in each.endpoints
        }
        # No pool stands between: a proxy's endpoint is that of its instance.
        endpoints |= {
            proxy: endpoints[instance] for proxy, instance in rds.read_proxies(graph).items()
        }
        self.caches = elasticache.read_groups(graph)
        endpoints |= {id: self._cache(id, each) for each in self.caches for id in each.endpoints}
        self.clusters = msk.read_clusters(graph)
        servers = {
            id: msk.users_own(each) or str(self.brokers(each))
            for each in self.clusters
            for id in each.bootstraps
        }
        for balancer in graph.of(elb.BALANCER):
            if address := self._front():
                endpoints[balancer.id] = address
        self.resolver = Resolver(graph, endpoints, servers)

    def endpoint(self, id: str) -> Address | None:
        """Give the stable address of a database, a cache or a load balancer."""
        return self.resolver.endpoints.get(id)

    def brokers(self, cluster: msk.KafkaCluster) -> Address:
        """Give the stable address of a Kafka cluster."""
        return self._book.endpoint(f"kafka-{cluster.id}", msk.PORT)

    def storage(self, cluster: msk.KafkaCluster) -> Address:
        """Give the address of the store that a cluster's brokers share."""
        return self._book.endpoint(f"kafka-{cluster.id}", msk.STORAGE_PORT)

    def task(self, zone: str, port: int) -> Address:
        """Give a new task its address in a zone."""
        return self._book.task(self.zones.index(zone) + 1, port)

    @property
    def address(self) -> str | None:
        """Where people find the system: its website, else its load balancer, if it has any."""
        for each in self.graph.of(cloudfront.DISTRIBUTION):
            return _url(self._edge(each.id))
        return self.balancer

    @property
    def balancer(self) -> str | None:
        """Where the load balancer answers; None without one."""
        address = self._front()
        return _url(address) if address else None

    def network(
        self,
        sites: Mapping[str, Path] = MappingProxyType({}),
        read: Callable[[Secret], str] = str,
    ) -> Network:
        """Give what Envoy runs: listeners, target groups, distributions, endpoints of our engines.

        `sites` are the folders of websites by bucket; `read` gives a secret that the
        distribution and the load balancer share.
        """
        listeners, groups = elb.read_listeners(self.graph, self._listener, read)
        endpoints = [
            TcpEndpoint(id, self._database(id, instance))
            for instance in self.instances
            if rds.users_own(instance) is None
            for id in instance.endpoints
        ]
        endpoints += [
            TcpEndpoint(id, self._cache(id, group))
            for group in self.caches
            if elasticache.users_own(group) is None
            for id in group.endpoints
        ]
        endpoints += [
            TcpEndpoint(each.id, self.brokers(each))
            for each in self.clusters
            if msk.users_own(each) is None
        ]
        edges = cloudfront.read_edges(self.graph, sites, self._edge, self._front(), read)
        return Network(listeners, groups, tuple(endpoints), edges=edges)

    def _front(self) -> Address | None:
        """Give the address of the listener that carries the traffic: the last one written."""
        listeners = self.graph.of(elb.LISTENER)
        return self._listener(listeners[-1].properties["Port"]) if listeners else None

    def _listener(self, port: int) -> Address:
        return self._book.endpoint(LOAD_BALANCER, port)

    def _edge(self, id: str) -> Address:
        return self._book.endpoint(f"edge-{id}", HTTP)

    def _database(self, id: str, instance: rds.Instance) -> Address:
        own = rds.users_own(instance)
        if own:
            return own.address
        return self._book.endpoint(f"db-{id}", int(self.graph[instance.id].properties["Port"]))

    def _cache(self, id: str, group: elasticache.ReplicationGroup) -> Address:
        own = elasticache.users_own(group)
        if own:
            return own.address
        port = int(self.graph[group.id].properties.get("Port", elasticache.REDIS_PORT))
        return self._book.endpoint(f"cache-{id}", port)


def _url(address: Address) -> str:
    return f"http://{address.host if address.port == HTTP else address}"

"""What keeps data in the local cloud: databases, caches and Kafka clusters, and their secrets.

Takes a graph's layout; makes the secrets and starts each engine once, but for
those that the user runs. It decides nothing and ends nothing.
"""

import asyncio
import json

from seatrial.graph.values import Secret
from seatrial.local import elasticache, msk, rds
from seatrial.local.engine_room import EngineRoom
from seatrial.local.events import Events
from seatrial.local.layout import Layout
from seatrial.local.pace import Pace
from seatrial.local.secretsmanager import SecretsManager, pick
from seatrial.local.store import Store


class Stateful:
    """The engines that keep data; `lost` holds the zones that are away, as the cloud knows them."""

    def __init__(
        self, store: Store, engines: EngineRoom, events: Events, pace: Pace, lost: set[str]
    ) -> None:
        self.secrets: dict[str, str] = {}
        """What each secret holds, by its name."""
        self._store = store
        self._engines = engines
        self._events = events
        self._pace = pace
        self._lost = lost

    def make_secrets(self, layout: Layout) -> None:
        """Make the secrets of a graph; those that are there stay as they are."""
        kept = self._store.read("secrets.json") or {}
        own: dict[str, rds.OwnDatabase | elasticache.OwnCache] = {
            _credentials(layout, instance): database
            for instance in layout.instances
            if (database := rds.users_own(instance))
        }
        own |= {
            _token(layout, group): cache
            for group in layout.caches
            if (cache := elasticache.users_own(group))
        }
        self.secrets = SecretsManager(layout.graph, layout.resolver, kept, own).values
        if self.secrets != kept:
            self._store.write("secrets.json", self.secrets)

    def known(self, layout: Layout, secret: Secret) -> str:
        """Give a secret as it was made."""
        return pick(self.secrets[_name(layout, secret)], secret.key)

    async def read(self, layout: Layout, secret: Secret) -> str:
        """Ask the running Secrets Manager for a secret."""
        return pick(await self._engines.secret(_name(layout, secret)), secret.key)

    async def start(self, layout: Layout) -> None:
        """Start every engine, all at once."""
        await asyncio.gather(
            *(self._start_database(layout, each) for each in layout.instances),
            *(self._start_cache(layout, each) for each in layout.caches),
            *(self._start_cluster(layout, each) for each in layout.clusters),
        )

    async def start_missing(self, layout: Layout) -> None:
        """Start what does not run yet, one after the other."""
        for instance in layout.instances:
            if instance.id not in self._engines.databases:
                await self._start_database(layout, instance)
        for group in layout.caches:
            if group.id not in self._engines.caches:
                await self._start_cache(layout, group)
        for cluster in layout.clusters:
            await self._start_cluster(layout, cluster)

    async def _start_database(self, layout: Layout, instance: rds.Instance) -> None:
        if rds.users_own(instance):
            self._events.tell("engine", instance.part, f"is the one in {instance.own_engine}")
            return
        spec = rds.specify(
            layout.graph,
            instance,
            json.loads(self.secrets[_credentials(layout, instance)]),
            layout.zones,
            self._engines.node_address,
            self._pace,
        )
        await self._engines.start_database(instance, spec, self._lost)

    async def _start_cache(self, layout: Layout, group: elasticache.ReplicationGroup) -> None:
        if elasticache.users_own(group):
            self._events.tell("engine", group.part, f"is the one in {group.own_engine}")
            return
        spec = elasticache.specify(
            layout.graph,
            group,
            self.secrets[_token(layout, group)],
            layout.zones,
            self._engines.node_address,
            self._pace,
        )
        await self._engines.start_cache(group, spec, self._lost)

    async def _start_cluster(self, layout: Layout, cluster: msk.KafkaCluster) -> None:
        """Start a Kafka cluster; one that runs gets the topics that it lacks."""
        if own := msk.users_own(cluster):
            self._events.tell("engine", cluster.part, f"is the one at {own}")
            return
        spec = msk.specify(
            cluster,
            layout.zones,
            self._engines.node_address,
            layout.brokers(cluster),
            layout.storage(cluster),
        )
        if cluster.id in self._engines.clusters:
            await self._engines.clusters[cluster.id].make_topics(spec)
        else:
            await self._engines.start_cluster(cluster, spec, self._lost)


def _credentials(layout: Layout, instance: rds.Instance) -> str:
    """Name the secret that holds a database's user and password."""
    return _name(layout, layout.graph[instance.id].properties["MasterUserPassword"])


def _token(layout: Layout, group: elasticache.ReplicationGroup) -> str:
    """Name the secret that holds a cache's auth token."""
    return _name(layout, layout.graph[group.id].properties["AuthToken"])


def _name(layout: Layout, secret: Secret) -> str:
    return layout.resolver.text(layout.graph[secret.id].properties["Name"])

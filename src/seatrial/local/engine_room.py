"""The engines of one system: Envoy, ministack, databases, caches, Kafka; kept running.

Takes what each is to be; starts or adopts it, and starts it again when it dies.
It never decides what runs and never fails a database or a cache over: that is
its own room, by `control.failover` and `control.replication`.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from seatrial.local import elasticache, msk, rds
from seatrial.local.addresses import Address, AddressBook
from seatrial.local.cache import cache_folder
from seatrial.local.engines.envoy import Envoy, Network
from seatrial.local.engines.kafka import Cluster, ClusterSpec
from seatrial.local.engines.ministack import Ministack
from seatrial.local.engines.postgres import Database, DatabaseSpec, find_binaries
from seatrial.local.engines.redis import Cache, CacheSpec, find_valkey
from seatrial.local.process import Process, ProcessHost
from seatrial.local.s3 import Bucket
from seatrial.local.store import LONGEST_SOCKET, Store

MINISTACK_PORT = 4566
ADMIN_PORT = 9901
ENVOY, MINISTACK = "envoy", "ministack"
AGAIN = 1.0
"""Seconds before an engine that would not start is tried again."""


class EngineRoom:
    """All engines of one system; `tell` gets each event as kind, part and words."""

    def __init__(
        self,
        store: Store,
        host: ProcessHost,
        book: AddressBook,
        tell: Callable[[str, str, str], None],
    ) -> None:
        # A unix socket's path is short; in a deep folder Envoy is asked through an address.
        deep = len(os.fsencode(store / "envoy" / "admin.sock")) > LONGEST_SOCKET
        admin = book.endpoint("envoy", ADMIN_PORT) if deep else None
        self.envoy = Envoy(store / "envoy", host, name=ENVOY, admin=admin)
        self.ministack = Ministack(store / "ministack", host, book.endpoint("aws", MINISTACK_PORT))
        self.databases: dict[str, Database] = {}
        self.caches: dict[str, Cache] = {}
        self.clusters: dict[str, Cluster] = {}
        self._store = store
        self._host = host
        self._book = book
        self._tell = tell
        self._nodes: dict[str, list[Address]] = {}
        self._aws_ready = asyncio.Event()
        self._keepers: list[asyncio.Task[None]] = []

    async def start_envoy(self, network: Network) -> None:
        """Start Envoy, or take on the one that runs."""
        if not await self.envoy.adopt(network):
            await self.envoy.start(network)
        self._keep(ENVOY, self._keep_envoy)

    async def start_ministack(
        self, secrets: Mapping[str, str], buckets: Sequence[Bucket] = ()
    ) -> None:
        """Start ministack, or take on the one that runs, and give it secrets and buckets."""
        if not await self.ministack.adopt():
            await self.ministack.start()
        await self.ministack.ready()
        await self.publish(secrets)
        await self.make_buckets(buckets)
        self._aws_ready.set()
        self._keep(MINISTACK, self._keep_ministack)

    async def publish(self, secrets: Mapping[str, str]) -> None:
        """Write every secret to the emulator of Secrets Manager."""
        for name, value in secrets.items():
            if value:  # one that a person fills in is left as it is
                await self.ministack.put_secret(name, value)

    async def make_buckets(self, buckets: Sequence[Bucket]) -> None:
        """Make every bucket that is not there yet, in the emulator of S3."""
        for each in buckets:
            await self.ministack.ensure_bucket(each.name, versioned=each.versioned)

    async def secret(self, name: str) -> str:
        """Read a secret as ECS does when a task starts."""
        await self._aws_ready.wait()
        return await self.ministack.secret(name)

    async def start_database(
        self, instance: rds.Instance, spec: DatabaseSpec, lost: Collection[str]
    ) -> None:
        """Start a database, or take on what runs of it; nothing of it in a lost zone."""
        binaries = await asyncio.to_thread(find_binaries, spec.major)
        if binaries.major != spec.major:
            told = f"PostgreSQL {binaries.version} stands in for {spec.major}"
            self._tell("engine", instance.part, f"{told}: no other was found on this machine")

        async def point(role: Literal["writer", "reader"], address: Address | None) -> None:
            for id in (instance.id,) if role == "writer" else instance.readers:
                await self.envoy.point(id, address)

        database = Database(
            spec,
            binaries,
            self._host,
            self._store / "data" / instance.id,
            cache=self._template_folder(),
            logs=self._store / "logs",
            point=point,
            tell=lambda kind, text: self._tell(kind, instance.part, text),
            lost=lost,
        )
        self.databases[instance.id] = database
        await database.start()
        self._keep(instance.part, database.run)

    async def start_cache(
        self, group: elasticache.ReplicationGroup, spec: CacheSpec, lost: Collection[str]
    ) -> None:
        """Start a cache, or take on what runs of it; nothing of it in the zones that are lost."""
        program = await asyncio.to_thread(find_valkey)

        async def point(role: Literal["primary", "reader"], address: Address | None) -> None:
            primary, reader = group.endpoints
            await self.envoy.point(primary if role == "primary" else reader, address)

        cache = Cache(
            spec,
            program,
            self._host,
            self._store / "data" / group.id,
            logs=self._store / "logs",
            point=point,
            tell=lambda kind, text: self._tell(kind, group.part, text),
            lost=lost,
        )
        self.caches[group.id] = cache
        await cache.start()
        self._keep(group.part, cache.run)

    async def start_cluster(
        self, cluster: msk.KafkaCluster, spec: ClusterSpec, lost: Collection[str]
    ) -> None:
        """Start a Kafka cluster, or take on what runs of it; nothing in a lost zone."""

        async def point(address: Address | None) -> None:
            await self.envoy.point(cluster.id, address)

        engine = Cluster(
            spec,
            self._host,
            self._store / "data" / cluster.id,
            logs=self._store / "logs",
            point=point,
            tell=lambda text: self._tell("kafka", cluster.part, text),
        )
        self.clusters[cluster.id] = engine
        for zone in lost:
            await engine.zone_lost(zone)
        await engine.start()
        self._keep(cluster.part, engine.run)

    def _template_folder(self) -> Path:
        if self._host.capabilities.unprivileged == "nobody":
            # That user may not look into root's home.
            return self._store / "data" / "templates"
        return cache_folder("postgres")

    def node_address(self, instance: str, number: int, zone: int, port: int) -> Address:
        """Give a node of a database or a cache its address, the same after every restart."""
        kept = self._nodes.setdefault(instance, [])
        while len(kept) <= number:
            kept.append(self._book.task(zone, port))
        return kept[number]

    def record(self) -> dict[str, list[str]]:
        """Give the nodes' addresses as JSON-like data."""
        return {id: [str(each) for each in kept] for id, kept in self._nodes.items()}

    def resume(self, record: Mapping[str, list[str]]) -> None:
        """Take recorded addresses back."""
        self._nodes = {
            id: [Address.from_text(each) for each in kept] for id, kept in record.items()
        }

    def processes(self) -> dict[str, Process | None]:
        """Give Envoy's and ministack's processes; None for one that does not run."""
        found: dict[str, Process | None] = {MINISTACK: self.ministack.process}
        try:
            found[ENVOY] = self.envoy.process
        except (LookupError, RuntimeError):
            found[ENVOY] = None
        return found

    async def sweep(self, tasks: Collection[str]) -> None:
        """End what an earlier supervisor left and nobody knows any more."""
        nodes = {node.name for each in self.databases.values() for node in each.nodes}
        nodes |= {node.name for each in self.caches.values() for node in each.nodes}
        nodes |= {each.name for cluster in self.clusters.values() for each in cluster.members}
        swept = await self._host.sweep(keep={*tasks, *nodes, ENVOY, MINISTACK})
        if swept:
            self._tell("engine", "supervisor", f"ended what was left: {', '.join(swept)}")

    async def stop(self) -> None:
        """End every engine, databases and caches cleanly; then whatever is left."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(
            *(database.stop() for database in self.databases.values()),
            *(cache.stop() for cache in self.caches.values()),
            *(cluster.stop() for cluster in self.clusters.values()),
            self.ministack.stop(),
            self.envoy.stop(),
        )
        await self._host.sweep()

    async def _keep_envoy(self) -> None:
        await self.envoy.process.wait()
        self._tell("engine", ENVOY, "ended; starting it again")
        await self.envoy.restart()
        self._tell("engine", ENVOY, "runs again")

    async def _keep_ministack(self) -> None:
        if self.ministack.process:
            await self.ministack.process.wait()
        self._aws_ready.clear()
        self._tell("engine", MINISTACK, "ended; starting it again")
        await self.ministack.start()
        await self.ministack.ready()
        self._aws_ready.set()
        self._tell("engine", MINISTACK, "runs again")

    def _keep(self, name: str, once: Callable[[], Awaitable[None]]) -> None:
        async def again() -> None:
            while True:
                try:
                    await once()
                except Exception as error:  # whatever stops it, the engine is to run
                    self._tell("error", name, f"{type(error).__name__}: {error}")
                    await asyncio.sleep(AGAIN)

        self._keepers.append(asyncio.get_running_loop().create_task(again()))

"""A Kafka cluster for a test: brokers over three zones behind a real Envoy, gone afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import Envoy, Network, TcpEndpoint
from seatrial.local.engines.kafka import Cluster, ClusterSpec, Topic
from tests.local.engines.envoy.ground import Ground, ground

HANG = 60.0
ZONES = ("a", "b", "c")


class Running:
    """A cluster that runs, and what it told."""

    def __init__(self, place: Ground, topics: tuple[Topic, ...]) -> None:
        self.place = place
        self.told: list[str] = []
        self.envoy = Envoy(place.folder / "e", place.host)
        self.spec = ClusterSpec(
            "kafka",
            ZONES,
            tuple(place.book.task(number, 9092) for number, _ in enumerate(ZONES, start=1)),
            place.book.endpoint("kafka", 9092),
            place.book.endpoint("kafka-storage", 9000),
            topics,
        )
        self.cluster = self.make()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def servers(self) -> str:
        return str(self.spec.endpoint)

    def make(self) -> Cluster:
        async def point(address: Address | None) -> None:
            await self.envoy.point("kafka", address)

        folder = self.place.folder
        return Cluster(
            self.spec,
            self.place.host,
            folder / "data",
            logs=folder / "logs",
            point=point,
            tell=self.told.append,
        )

    async def start(self) -> None:
        endpoint = TcpEndpoint("kafka", self.spec.endpoint)
        await self.envoy.start(Network((), (), (endpoint,)))
        await self.cluster.start()
        self.keep()

    def keep(self) -> None:
        self._keeper = asyncio.create_task(self.cluster.run())

    async def let_go(self) -> None:
        """Stop keeping, as a supervisor that is killed does; the processes run on."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def stop(self) -> None:
        await self.let_go()
        await self.cluster.stop()
        await self.envoy.stop()

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + HANG
        while not holds():
            assert asyncio.get_running_loop().time() < deadline, f"{what}: {self.told}"
            await asyncio.sleep(0.01)

    def lead(self) -> str:
        return next((each.name for each in self.cluster.views if each.leads), "")

    async def whole(self) -> None:
        await self.until(
            lambda: all(each.running for each in self.cluster.members) and bool(self.lead()),
            "not everything runs",
        )

    def change(self, topics: tuple[Topic, ...]) -> ClusterSpec:
        self.spec = replace(self.spec, topics=topics)
        return self.spec


@asynccontextmanager
async def running(folder: Path, *topics: Topic) -> AsyncIterator[Running]:
    """Run a cluster; afterwards nothing of it is left."""
    async with ground(folder) as place:
        system = Running(place, topics)
        try:
            await system.start()
            yield system
        finally:
            await system.stop()

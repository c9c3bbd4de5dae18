"""The local cloud of one system: every part of the graph that runs here, together.

    graph + built sources -> addresses -> secrets -> network, engines, databases
                          -> the job that runs first -> services

`apply` brings what runs to what the graph says; it is the same for the first
start, for a changed description and for a supervisor that takes over. Nothing
is decided here: `control` decides, the rooms beside this one carry out.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from seatrial.graph import Graph
from seatrial.local import autoscaling, cloudwatch, elb, s3
from seatrial.local.addresses import Address, AddressBook
from seatrial.local.ecs.definition import ServiceDefinition, read_services
from seatrial.local.ecs.job import run_job
from seatrial.local.ecs.launch import Launcher
from seatrial.local.ecs.service import Service
from seatrial.local.engine_room import EngineRoom
from seatrial.local.engines.envoy import Network
from seatrial.local.events import Events
from seatrial.local.layout import Layout
from seatrial.local.measure import Meter
from seatrial.local.probe import probe
from seatrial.local.process import ProcessHost
from seatrial.local.stateful import Stateful
from seatrial.local.store import Store
from seatrial.local.wanted import Wanted
from seatrial.mistake import Mistake


class JobFailed(Mistake):
    """The job that runs before a new version did not succeed; nothing has changed."""


class Cloud:
    """All that runs of one system; one supervisor holds it."""

    def __init__(self, store: Store, wanted: Wanted, book: AddressBook) -> None:
        self.store = store
        self.wanted = wanted
        self.book = book
        self.events = Events(store / "events.jsonl")
        graph = wanted.graph
        self.host = ProcessHost(store / "processes", f"{graph.system}-{graph.environment}")
        self.woken = asyncio.Event()
        self.engines = EngineRoom(store, self.host, book, self._tell)
        self.envoy = self.engines.envoy
        self.databases = self.engines.databases
        self.caches = self.engines.caches
        self.clusters = self.engines.clusters
        self.lost: set[str] = set()
        self.stateful = Stateful(store, self.engines, self.events, wanted.pace, self.lost)
        self.balancer = elb.LoadBalancer(
            self.envoy,
            probe,
            wanted.pace,
            self.woken.set,
            lambda said: self._tell("error", "load balancer", said),
        )
        self.services: dict[str, Service] = {}
        self.meter = Meter(self)
        self.scaling: dict[str, autoscaling.Scaling] = {}
        self.alarms: list[cloudwatch.WatchedAlarm] = []
        self.filters: list[cloudwatch.LogFilter] = []
        self.dirty = False
        self.known = False
        """Whether all that runs is known: not yet while an earlier supervisor's is taken on."""
        self.started = False
        """Whether the start is over, with the jobs that run first."""
        self.layout = Layout(graph, book)
        self._launcher = Launcher(
            self.host,
            store / "logs",
            lambda: self.layout.resolver,
            lambda secret: self.stateful.read(self.layout, secret),
            lambda: {
                **self.engines.ministack.environ,
                "AWS_REGION": self.wanted.graph.region,
                "AWS_DEFAULT_REGION": self.wanted.graph.region,
            },
        )

    # -- starting and changing -------------------------------------------------------------

    async def start(self, state: Mapping[str, Any] | None) -> None:
        """Start everything, or take on what an earlier supervisor left running."""
        self.engines.resume((state or {}).get("nodes", {}))
        self.lost |= set((state or {}).get("lost", ()))
        graph = self.wanted.graph
        self._read(graph)
        self.stateful.make_secrets(self.layout)
        self._resume_scaling(state or {})
        await asyncio.gather(
            self.engines.start_envoy(self._network(self.wanted)),
            self.engines.start_ministack(
                self.stateful.secrets, s3.read_buckets(graph, self.layout.resolver)
            ),
            self.stateful.start(self.layout),
        )
        definitions = read_services(
            graph, self.layout.resolver, self.layout.zones, self.wanted.built
        )
        for definition in definitions:
            service = self._service(definition)
            known = (state or {}).get("services", {}).get(definition.id)
            if known:
                service.resume(known, self.host.adopt)
        kept = {p.process_name(t) for p in self.services.values() for t in p.tasks.values()}
        await self.engines.sweep(kept)
        self.known = True
        await self._first_jobs(definitions)
        self.started = True
        self.woken.set()

    async def _first_jobs(self, definitions: list[ServiceDefinition]) -> None:
        """Start the services' tasks and, beside them, the jobs that let them take traffic."""
        waiting: dict[str, list[ServiceDefinition]] = {}
        for definition in definitions:
            service = self.services[definition.id]
            new = service.deployments.version != definition.task.version and not service.tasks
            if definition.before and (new or not service.open):
                service.open = False
                waiting.setdefault(definition.before.version, []).append(definition)
            service.deploy(definition)
        for service in self.services.values():
            service.reconcile()
        self.save()
        await asyncio.gather(*(self._first_job(each) for each in waiting.values()))

    async def _first_job(self, definitions: list[ServiceDefinition]) -> None:
        await self._run_job(definitions[0])
        for definition in definitions:
            self.services[definition.id].opened()
        self.dirty = True

    async def apply(self, wanted: Wanted) -> dict[str, Any]:
        """Bring what runs to what another graph says: a rolling deployment of what changed."""
        old = self.wanted
        wanted = replace(wanted, pace=old.pace)  # timers that run keep the pace they began with
        graph = wanted.graph
        self._read(graph)
        try:
            self.stateful.make_secrets(self.layout)
            await self.envoy.change(self._network(wanted))
            await self.engines.publish(self.stateful.secrets)
            await self.engines.make_buckets(s3.read_buckets(graph, self.layout.resolver))
            await self.stateful.start_missing(self.layout)
            definitions = read_services(
                graph, self.layout.resolver, self.layout.zones, wanted.built
            )
            for before in self._jobs_needed(definitions):
                await self._run_job(before)
        except BaseException:
            self._read(old.graph)
            self.stateful.make_secrets(self.layout)
            await self.envoy.change(self._network(old))
            raise
        self.wanted = wanted
        changed = [self._deploy(definition) for definition in definitions]
        await self._remove_missing({each.id for each in definitions})
        self.store.write("system.json", wanted.record())
        self.save()
        self.woken.set()
        return {"changed": [name for name in changed if name]}

    def _jobs_needed(self, definitions: list[ServiceDefinition]) -> list[ServiceDefinition]:
        """Give one service for each job that has to run before a new version of it."""
        needed: dict[str, ServiceDefinition] = {}
        for each in definitions:
            service = self.services.get(each.id)
            new = service is None or service.deployments.version != each.task.version
            if each.before and new:
                needed[each.before.version] = each
        return list(needed.values())

    def _deploy(self, definition: ServiceDefinition) -> str:
        service = self.services.get(definition.id) or self._service(definition)
        return definition.name if service.deploy(definition) else ""

    async def _run_job(self, definition: ServiceDefinition) -> None:
        job = definition.before
        assert job
        self.events.tell("job", job.name, f"runs before {definition.name}")
        began = time.monotonic()
        outcome = await run_job(self._launcher, job)
        if outcome.succeeded:
            seconds = time.monotonic() - began
            self.events.tell("job", job.name, f"succeeded in {seconds:.1f} s")
            return
        ended = "took too long" if outcome.code is None else f"ended with {outcome.code}"
        said = "".join(f"\n    {line}" for line in outcome.lines)
        self.events.tell("job", job.name, f"{ended}; nothing has changed")
        raise JobFailed(f"the job {job.name!r} {ended}, so {definition.name!r} is as it was.{said}")

    async def _remove_missing(self, wanted: set[str]) -> None:
        for id in set(self.services) - wanted:
            service = self.services.pop(id)
            await service.close()
            self.events.tell("service", service.name, "removed")

    def _service(self, definition: ServiceDefinition) -> Service:
        service = Service(
            definition,
            self._launcher,
            self.balancer,
            self._task_address,
            self.book.release,
            self.wanted.pace,
            self._tell,
            self._wake,
        )
        service.lost = self.lost
        self.services[definition.id] = service
        return service

    def _task_address(self, zone: str, port: int) -> Address:
        return self.layout.task(zone, port)

    def _tell(self, kind: str, part: str, text: str) -> None:
        self.events.tell(kind, part, text)
        self._wake()

    def _wake(self) -> None:
        self.dirty = True
        self.woken.set()

    # -- reading the graph -----------------------------------------------------------------

    def _read(self, graph: Graph) -> None:
        """Take on a graph: its layout, target groups, scaling, alarms."""
        pace = self.wanted.pace
        self.layout = Layout(graph, self.book)
        self.balancer.define(elb.read_groups(graph))
        known = {id: each.record() for id, each in self.scaling.items()}
        self.scaling = {
            each.service: each
            for each in autoscaling.read_scaling(graph, self.layout.resolver, pace)
        }
        self.alarms = cloudwatch.read_alarms(graph, self.layout.resolver, pace)
        self.filters = cloudwatch.read_filters(graph)
        for id, record in known.items():
            if id in self.scaling:
                bounds = self.scaling[id].bounds
                self.scaling[id].resume(record)
                self.scaling[id].bounds = bounds

    def _network(self, wanted: Wanted) -> Network:
        """Give what the proxy is to run, its secrets known."""
        read = partial(self.stateful.known, self.layout)
        return self.layout.network(wanted.sites, read)

    def changed(self) -> None:
        """Have the services looked at, and the state saved."""
        self._wake()

    def log(self, process_name: str) -> Path:
        """Give the file that a process writes to."""
        return self._launcher.log(process_name)

    # -- zones -----------------------------------------------------------------------------

    async def lose_zone(self, zone: str) -> None:
        """Take a zone away: everything in it dies, nothing starts there."""
        self.lost.add(zone)
        self.events.tell("zone", zone, "lost")
        dying = [
            task.process.kill()
            for service in self.services.values()
            for task in service.tasks.values()
            if task.zone == zone and task.process
        ]
        databases = [database.zone_lost(zone) for database in self.databases.values()]
        caches = [cache.zone_lost(zone) for cache in self.caches.values()]
        clusters = [cluster.zone_lost(zone) for cluster in self.clusters.values()]
        await asyncio.gather(*dying, *databases, *caches, *clusters)
        self._wake()

    async def return_zone(self, zone: str) -> None:
        """Give a zone back."""
        self.lost.discard(zone)
        self.events.tell("zone", zone, "back")
        await asyncio.gather(
            *(each.zone_back(zone) for each in self.databases.values()),
            *(each.zone_back(zone) for each in self.caches.values()),
            *(each.zone_back(zone) for each in self.clusters.values()),
        )
        self._wake()

    # -- working ---------------------------------------------------------------------------

    def look(self) -> None:
        """Let every service look at its tasks once, and save what changed."""
        for service in self.services.values():
            service.reconcile()
        if self.dirty:
            self.save()

    def save(self) -> None:
        """Write the state; a full disk is told and tried again at the next change."""
        try:
            self.store.write("state.json", self._record())
            self.dirty = False
        except Mistake as mistake:
            self.events.tell("error", "supervisor", str(mistake))

    def _record(self) -> dict[str, Any]:
        return {
            "book": self.book.as_json(),
            "nodes": self.engines.record(),
            "services": {id: each.record() for id, each in self.services.items()},
            "scaling": {id: each.record() for id, each in self.scaling.items()},
            "lost": sorted(self.lost),
        }

    def _resume_scaling(self, state: Mapping[str, Any]) -> None:
        """Take recorded cool-downs back."""
        for id, record in state.get("scaling", {}).items():
            if id in self.scaling:
                self.scaling[id].resume(record)

    async def stop(self) -> None:
        """End everything that runs; data stays."""
        self.balancer.close()
        await asyncio.gather(*(service.close() for service in self.services.values()))
        await self.engines.stop()
        self.save()
        self.host.close()

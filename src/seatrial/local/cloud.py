"""The local cloud of one system: every part of the graph that runs here, together.

    graph + built sources -> addresses -> secrets -> network, engines, databases
                          -> the job that runs first -> services

`apply` brings what runs to what the graph says; it is the same for the first
start, for a changed description and for a supervisor that takes over. Nothing
is decided here: `control` decides, the rooms beside this one carry out.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from seatrial.graph import Graph
from seatrial.graph.values import Secret
from seatrial.local import autoscaling, cloudwatch, elb, rds
from seatrial.local.addresses import Address, AddressBook
from seatrial.local.ecs.definition import ServiceDefinition, read_services
from seatrial.local.ecs.job import run_job
from seatrial.local.ecs.launch import Launcher
from seatrial.local.ecs.service import Service
from seatrial.local.engines.envoy import Envoy, Network, TcpEndpoint
from seatrial.local.engines.ministack import Ministack
from seatrial.local.engines.postgres import Database, find_binaries
from seatrial.local.events import Events
from seatrial.local.measure import Meter
from seatrial.local.probe import probe
from seatrial.local.process import Process, ProcessHost
from seatrial.local.resolve import Resolver, zone_name
from seatrial.local.secretsmanager import SecretsManager, pick
from seatrial.local.store import Store
from seatrial.local.wanted import Wanted
from seatrial.mistake import Mistake

MINISTACK_PORT = 4566
HTTP = 80
ENVOY, MINISTACK = "envoy", "ministack"


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
        self.envoy = Envoy(store / "envoy", self.host, name=ENVOY)
        self.balancer = elb.LoadBalancer(self.envoy, probe, wanted.pace, self.woken.set)
        self.ministack = Ministack(
            store / "ministack", self.host, book.endpoint("aws", MINISTACK_PORT)
        )
        self.services: dict[str, Service] = {}
        self.databases: dict[str, Database] = {}
        self.nodes: dict[str, list[Address]] = {}
        self.secrets: dict[str, str] = {}
        self.meter = Meter(self)
        self.scaling: dict[str, autoscaling.Scaling] = {}
        self.alarms: list[cloudwatch.WatchedAlarm] = []
        self.filters: list[cloudwatch.LogFilter] = []
        self.zones: tuple[str, ...] = ()
        self.lost: set[str] = set()
        self.dirty = False
        self.known = False
        """Whether all that runs is known: not yet while an earlier supervisor's is taken on."""
        self.started = False
        """Whether the start is over, with the jobs that run first."""
        self._kept: list[asyncio.Task[None]] = []
        self._resolver = Resolver(graph, {})
        self._aws_ready = asyncio.Event()
        self._launcher = Launcher(
            self.host,
            store / "logs",
            lambda: self._resolver,
            self._read_secret,
            lambda: {
                **self.ministack.environ,
                "AWS_REGION": self.wanted.graph.region,
                "AWS_DEFAULT_REGION": self.wanted.graph.region,
            },
        )

    # -- starting and changing -------------------------------------------------------------

    async def start(self, state: Mapping[str, Any] | None) -> None:
        """Start everything, or take on what an earlier supervisor left running."""
        self._restore(state or {})
        graph = self.wanted.graph
        self._read(graph)
        self._make_secrets(graph)
        network = self._network(graph)
        await asyncio.gather(
            self._start_envoy(network),
            self._start_ministack(),
            *(self._start_database(each) for each in rds.read_instances(graph)),
        )
        definitions = read_services(graph, self._resolver, self.zones, self.wanted.built)
        for definition in definitions:
            service = self._service(definition)
            known = (state or {}).get("services", {}).get(definition.id)
            if known:
                service.resume(known, self.host.adopt)
        kept = {p.process_name(t) for p in self.services.values() for t in p.tasks.values()}
        await self._sweep(kept)
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
        graph = wanted.graph
        self._read(graph)
        try:
            self._make_secrets(graph)
            await self.envoy.change(self._network(graph))
            await self._publish_secrets()
            for instance in rds.read_instances(graph):
                if instance.id not in self.databases:
                    await self._start_database(instance)
            definitions = read_services(graph, self._resolver, self.zones, wanted.built)
            for before in self._jobs_needed(definitions):
                await self._run_job(before)
        except BaseException:
            self._read(old.graph)
            self._make_secrets(old.graph)
            await self.envoy.change(self._network(old.graph))
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
            lambda zone, port: self.book.task(self.zones.index(zone) + 1, port),
            self.book.release,
            self.wanted.pace,
            self._tell,
            self._wake,
        )
        service.lost = self.lost
        self.services[definition.id] = service
        return service

    def _tell(self, kind: str, part: str, text: str) -> None:
        self.events.tell(kind, part, text)
        self._wake()

    def _wake(self) -> None:
        self.dirty = True
        self.woken.set()

    # -- reading the graph -----------------------------------------------------------------

    def _read(self, graph: Graph) -> None:
        """Take on a graph: zones, endpoints, groups, scaling, alarms."""
        pace = self.wanted.pace
        subnets = graph.of("AWS::EC2::Subnet")
        count = len({str(each.properties["AvailabilityZone"]) for each in subnets}) or 1
        self.zones = tuple(zone_name(graph.region, index) for index in range(count))
        endpoints = {
            each: self._endpoint(graph, each, instance)
            for instance in rds.read_instances(graph)
            for each in instance.endpoints
        }
        listeners = graph.of(elb.LISTENER)
        if listeners:
            endpoints |= {
                each.id: self._listener_address(listeners[-1].properties["Port"])
                for each in graph.of(elb.BALANCER)
            }
        self._resolver = Resolver(graph, endpoints)
        self.balancer.define(elb.read_groups(graph))
        known = {id: each.record() for id, each in self.scaling.items()}
        self.scaling = {each.service: each for each in autoscaling.read_scaling(graph, pace)}
        self.alarms = cloudwatch.read_alarms(graph, self._resolver, pace)
        self.filters = cloudwatch.read_filters(graph)
        for id, record in known.items():
            if id in self.scaling:
                bounds = self.scaling[id].bounds
                self.scaling[id].resume(record)
                self.scaling[id].bounds = bounds

    def _endpoint(self, graph: Graph, id: str, instance: rds.Instance) -> Address:
        own = rds.own_database(instance.own_engine) if instance.own_engine else None
        if own:
            return own.address
        return self.book.endpoint(f"db-{id}", int(graph[instance.id].properties["Port"]))

    def _listener_address(self, port: int) -> Address:
        return self.book.endpoint("load-balancer", port)

    def _network(self, graph: Graph) -> Network:
        listeners, groups = elb.read_listeners(graph, self._listener_address)
        endpoints = [
            TcpEndpoint(id, self._endpoint(graph, id, instance))
            for instance in rds.read_instances(graph)
            if not (instance.own_engine and rds.own_database(instance.own_engine))
            for id in instance.endpoints
        ]
        return Network(listeners, groups, tuple(endpoints))

    @property
    def address(self) -> str | None:
        """Where the system answers; None without a load balancer."""
        listeners = self.wanted.graph.of(elb.LISTENER)
        if not listeners:
            return None
        address = self._listener_address(listeners[-1].properties["Port"])
        return f"http://{address.host if address.port == HTTP else address}"

    # -- secrets ---------------------------------------------------------------------------

    def _make_secrets(self, graph: Graph) -> None:
        known = self.store.read("secrets.json") or {}
        self.secrets = SecretsManager(graph, self._resolver, known).values
        for instance in rds.read_instances(graph):
            own = rds.own_database(instance.own_engine) if instance.own_engine else None
            if own:
                name = self._credentials(graph, instance)
                content = json.loads(self.secrets[name])
                content |= {"username": own.user, "password": own.password, "dbname": own.database}
                self.secrets[name] = json.dumps(content)
        if self.secrets != known:
            self.store.write("secrets.json", self.secrets)

    def _credentials(self, graph: Graph, instance: rds.Instance) -> str:
        secret = graph[instance.id].properties["MasterUserPassword"]
        return self._resolver.text(graph[secret.id].properties["Name"])

    async def _publish_secrets(self) -> None:
        for name, value in self.secrets.items():
            await self.ministack.put_secret(name, value)

    async def _read_secret(self, secret: Secret) -> str:
        await self._aws_ready.wait()
        name = self._resolver.text(self._graph_name(secret.id))
        return pick(await self.ministack.secret(name), secret.key)

    def _graph_name(self, id: str) -> Any:
        return self.wanted.graph[id].properties["Name"]

    # -- engines ---------------------------------------------------------------------------

    async def _start_envoy(self, network: Network) -> None:
        if not await self.envoy.adopt(network):
            await self.envoy.start(network)
        self._keep(self._keep_envoy())

    async def _keep_envoy(self) -> None:
        while True:
            await self.envoy.process.wait()
            self.events.tell("engine", "envoy", "ended; starting it again")
            await self.envoy.restart()
            self.events.tell("engine", "envoy", "runs again")

    async def _start_ministack(self) -> None:
        if not await self.ministack.adopt():
            await self.ministack.start()
        await self.ministack.ready()
        await self._publish_secrets()
        self._aws_ready.set()
        self._keep(self._keep_ministack())

    async def _keep_ministack(self) -> None:
        while True:
            assert self.ministack.process
            await self.ministack.process.wait()
            self._aws_ready.clear()
            self.events.tell("engine", "ministack", "ended; starting it again")
            await self.ministack.start()
            await self.ministack.ready()
            self._aws_ready.set()
            self.events.tell("engine", "ministack", "runs again")

    async def _start_database(self, instance: rds.Instance) -> None:
        graph = self._resolver.graph
        if instance.own_engine and rds.own_database(instance.own_engine):
            self.events.tell("engine", instance.part, f"is the one in {instance.own_engine}")
            return
        credentials = json.loads(self.secrets[self._credentials(graph, instance)])
        spec = rds.specify(
            graph, instance, credentials, self.zones, self._node_address, self.wanted.pace
        )
        binaries = await asyncio.to_thread(find_binaries, spec.major)
        if binaries.major != spec.major:
            self.events.tell(
                "engine",
                instance.part,
                f"PostgreSQL {binaries.version} stands in for {spec.major}: "
                "no other was found on this machine",
            )

        async def point(role: str, address: Address | None) -> None:
            if role == "writer":
                await self.envoy.point(instance.id, address)
            else:
                for reader in instance.readers:
                    await self.envoy.point(reader, address)

        database = Database(
            spec,
            binaries,
            self.host,
            self.store / "data" / instance.id,
            cache=self.store / "data" / "templates",
            logs=self.store / "logs",
            point=point,
            tell=lambda kind, text: self._tell(kind, instance.part, text),
        )
        self.databases[instance.id] = database
        self.dirty = True
        self.save()
        await database.start()
        self._keep(self._keep_database(instance.part, database))

    async def _keep_database(self, part: str, database: Database) -> None:
        while True:
            await database.run()
            self.events.tell("error", part, "nobody watched the database; starting again")

    def _node_address(self, name: str, zone: int, port: int) -> Address:
        instance, _, number = name.rpartition("-")
        kept = self.nodes.setdefault(instance, [])
        while len(kept) <= int(number):
            kept.append(self.book.task(zone, port))
        return kept[int(number)]

    def _keep(self, work: Any) -> None:
        self._kept.append(asyncio.get_running_loop().create_task(self._again(work)))

    async def _again(self, work: Any) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.events.tell("error", "supervisor", f"{type(error).__name__}: {error}")
            raise

    async def _sweep(self, tasks: set[str]) -> None:
        """End what an earlier supervisor left and nobody knows any more."""
        nodes = {node.name for each in self.databases.values() for node in each.nodes}
        swept = await self.host.sweep(keep=tasks | nodes | {ENVOY, MINISTACK})
        if swept:
            self.events.tell("engine", "supervisor", f"ended what was left: {', '.join(swept)}")

    def changed(self) -> None:
        """Have the services looked at, and the state saved."""
        self._wake()

    def log(self, process_name: str) -> Path:
        """Give the file that a process writes to."""
        return self._launcher.log(process_name)

    def endpoint(self, id: str) -> Address | None:
        """Give the stable address of a database."""
        return self._resolver.endpoints.get(id)

    def engine(self, engine: Envoy | Ministack) -> Process | None:
        """Give an engine's process; None while it has none."""
        try:
            return engine.process
        except LookupError:
            return None

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
        await asyncio.gather(*dying, *databases)
        self._wake()

    async def return_zone(self, zone: str) -> None:
        """Give a zone back."""
        self.lost.discard(zone)
        self.events.tell("zone", zone, "back")
        await asyncio.gather(*(each.zone_back(zone) for each in self.databases.values()))
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
            "nodes": {id: [str(each) for each in kept] for id, kept in self.nodes.items()},
            "services": {id: each.record() for id, each in self.services.items()},
            "scaling": {id: each.record() for id, each in self.scaling.items()},
            "lost": sorted(self.lost),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.nodes = {
            id: [Address.from_text(each) for each in kept]
            for id, kept in state.get("nodes", {}).items()
        }
        self.lost |= set(state.get("lost", ()))

    def resume_scaling(self, state: Mapping[str, Any]) -> None:
        """Take recorded cool-downs back."""
        for id, record in state.get("scaling", {}).items():
            if id in self.scaling:
                self.scaling[id].resume(record)

    async def stop(self) -> None:
        """End everything that runs; data stays."""
        for kept in self._kept:
            kept.cancel()
        self.balancer.close()
        await asyncio.gather(*(service.close() for service in self.services.values()))
        await asyncio.gather(
            *(database.stop() for database in self.databases.values()),
            self.ministack.stop(),
            self.envoy.stop(),
        )
        with suppress(asyncio.CancelledError):
            await self.host.sweep()
        self.host.close()

"""Measure what runs, once a second, under CloudWatch's names.

Takes a running cloud; puts samples into `cloudwatch.Metrics`, and at the end of
each period lets autoscaling and the alarms look. It changes nothing but the
number of tasks that autoscaling decides.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from seatrial.local import msk
from seatrial.local.autoscaling import Scaling
from seatrial.local.cloudwatch import LogFilter, Metrics, WatchedAlarm
from seatrial.local.ecs.service import Service
from seatrial.local.ecs.task import Task
from seatrial.local.elasticache import node_id
from seatrial.local.elb import LoadBalancer
from seatrial.local.engines.envoy import Envoy, GroupCount, Snapshot, Window
from seatrial.local.engines.envoy.admin import NotAnswering
from seatrial.local.engines.kafka import Cluster
from seatrial.local.engines.postgres import Database
from seatrial.local.engines.redis import Cache
from seatrial.local.events import Events
from seatrial.local.layout import Layout
from seatrial.local.wanted import Wanted

MINUTE = 60.0
LOOK = 1.0
"""Seconds between measurements."""


class Measured(Protocol):
    """What is measured: the running parts of one system."""

    envoy: Envoy
    balancer: LoadBalancer
    events: Events

    @property
    def wanted(self) -> Wanted:
        """What runs, and at which pace."""
        ...

    @property
    def services(self) -> Mapping[str, Service]:
        """The services by logical id."""
        ...

    @property
    def databases(self) -> Mapping[str, Database]:
        """The databases by logical id."""
        ...

    @property
    def caches(self) -> Mapping[str, Cache]:
        """The caches by logical id."""
        ...

    @property
    def clusters(self) -> Mapping[str, Cluster]:
        """The Kafka clusters by logical id."""
        ...

    @property
    def layout(self) -> Layout:
        """Where everything is, and what the graph says of it."""
        ...

    @property
    def scaling(self) -> Mapping[str, Scaling]:
        """The scalable targets by their service's logical id."""
        ...

    @property
    def alarms(self) -> Sequence[WatchedAlarm]:
        """The alarms."""
        ...

    @property
    def filters(self) -> Sequence[LogFilter]:
        """The metric filters."""
        ...

    def log(self, process_name: str) -> Path:
        """Give the file that a process writes to."""
        ...

    def changed(self) -> None:
        """Have the services looked at."""
        ...


class Meter:
    """Measures one system."""

    def __init__(self, cloud: Measured) -> None:
        self._cloud = cloud
        self.metrics = Metrics()
        self.window: Window | None = None
        self._snapshot: Snapshot | None = None
        self._measured = time.time()
        self._period_end = 0.0
        self._scaled = time.time()

    async def measure(self) -> None:
        """Take one sample of everything."""
        now = time.time()
        elapsed = max(now - self._measured, 0.001)
        self._measured = now
        for service in self._cloud.services.values():
            self._measure_service(service, now, elapsed)
        await self._measure_balancer(now)
        await self._measure_databases(now)
        await self._measure_caches(now)
        await self._measure_clusters(now)
        self._count_lines(now)
        period = self._cloud.wanted.pace.timer(MINUTE)
        if now >= self._period_end:
            self._period_end = (now // period + 1) * period
            self._scale(now, self._scaled)
            self._scaled = now
        for alarm in self._cloud.alarms:
            change = alarm.evaluate(now, self.metrics)
            if change and not (change.before == "INSUFFICIENT_DATA" and change.after == "OK"):
                told = f"{change.after}: {alarm.name} ({change.reason})"
                self._cloud.events.tell("alarm", alarm.part, told)

    def _measure_service(self, service: Service, now: float, elapsed: float) -> None:
        running = [each for each in service.tasks.values() if each.process]
        for task in running:
            self._measure_task(service, task, elapsed)
        values = {
            "CPUUtilization": _mean([t.cpu_percent for t in running if t.cpu_percent is not None]),
            "MemoryUtilization": _mean(
                [t.memory_percent for t in running if t.memory_percent is not None]
            ),
            "DesiredTaskCount": float(service.desired),
            "RunningTaskCount": float(service.running),
        }
        self.metrics.put(now, service.definition.id, values)

    def _measure_task(self, service: Service, task: Task, elapsed: float) -> None:
        definition = service.versions[task.version]
        assert task.process
        usage = task.process.usage()
        used = usage.cpu_seconds - task.cpu_seconds
        task.cpu_seconds = usage.cpu_seconds
        # Without an enforced limit a busy task reads 316 % of its share, and scaling runs away.
        task.cpu_percent = min(100.0, max(0.0, 100 * used / elapsed / definition.cpu))
        task.memory_percent = min(100.0, 100 * usage.memory / definition.memory)

    async def _measure_balancer(self, now: float) -> None:
        try:
            snapshot = await self._cloud.envoy.snapshot()
        except NotAnswering:
            return  # it is being started again; what it counts meanwhile begins at zero
        before, self._snapshot = self._snapshot, snapshot
        if before is None:
            return
        self.window = snapshot.since(before)
        for group, count in self.window.groups.items():
            self._put_group(now, group, count)

    def _put_group(self, now: float, group: str, count: GroupCount) -> None:
        healthy, unhealthy = self._cloud.balancer.counts(group)
        self.metrics.put(
            now,
            group,
            {
                "RequestCount": float(count.requests),
                "RequestCountPerTarget": count.requests / healthy if healthy else None,
                "TargetResponseTime": count.average,
                "HealthyHostCount": float(healthy),
                "UnHealthyHostCount": float(unhealthy),
                "TargetConnectionErrorCount": float(count.connection_errors),
                **{
                    f"HTTPCode_Target_{digit}XX_Count": float(count.targets.get(digit, 0))
                    for digit in (2, 3, 4, 5)
                },
                **{f"HTTPCode_ELB_{code}_Count": float(n) for code, n in count.elb.items()},
            },
        )

    async def _measure_databases(self, now: float) -> None:
        for id, database in self._cloud.databases.items():
            try:
                self.metrics.put(now, id, await database.metrics())
            except Exception:  # noqa: S112 - a database in trouble has no metrics, as on AWS
                continue

    async def _measure_caches(self, now: float) -> None:
        for id, cache in self._cloud.caches.items():
            try:
                found = await cache.metrics()
            except Exception:  # noqa: S112 - a cache in trouble has no metrics, as on AWS
                continue
            for number, node in enumerate(cache.nodes, start=1):
                self.metrics.put(now, node_id(id, number), found.get(node.name, {}))
            # What is asked of the group is asked of its nodes' highest, as our alarms do.
            names = {name for values in found.values() for name in values}
            highest = {name: max(v[name] for v in found.values() if name in v) for name in names}
            self.metrics.put(now, id, highest)

    async def _measure_clusters(self, now: float) -> None:
        known = (
            {each.id: each for each in self._cloud.layout.clusters} if self._cloud.clusters else {}
        )
        for id, cluster in self._cloud.clusters.items():
            await cluster.measure()
            if id in known:
                for of, values in msk.measure(known[id], cluster.lags, cluster.views).items():
                    self.metrics.put(now, of, values)

    def _count_lines(self, now: float) -> None:
        logs = [
            self._cloud.log(service.process_name(task))
            for service in self._cloud.services.values()
            for task in service.tasks.values()
        ]
        for each in self._cloud.filters:
            self.metrics.put(now, each.namespace, {each.metric: float(each.count(logs))})

    def _scale(self, now: float, start: float) -> None:
        for id, scaling in self._cloud.scaling.items():
            service = self._cloud.services.get(id)
            if service is None:
                continue
            scaling.observe(now, self._datapoints(service, now, start))
            decision = scaling.decide(
                now, service.desired, deploying=service.deployments.in_progress
            )
            if decision and decision.desired != service.desired:
                self._cloud.events.tell(
                    "scaling",
                    service.name,
                    f"{service.desired} -> {decision.desired} tasks: {decision.reason}",
                )
                service.desired = decision.desired
                self._cloud.changed()

    def _datapoints(self, service: Service, now: float, start: float) -> dict[str, float | None]:
        id, group = service.definition.id, service.definition.group
        found = {
            name: self.metrics.average(id, name, start)
            for name in ("CPUUtilization", "MemoryUtilization")
        }
        if group:
            # The metric is a minute's count; what was counted since `start` is a part of one.
            total = self.metrics.total(group, "RequestCountPerTarget", start)
            scale = MINUTE / max(now - start, LOOK)
            found["RequestCountPerTarget"] = None if total is None else total * scale
        for name, formula in self._cloud.scaling[id].formulas.items():
            found[name] = self.metrics.calculate(formula, start)
        return found


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None

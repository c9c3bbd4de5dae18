"""What runs, where, and how it is: the one answer behind `status`, the live table and `--json`.

Plain data; it lists every process of ours and never a secret.
"""

import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from seatrial.local.ecs.service import Service
from seatrial.local.elasticache import node_id
from seatrial.local.engine_room import ENVOY, MINISTACK
from seatrial.local.engines.kafka import Cluster
from seatrial.local.engines.postgres import Database
from seatrial.local.engines.redis import Cache
from seatrial.local.process import Process
from seatrial.local.resolve import READER

if TYPE_CHECKING:
    from seatrial.local.cloud import Cloud


def report(cloud: "Cloud", warden: str, since: float) -> dict[str, Any]:
    """Give the whole state as JSON-like data; times in seconds since the epoch."""
    graph = cloud.wanted.graph
    return {
        "system": graph.system,
        "environment": graph.environment,
        "region": graph.region,
        "pace": cloud.wanted.pace.factor,
        "address": cloud.layout.address,
        "load_balancer": cloud.layout.balancer,
        "since": since,
        "at": time.time(),
        "zones": [{"name": each, "lost": each in cloud.lost} for each in cloud.layout.zones],
        "services": [_service(cloud, each) for each in cloud.services.values()],
        "databases": [_database(cloud, id, each) for id, each in cloud.databases.items()],
        "caches": [_cache(cloud, id, each) for id, each in cloud.caches.items()],
        "clusters": [_cluster(id, each) for id, each in cloud.clusters.items()],
        "engines": _engines(cloud, warden),
        "alarms": [
            {"name": each.name, "state": each.alarm.state, "metric": each.metric}
            for each in cloud.alarms
        ],
        "events": [asdict(each) for each in list(cloud.events.recent)[-20:]],
        "healthy": healthy(cloud),
    }


def healthy(cloud: "Cloud") -> bool:
    """Say whether each service has what it wants, each store a primary, each Kafka a broker."""
    services = all(
        each.open
        and each.running >= each.desired
        and each.deployments.current is not None
        and each.deployments.current.status == "COMPLETED"
        for each in cloud.services.values()
    )
    writers = all(
        any(node.role == "primary" and node.state == "running" for node in database.nodes)
        for database in cloud.databases.values()
    )
    primaries = all(
        any(node.role == "primary" and node.state == "running" for node in cache.nodes)
        for cache in cloud.caches.values()
    )
    clusters = all(any(each.leads for each in of.views) for of in cloud.clusters.values())
    return cloud.started and services and writers and primaries and clusters


def _service(cloud: "Cloud", service: Service) -> dict[str, Any]:
    group = service.definition.group
    deployment = service.deployments.current
    scaling = cloud.scaling.get(service.definition.id)
    traffic = None
    window = cloud.meter.window
    if group and window and group in window.groups:
        count = window.groups[group]
        traffic = {
            "requests_per_second": count.requests / window.seconds if window.seconds else 0.0,
            "p95": count.percentile(0.95),
            "target_codes": {f"{digit}xx": n for digit, n in count.targets.items()},
            "elb_codes": {str(code): n for code, n in count.elb.items()},
        }
    return {
        "name": service.name,
        "id": service.definition.id,
        "desired": service.desired,
        "running": service.running,
        "version": service.deployments.version,
        "deployment": None
        if deployment is None
        else {
            "id": deployment.id,
            "version": deployment.version,
            "status": deployment.status,
            "reason": deployment.reason,
            "rolls_back": deployment.rolls_back,
        },
        "asked": None
        if service.asked is None
        else {
            "version": service.asked.version,
            "status": service.asked.status,
            "reason": service.asked.reason,
        },
        "scaling": None
        if scaling is None
        else {
            "min": scaling.bounds.minimum,
            "max": scaling.bounds.maximum,
            "last": asdict(scaling.last) if scaling.last else None,
        },
        "metrics": cloud.meter.metrics.latest(service.definition.id),
        "traffic": traffic,
        "tasks": [
            {
                "id": task.id,
                "name": service.process_name(task),
                "zone": task.zone,
                "address": str(task.address) if task.address else None,
                "state": task.state,
                "reason": task.reason,
                "version": task.version,
                "pid": _pid(task.process),
                "started": task.started,
                "cpu": task.cpu_percent,
                "memory": task.memory_percent,
            }
            for task in sorted(service.tasks.values(), key=lambda each: (each.zone, each.started))
        ],
    }


def _database(cloud: "Cloud", id: str, database: Database) -> dict[str, Any]:
    return {
        "name": database.spec.name,
        "id": id,
        "endpoint": str(cloud.layout.endpoint(id)),
        "version": database.binaries.version,
        "metrics": cloud.meter.metrics.latest(id),
        "nodes": [
            {
                "name": node.name,
                "zone": node.zone,
                "role": str(node.role),
                "state": str(node.state),
                "address": str(node.address),
                "pid": node.pid,
            }
            for node in database.nodes
        ],
    }


def _cache(cloud: "Cloud", id: str, cache: Cache) -> dict[str, Any]:
    latest = cloud.meter.metrics.latest
    return {
        "name": cache.spec.name,
        "id": id,
        "endpoint": str(cloud.layout.endpoint(id)),
        "reader": str(cloud.layout.endpoint(f"{id}{READER}")),
        "version": f"{cache.program.name} {cache.program.version}",
        "nodes": [
            {
                "name": node.name,
                "zone": node.zone,
                "role": str(node.role),
                "state": str(node.state),
                "address": str(node.address),
                "pid": node.pid,
                "metrics": latest(node_id(id, number)),
            }
            for number, node in enumerate(cache.nodes, start=1)
        ],
    }


def _cluster(id: str, cluster: Cluster) -> dict[str, Any]:
    return {
        "name": cluster.spec.name,
        "id": id,
        "endpoint": str(cluster.spec.endpoint),
        "topics": {each.name: each.partitions for each in cluster.spec.topics},
        "lags": [asdict(each) for each in cluster.lags],
        "nodes": [
            {
                "name": each.name,
                "zone": each.zone,
                "role": "leader" if each.leads else "broker",
                "state": "running" if each.running else "down",
                "address": str(each.address),
                "pid": each.pid,
            }
            for each in cluster.views
        ],
    }


def _engines(cloud: "Cloud", warden: str) -> list[dict[str, Any]]:
    return [
        {"name": "supervisor", "pid": os.getpid(), "does": "drives everything here"},
        {
            "name": "warden",
            "pid": int(warden.partition(":")[0] or 0) or None,
            "does": "starts the supervisor again when it dies",
        },
        {
            "name": "envoy",
            "pid": _pid(cloud.engines.processes()[ENVOY]),
            "does": "load balancer and the endpoints of databases and caches",
        },
        {
            "name": "ministack",
            "pid": _pid(cloud.engines.processes()[MINISTACK]),
            "does": f"AWS APIs (an emulator) on {cloud.engines.ministack.endpoint}",
        },
        *(
            {
                "name": each.storage.name,
                "pid": _pid(each.storage.process),
                "does": f"keeps the records of {each.spec.name}",
            }
            for each in cloud.clusters.values()
        ),
    ]


def _pid(process: Process | None) -> int | None:
    return process.identity.pid if process and process.running else None

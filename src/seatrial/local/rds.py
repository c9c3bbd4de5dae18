"""RDS: the graph's database instances as real PostgreSQL servers behind stable endpoints.

Takes `AWS::RDS::DBInstance`s; gives running databases, or the address of an
engine that the user runs. Failing over is `control.failover`'s decision.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import OwnEngine
from seatrial.local import own_engine
from seatrial.local.addresses import Address
from seatrial.local.engines.postgres import DatabaseSpec
from seatrial.local.pace import Pace

INSTANCE = "AWS::RDS::DBInstance"
PARAMETERS = "AWS::RDS::DBParameterGroup"
PROXY_TARGETS = "AWS::RDS::DBProxyTargetGroup"
POSTGRES_PORT = 5432
GIB = 1024**3
DETECTION = 60.0
"""Seconds until RDS fails over, the lower of the 60 to 120 that AWS publishes."""
OWN = own_engine.Wanted(
    "a PostgreSQL database",
    "postgresql://user:password@host:5432/database",
    ("postgres", "postgresql"),
    POSTGRES_PORT,
    path=True,
)
NOT_HERE = ("rds.",)
"""Parameters that RDS has and PostgreSQL does not."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A primary instance with its read replicas, by logical ids."""

    id: str
    part: str
    readers: tuple[str, ...]
    own_engine: str | None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The resources that have an address: the instance, then its replicas."""
        return (self.id, *self.readers)


def read_instances(graph: Graph) -> list[Instance]:
    """Read every primary instance with its replicas."""
    own = {each.resource: each.variable for each in graph.annotated(OwnEngine)}
    replicas: dict[str, list[str]] = {}
    primaries = []
    for each in graph.of(INSTANCE):
        source = each.properties.get("SourceDBInstanceIdentifier")
        if source is None:
            primaries.append(each)
        else:
            replicas.setdefault(source.id, []).append(each.id)
    return [
        Instance(
            each.id,
            each.label,
            tuple(replicas.get(each.id, ())),
            own.get(each.id),
        )
        for each in primaries
    ]


def read_proxies(graph: Graph) -> dict[str, str]:
    """Give the instance behind each RDS Proxy, by their logical ids."""
    return {
        each.properties["DBProxyName"].id: instance.id
        for each in graph.of(PROXY_TARGETS)
        for instance in each.properties.get("DBInstanceIdentifiers", ())
    }


def specify(
    graph: Graph,
    instance: Instance,
    credentials: Mapping[str, Any],
    zones: Sequence[str],
    address: Callable[[str, int, int, int], Address],
    pace: Pace,
) -> DatabaseSpec:
    """Say what an instance is to the engine; `address` gives a node's by number, zone, port."""
    resource = graph[instance.id]
    properties = resource.properties
    multi = properties.get("MultiAZ", False)
    own = zones[:2] if multi else zones[:1]
    readers = [zones[(number + 1) % len(zones)] for number, _ in enumerate(instance.readers)]
    nodes = [*own, *readers]
    return DatabaseSpec(
        name=instance.part,
        database=properties["DBName"],
        user=credentials["username"],
        password=credentials["password"],
        major=int(str(properties["EngineVersion"]).split(".")[0]),
        zones=tuple(own),
        readers=tuple(readers),
        addresses=tuple(
            address(instance.id, number, zones.index(zone) + 1, POSTGRES_PORT)
            for number, zone in enumerate(nodes)
        ),
        parameters=_parameters(graph, resource),
        probe_interval=0.5,
        failover_delay=pace.timer(DETECTION),
        storage=int(properties["AllocatedStorage"]) * GIB,
    )


def _parameters(graph: Graph, resource: Resource) -> dict[str, str]:
    named = resource.properties.get("DBParameterGroupName")
    if named is None:
        return {}
    given: Mapping[str, str] = graph[named.id].properties.get("Parameters", {})
    return {key: value for key, value in given.items() if not key.startswith(NOT_HERE)}


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A PostgreSQL that the user runs."""

    url: str
    address: Address
    user: str
    password: str
    database: str


def users_own(instance: Instance) -> OwnDatabase | None:
    """Give the PostgreSQL that the user runs for an instance; None where the cloud runs one."""
    return own_database(instance.own_engine) if instance.own_engine else None


def own_database(variable: str) -> OwnDatabase | None:
    """Read a URL from the environment variable; None where it is not set."""
    url = own_engine.read_url(variable, OWN)
    if url is None:
        return None
    return OwnDatabase(url.text, url.address, url.user, url.password, url.path)

"""What the graph says of tasks and services, read once into plain values.

A `TaskDefinition` is what one version of a program is: it is kept with its
source's digest, so that a rollback runs what ran before, whatever the files say
now. Symbols stay in it until a task starts.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from seatrial.control.deployment import BreakerRule
from seatrial.control.service import DeploymentRule
from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import RunsBefore, Source
from seatrial.graph.encoding import decode_value, encode_value
from seatrial.graph.values import Ref, Secret, Value
from seatrial.local.resolve import Resolver
from seatrial.local.wanted import Built
from seatrial.mistake import Mistake

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """One version of one program.

    `cpu` in vCPU, `memory` in bytes, `stop_timeout` in seconds; `command`,
    `environment` and `secrets` may hold symbols.
    """

    id: str
    name: str
    cpu: float
    memory: int
    port: int | None
    stop_timeout: float
    command: tuple[Value, ...]
    environment: Mapping[str, Value]
    secrets: Mapping[str, Secret]
    built: Built

    @property
    def version(self) -> str:
        """Name the version by all that makes it what it is."""
        text = json.dumps({**self.record(), "built": self.built.digest}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def record(self) -> dict[str, Any]:
        """Give it as JSON-like data."""
        return {
            "id": self.id,
            "name": self.name,
            "cpu": self.cpu,
            "memory": self.memory,
            "port": self.port,
            "stop_timeout": self.stop_timeout,
            "command": encode_value(list(self.command)),
            "environment": encode_value(dict(self.environment)),
            "secrets": encode_value(dict(self.secrets)),
            "built": self.built.record(),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read back what `record` gave."""
        return cls(
            **{
                **record,
                "command": tuple(decode_value(record["command"])),
                "environment": decode_value(record["environment"]),
                "secrets": decode_value(record["secrets"]),
                "built": Built.from_record(record["built"]),
            }
        )


def read_task(graph: Graph, resource: Resource, built: Mapping[str, Built]) -> TaskDefinition:
    """Read a task definition; `built` maps a source folder's name to what was made of it."""
    properties = resource.properties
    container, *beside = properties["ContainerDefinitions"]
    if beside:
        raise Mistake(
            f"{container['Name']}: the local cloud runs no container beside a task's own "
            f"({beside[0]['Name']} of {resource.id}), so it cannot run here.",
            resource.origin.place if resource.origin else None,
            "Leave it out of the environment that `up` runs, e.g. tracing.",
        )
    folder = next(s.folder for s in graph.annotated(Source) if s.task_definition == resource.id)
    ports = [each["ContainerPort"] for each in container.get("PortMappings", ())]
    return TaskDefinition(
        id=resource.id,
        name=container["Name"],
        cpu=int(properties["Cpu"]) / 1024,
        memory=int(properties["Memory"]) * MIB,
        port=ports[0] if ports else None,
        stop_timeout=container.get("StopTimeout", 30),
        command=tuple(container["Command"]),
        environment={each["Name"]: each["Value"] for each in container["Environment"]},
        secrets={each["Name"]: each["ValueFrom"] for each in container["Secrets"]},
        built=built[folder],
    )


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """One ECS service as the graph asks for it; `grace` in seconds."""

    id: str
    name: str
    task: TaskDefinition
    desired: int
    zones: tuple[str, ...]
    rule: DeploymentRule
    breaker: BreakerRule
    group: str | None
    grace: float
    rebalancing: bool
    before: TaskDefinition | None


def read_services(
    graph: Graph, resolver: Resolver, zones: tuple[str, ...], built: Mapping[str, Built]
) -> list[ServiceDefinition]:
    """Read every service of the graph."""
    return [_service(graph, resolver, each, zones, built) for each in graph.of(SERVICE)]


def _service(
    graph: Graph,
    resolver: Resolver,
    resource: Resource,
    zones: tuple[str, ...],
    built: Mapping[str, Built],
) -> ServiceDefinition:
    properties = resource.properties
    configuration = properties["DeploymentConfiguration"]
    breaker = configuration["DeploymentCircuitBreaker"]
    balancers = properties.get("LoadBalancers", ())
    group = balancers[0]["TargetGroupArn"] if balancers else None
    job = next(
        (r.task_definition for r in graph.annotated(RunsBefore) if r.service == resource.id), None
    )
    subnets = properties["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"]
    return ServiceDefinition(
        id=resource.id,
        name=resolver.text(properties.get("ServiceName", resource.id)),
        task=read_task(graph, graph[properties["TaskDefinition"].id], built),
        desired=int(resolver.value(properties["DesiredCount"])),
        zones=zones[: len(subnets)],
        rule=DeploymentRule(
            configuration["MinimumHealthyPercent"], configuration["MaximumPercent"]
        ),
        breaker=BreakerRule(enable=breaker["Enable"], rollback=breaker["Rollback"]),
        group=group.id if isinstance(group, Ref) else None,
        grace=properties.get("HealthCheckGracePeriodSeconds", 0),
        rebalancing=properties.get("AvailabilityZoneRebalancing") == "ENABLED",
        before=read_task(graph, graph[job], built) if job else None,
    )

"""Task and service definitions: read from the graph, versioned by all that they are."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from seatrial.control.deployment import BreakerRule
from seatrial.control.service import DeploymentRule
from seatrial.graph.values import AtRun, GetAtt, Join, Ref, Secret
from seatrial.local.ecs.definition import TaskDefinition, read_services, read_task
from seatrial.local.resolve import Resolver
from seatrial.local.wanted import Built
from seatrial.mistake import Mistake
from tests.local.ecs.ground import TASK
from tests.lower.systems import Described, few, graph_of, systems

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
BUILT = {
    name: Built(f"digest of {name}", Path("/versions") / name, Path("/programs"))
    for name in ("app", "services/api", "worker")
}
SYMBOLIC = replace(
    TASK,
    command=("run", AtRun("PORT", "8000")),
    environment={"A": "plain", "URL": Join(("x", Ref("Logs"), GetAtt("Db", "Endpoint.Port")))},
    secrets={"PASSWORD": Secret("Credentials", "password")},
)


def test_a_definition_comes_back_from_its_record_with_its_symbols() -> None:
    back = TaskDefinition.from_record(json.loads(json.dumps(SYMBOLIC.record())))
    assert back == SYMBOLIC
    assert back.version == SYMBOLIC.version


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": 0.5},
        {"memory": 1},
        {"port": 9},
        {"stop_timeout": 31.0},
        {"command": ("run",)},
        {"environment": {}},
        {"secrets": {}},
        {"built": replace(TASK.built, digest="another")},
    ],
)
def test_whatever_a_task_sees_makes_another_version(change: dict[str, object]) -> None:
    assert replace(SYMBOLIC, **change).version != SYMBOLIC.version


def test_where_a_source_lies_makes_no_other_version() -> None:
    """The state folder may be moved; what runs is the same."""
    moved = replace(TASK.built, folder=Path("/elsewhere"), programs=Path("/others"))
    assert replace(TASK, built=moved).version == TASK.version


@few
@given(systems())
def test_every_service_of_every_graph_can_be_read(described: Described) -> None:
    graph = described.graph()
    zones = ZONES[: len(graph.of("AWS::EC2::Subnet")) // 2]
    read = read_services(graph, Resolver(graph, {}), zones, BUILT)
    assert [each.id for each in read] == [each.id for each in graph.of("AWS::ECS::Service")]
    for each in read:
        assert (each.group is None) == (each.task.port is None)
        assert each.zones == zones
        assert each.desired == graph.parameters[each.id[:-7] + "DesiredCount"].default
        back = TaskDefinition.from_record(json.loads(json.dumps(each.task.record())))
        assert back.version == each.task.version


@settings(max_examples=10, deadline=None)
@given(systems())
def test_an_unchanged_description_is_an_unchanged_version(described: Described) -> None:
    versions = []
    for _ in range(2):
        graph = described.graph()
        read = read_services(graph, Resolver(graph, {}), ZONES, BUILT)
        versions.append([each.task.version for each in read])
    assert versions[0] == versions[1]


def test_a_service_is_read_as_the_graph_asks() -> None:
    graph = graph_of(
        'job = Job("migrate", "worker", ["up"])\n'
        'api = Service("user-api", "app", ["run"], port=80, cpu=512, memory=1024, tasks=3, '
        "stop_timeout=9, before=job, health=Health(grace=7), "
        "rollout=Rollout(min_healthy=50, max=150, rollback=False))\n"
        'system = System("shop", api)\n'
    )
    (read,) = read_services(graph, Resolver(graph, {}), ZONES[:2], BUILT)
    assert (read.id, read.name, read.desired, read.zones) == (
        "UserApiService",
        "user-api",
        3,
        ZONES[:2],
    )
    assert (read.rule, read.breaker) == (DeploymentRule(50, 150), BreakerRule(rollback=False))
    assert (read.group, read.grace, read.rebalancing) == ("UserApiTargets", 7, True)
    task = read.task
    assert (task.cpu, task.memory, task.port, task.stop_timeout) == (0.5, 1024 << 20, 80, 9)
    assert task.built == BUILT["app"]
    assert read.before
    assert (read.before.name, read.before.command, read.before.port) == ("migrate", ("up",), None)
    assert read.before.built == BUILT["worker"]


def test_a_container_beside_a_tasks_own_is_refused_in_one_message() -> None:
    graph = graph_of(
        'system = System("shop", Service("api", "app", ["run"]), tracing=Tracing())', "production"
    )
    with pytest.raises(Mistake, match=r"api: the local cloud runs no container beside.*collector"):
        read_task(graph, graph["ApiTask"], {})

"""The state of a system as plain data: everything that runs, and whether all is well."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.local.addresses import Address
from seatrial.local.cloudwatch import Metrics
from seatrial.local.events import Events
from seatrial.local.pace import Pace
from seatrial.local.process import Identity
from seatrial.local.report import healthy, report
from tests.cli.test_table import STATUS, drawn
from tests.local.ecs.ground import ZONES, Ground


def cloud(ground: Ground, folder: Path, *roles: tuple[str, str]) -> Any:
    """Give what a report is made of: one service, one database whose nodes are as said."""
    nodes = [
        SimpleNamespace(
            name=f"db-{number}",
            zone=ZONES[number],
            role=role,
            state=state,
            address=Address("127.0.1.9", 5432),
            pid=4712,
        )
        for number, (role, state) in enumerate(roles)
    ]
    database = SimpleNamespace(
        spec=SimpleNamespace(name="db"), binaries=SimpleNamespace(version="15.1"), nodes=nodes
    )
    cache = SimpleNamespace(
        spec=SimpleNamespace(name="cache"),
        program=SimpleNamespace(name="Valkey", version="9.1.2"),
        nodes=[
            SimpleNamespace(
                name="cache-001",
                zone=ZONES[0],
                role="primary",
                state="running",
                address=Address("127.0.1.10", 6379),
                pid=4713,
            )
        ],
    )
    ministack = SimpleNamespace(endpoint="http://127.0.0.9:4566")
    return SimpleNamespace(
        wanted=SimpleNamespace(graph=Graph("shop", "development", "us-east-1"), pace=Pace()),
        layout=SimpleNamespace(
            address="http://127.0.0.2",
            balancer="http://127.0.0.9",
            zones=ZONES,
            endpoint=lambda id: Address("127.0.0.3", 5432),
        ),
        lost={ZONES[1]},
        services={"ApiService": ground.service},
        databases={"DbInstance": database},
        caches={"CacheReplicationGroup": cache},
        clusters={},
        scaling={},
        alarms=[],
        events=Events(folder / "events.jsonl"),
        meter=SimpleNamespace(metrics=Metrics(), window=None),
        engines=SimpleNamespace(
            processes=lambda: {"envoy": None, "ministack": None}, ministack=ministack
        ),
        started=True,
    )


def steady(folder: Path, scenario: Callable[[Ground], Awaitable[None]]) -> None:
    async def whole() -> None:
        ground = Ground(folder)
        ground.service.deploy(ground.service.definition)
        await ground.steady()
        for number, process in enumerate(ground.launcher.processes.values()):
            process.identity = Identity(5000 + number, 1, "boot")
        try:
            await scenario(ground)
        finally:
            ground.service.let_go()

    asyncio.run(whole())


WELL = ("primary", "running"), ("standby", "running")


def test_it_has_every_process_and_can_be_drawn_and_sent(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        told = report(cloud(ground, tmp_path, *WELL), "4714:1:boot", 1000.0)
        assert json.loads(json.dumps(told)) == told
        assert drawn(told)
        (service,) = told["services"]
        assert [each["pid"] for each in service["tasks"]] == [5000, 5001]
        assert [each["zone"] for each in service["tasks"]] == list(ZONES)
        assert (service["desired"], service["running"]) == (2, 2)
        assert told["zones"] == [
            {"name": ZONES[0], "lost": False},
            {"name": ZONES[1], "lost": True},
        ]
        assert [each["pid"] for each in told["engines"]][1:] == [4714, None, None]
        assert told["healthy"]
        # What a status shows is what the table's own test draws.
        assert told.keys() == STATUS.keys()
        assert service.keys() == STATUS["services"][0].keys()
        assert service["tasks"][0].keys() == STATUS["services"][0]["tasks"][0].keys()
        assert told["databases"][0].keys() == STATUS["databases"][0].keys()
        assert told["caches"][0].keys() == STATUS["caches"][0].keys()
        node = told["caches"][0]["nodes"][0]
        assert node.keys() == STATUS["caches"][0]["nodes"][0].keys()
        assert (node["name"], node["role"]) == ("cache-001", "primary")

    steady(tmp_path, scenario)


@pytest.mark.parametrize(
    ("roles", "well"),
    [
        (WELL, True),
        ([("primary", "running"), ("standby", "rejoining")], True),
        ([("primary", "stopped"), ("standby", "running")], False),
        ([], False),
    ],
)
def test_a_database_is_well_while_it_has_a_writer(
    tmp_path: Path, roles: list[tuple[str, str]], well: bool
) -> None:
    async def scenario(ground: Ground) -> None:
        assert healthy(cloud(ground, tmp_path, *roles)) is well

    steady(tmp_path, scenario)


def test_a_cache_is_well_while_it_has_a_primary(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        found = cloud(ground, tmp_path, *WELL)
        assert healthy(found)
        found.caches["CacheReplicationGroup"].nodes[0].state = "starting"
        assert not healthy(found)

    steady(tmp_path, scenario)


def test_nothing_is_well_before_all_of_it_is(tmp_path: Path) -> None:
    async def scenario(ground: Ground) -> None:
        found = cloud(ground, tmp_path, *WELL)
        assert healthy(found)
        found.started = False
        assert not healthy(found)
        found.started = True
        ground.service.open = False
        assert not healthy(found)
        ground.service.open = True
        ground.service.desired = 3
        assert not healthy(found)

    steady(tmp_path, scenario)

"""Whole systems of every kind: each resource accounted for, valid and planned."""

from functools import partial
from pathlib import Path

import pytest

from seatrial.graph import Graph
from seatrial.terraform import folder
from tests.lower.machines import machine
from tests.lower.regions import regions
from tests.lower.systems import graph_of
from tests.lower.test_edge_of_a_system import whole
from tests.lower.test_models import KINDS, with_model
from tests.lower.test_recovery import SIDES, STRATEGIES
from tests.lower.test_recovery import graph as recovery
from tests.lower.test_website import edge
from tests.terraform.offline import (
    created,
    given,
    installed,
    managed,
    needs_grpc,
    needs_terraform,
    terraform,
    write,
)
from tests.terraform.test_folded import SYSTEMS
from tests.terraform.test_folder import account
from tests.terraform.test_offline import world  # noqa: F401 - a fixture

DOMAIN = 'domain=Domain("a.example.com")'
GUARDED = "firewall=Firewall(at='load balancer'), alerts=Alerts(),"
GRAPHS = {
    **{name: partial(graph_of, text) for name, text in SYSTEMS.items()},
    **{
        f"{strategy}, {side}": partial(recovery, strategy, side)
        for strategy in STRATEGIES
        for side in SIDES
    },
    **{f"model: {kind}": partial(with_model, kind) for kind in KINDS},
    **{f"rollout: {each}": partial(whole, each) for each in ("rolling", "blue-green", "canary")},
    "one machine": partial(machine, system=", tracing=Tracing()"),
    "one machine elsewhere": partial(
        machine, system=', region="eu-west-1", domain=Domain("a.example.com")'
    ),
    "website": partial(edge, more=f"firewall=Firewall(), {DOMAIN}"),
    **{f"two regions, {side}": partial(regions, side) for side in SIDES},
    **{
        f"two regions, shifting, {side}": partial(
            regions, side, "warm standby", api="rollout=Rollout('canary')", more=GUARDED
        )
        for side in SIDES
    },
    "website elsewhere": partial(
        edge, more=f'region="eu-west-1", firewall=Firewall(), alerts=Alerts(), {DOMAIN}'
    ),
}


@pytest.fixture(params=GRAPHS.values(), ids=GRAPHS)
def graph(request: pytest.FixtureRequest) -> Graph:
    made: Graph = request.param()
    return made


def test_every_resource_is_there_or_folded(graph: Graph) -> None:
    account(graph, folder(graph))


@needs_terraform
@needs_grpc
@pytest.mark.engine
def test_it_is_formatted_and_planned(
    graph: Graph,
    world: dict[str, str],  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    made = folder(graph)
    write(tmp_path, made.files)
    terraform(tmp_path, world, "fmt", "-check", "-recursive")
    assert created(tmp_path, installed(tmp_path, world), given(graph)) == managed(made)

"""What must hold of every graph, whatever valid system it was made from."""

import json
import re
from collections.abc import Iterator

from hypothesis import given

from seatrial.graph import Graph
from seatrial.graph.annotations import RunsBefore, Source, Uses
from seatrial.graph.check import check
from seatrial.graph.encoding import decode, encode
from seatrial.graph.graph import ordered
from seatrial.language.service import Program
from seatrial.template import check_limits, render_json
from tests.lower.systems import Described, describe, few, graph_of, part_of, systems

PHYSICAL = {
    "AWS::CloudTrail::Trail": ["TrailName"],
    "AWS::CloudWatch::Alarm": ["AlarmName"],
    "AWS::ECR::Repository": ["RepositoryName"],
    "AWS::ECS::Service": ["ServiceName"],
    "AWS::ECS::TaskDefinition": ["Family"],
    "AWS::RDS::DBInstance": ["DBInstanceIdentifier"],
    "AWS::SecretsManager::Secret": ["Name"],
    "AWS::ApplicationAutoScaling::ScalingPolicy": ["PolicyName"],
    "AWS::ElasticLoadBalancingV2::ListenerRule": ["Priority"],
}


def physical_names(graph: Graph) -> Iterator[tuple[str, object]]:
    for resource in graph:
        for name in PHYSICAL.get(resource.type, []):
            yield resource.type, resource.properties[name]


@few
@given(systems())
def test_aws_would_take_it(described: Described) -> None:
    graph = described.graph()
    assert [str(each) for each in check(graph)] == []
    check_limits(graph, render_json(graph))
    assert len(ordered(graph)) == len(graph.resources)


@few
@given(systems())
def test_no_two_resources_share_a_physical_name(described: Described) -> None:
    names = list(physical_names(described.graph()))
    assert len(names) == len(set(names))


@few
@given(systems())
def test_it_goes_to_the_supervisor_and_back_unchanged(described: Described) -> None:
    graph = described.graph()
    assert decode(json.loads(json.dumps(encode(graph)))) == graph


@few
@given(systems())
def test_annotations_name_what_is_there(described: Described) -> None:
    graph = described.graph()
    tasks = {each.id for each in graph.of("AWS::ECS::TaskDefinition")}
    services = {each.id for each in graph.of("AWS::ECS::Service")}
    assert sorted(each.task_definition for each in graph.annotated(Source)) == sorted(tasks)
    for before in graph.annotated(RunsBefore):
        assert before.task_definition in tasks
        assert before.service in services
    parts = {part_of(each) for each in graph} | {"internet"}
    for uses in graph.annotated(Uses):
        assert {uses.part, uses.used} <= parts


@few
@given(systems())
def test_the_order_of_the_parts_changes_no_resource(described: Described) -> None:
    """A stack update replaces what has another logical id: ids must never follow the order."""
    names = re.findall(r"^service_\d+", described.text, re.MULTILINE)
    turned = described.text.replace(", ".join(names), ", ".join(reversed(names)))
    graphs = [
        {each.id: each.properties for each in graph}
        for graph in (described.graph(), graph_of(turned, described.environment))
    ]
    for graph in graphs:
        graph.pop("Dashboard", None)  # its widgets follow the order
    assert graphs[0] == graphs[1]


def test_every_resource_points_at_the_line_that_asked_for_it() -> None:
    graph = graph_of(
        'db = Postgres("db", version="15", size="db.t3.micro")\n'
        'api = Service("api", "app", ["run"], port=8000, uses=[db])\n'
        'system = System("shop", api)\n'
    )
    lines = {"db": 2, "api": 3, "shop": 4}
    for each in graph:
        assert each.origin
        assert each.origin.place
        assert each.origin.place.line == lines[each.origin.part]


def test_a_system_of_one_worker_has_nothing_that_answers() -> None:
    graph = graph_of('system = System("shop", Service("worker", "app", ["run"]), alerts=Alerts())')
    assert not [each for each in graph if "LoadBalancing" in each.type]
    assert graph.outputs == {}
    assert check(graph) == []


def test_what_a_part_uses_comes_along_once() -> None:
    system = describe(
        'db = Postgres("db", version="15", size="db.t3.micro")\n'
        'job = Job("migrate", "app", ["run"], uses=[db])\n'
        'api = Service("api", "app", ["run"], port=80, uses=[db.write, db], before=job)\n'
        'system = System("shop", api, db)\n'
    )
    assert [each.name for each in system.parts()] == ["api", "db", "migrate"]
    assert sum(isinstance(each, Program) for each in system.parts()) == 2

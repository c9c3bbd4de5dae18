"""Symbols become intrinsic functions, and secrets only ever references."""

import json

import pytest
import yaml

from seatrial.graph import Graph, Resource
from seatrial.graph.values import AtRun, GetAtt, Intrinsic, Pseudo, Ref, Secret, Zone, join
from seatrial.mistake import Mistake
from seatrial.template import check_limits, render_json, render_yaml, template
from seatrial.template.cloudformation import intrinsic
from tests.golden.systems import graphs


@pytest.mark.parametrize(
    ("symbol", "written"),
    [
        (Ref("Vpc"), {"Ref": "Vpc"}),
        (Pseudo("AWS::Region"), {"Ref": "AWS::Region"}),
        (GetAtt("Db", "Endpoint.Address"), {"Fn::GetAtt": ["Db", "Endpoint.Address"]}),
        (Zone(1), {"Fn::Select": [1, {"Fn::GetAZs": ""}]}),
        (AtRun("HOST", "0.0.0.0"), "0.0.0.0"),
        (Secret("Jwt"), {"Ref": "Jwt"}),
        (Secret("Db", "password"), {"Fn::Sub": "${Db}:password::"}),
        (
            Secret("Db", "password", dynamic=True),
            {"Fn::Sub": "{{resolve:secretsmanager:${Db}:SecretString:password}}"},
        ),
        (join("a-", Ref("B"), "-$", "{c}"), {"Fn::Sub": "a-${B}-${!c}"}),
        (Intrinsic("Fn::Base64", Ref("A")), {"Fn::Base64": {"Ref": "A"}}),
    ],
)
def test_symbol(symbol: object, written: object) -> None:
    assert intrinsic(symbol) == written  # type: ignore[arg-type]


def test_yaml_says_the_same_as_json() -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!Ref", lambda _l, node: {"Ref": node.value})
    Loader.add_constructor("!Sub", lambda _l, node: {"Fn::Sub": node.value})
    Loader.add_constructor("!GetAtt", lambda _l, node: {"Fn::GetAtt": node.value.split(".", 1)})
    for graph in graphs("fastapi-app").values():
        read = yaml.load(render_yaml(graph), Loader)
        written = json.loads(render_json(graph))
        assert read == written


def test_no_generated_secret_is_in_a_template() -> None:
    for graph in graphs("fastapi-app").values():
        for resource in graph.of("AWS::RDS::DBInstance"):
            password = template(graph)["Resources"][resource.id]["Properties"]["MasterUserPassword"]
            assert "resolve:secretsmanager" in password["Fn::Sub"]


@pytest.mark.parametrize(("count", "fits"), [(500, True), (501, False)])
def test_more_resources_than_cloudformation_takes(count: int, fits: bool) -> None:
    graph = Graph("shop", "production", "us-east-1")
    for number in range(count):
        graph.add(Resource(f"Topic{number}", "AWS::SNS::Topic"))
    if fits:
        check_limits(graph, "")
        return
    with pytest.raises(Mistake, match=r"501 resources; CloudFormation takes at most 500.*Split"):
        check_limits(graph, "")


def test_more_bytes_than_cloudformation_takes() -> None:
    graph = Graph("shop", "production", "us-east-1")
    with pytest.raises(Mistake, match="1,000,001 bytes"):
        check_limits(graph, "x" * 1_000_001)

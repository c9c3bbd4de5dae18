"""What `check` promises of every graph."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.graph import Graph, Output, Resource
from seatrial.graph.check import RULES, TOPICS, Refused, check
from seatrial.graph.values import (
    SYMBOLS,
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Zone,
)
from tests.graph.schema.system import good_graph

NAMES = st.sampled_from(["Vpc", "Wall", "Task", "Nowhere", ""]) | st.text(max_size=4)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.builds(Ref, NAMES)
    | st.builds(GetAtt, NAMES, st.sampled_from(["Arn", "GroupId", ""]) | st.text(max_size=4))
    | st.builds(Pseudo, st.sampled_from(["AWS::Region", "AWS::NoValue", "AWS::Nothing"]))
    | st.builds(Secret, NAMES, st.text(max_size=4), st.booleans())
    | st.builds(AtRun, st.just("HOST"), st.text(max_size=4))
    | st.builds(Zone, st.integers(-1, 9))
)
WORDS = st.sampled_from(["Cpu", "Name", "Tags", "Key", "Engine", "Type", "CidrBlock", "Enable"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3)
        | st.builds(Join, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Intrinsic, st.sampled_from(["Fn::If", "Fn::GetAZs", "Fn::Odd"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_value_makes_check_raise(data: st.DataObject) -> None:
    graph = good_graph()
    for _ in range(3):
        resource = graph[data.draw(st.sampled_from([*graph.resources]))]
        name = data.draw(st.sampled_from([*resource.properties, "Tags", "Nope"]))
        resource.properties = {**resource.properties, name: data.draw(VALUES)}
    for each in check(graph):
        assert isinstance(each, Refused)
        assert str(each)
        assert each.code


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=3), st.text(max_size=20))
def test_no_resource_makes_check_raise(properties: dict[str, object], type_: str) -> None:
    graph = good_graph()
    graph.add(Resource("Odd", type_, properties))
    assert all(str(each) for each in check(graph))


def test_several_mistakes_come_in_the_order_of_the_resources() -> None:
    graph = good_graph()
    graph["Service"].properties["DesiredCount"] = "two"
    graph["Vpc"].properties["Cidr"] = "10.0.0.0/16"
    graph["Db"].properties["DBInstanceClass"] = "db.t3.gigantic"
    found = check(graph)
    assert [each.resource for each in found if isinstance(each, Refused)] == [
        "Vpc",
        "Db",
        "Service",
    ]
    lines = [each.where.line for each in found if each.where]
    assert all(one < other for one, other in pairwise(lines))


def test_an_unknown_region_and_a_lost_output_are_told() -> None:
    graph = good_graph()
    graph.region = "eu-centrl-1"
    graph.outputs["Url"] = Output("Url", GetAtt("Balancer", "DNSNam"), "the address")
    found = [str(each) for each in check(graph)]
    assert any("eu-central-1" in each for each in found)
    assert any("output Url" in each and "'DNSName'" in each for each in found)


def test_a_type_that_a_region_lacks_is_told() -> None:
    graph = Graph("shop", "production", "ap-southeast-7")
    graph.add(Resource("Plan", "AWS::ResilienceHub::App", {"Name": "x"}))
    codes = [each.code for each in check(graph) if isinstance(each, Refused)]
    assert codes[0] == "type-not-in-region"


def test_a_symbol_stands_where_its_kind_may() -> None:
    graph = good_graph()
    graph["Service"].properties["DesiredCount"] = Ref("ApiImage")
    graph["Targets"].properties["Port"] = GetAtt("Db", "Endpoint.Port")
    graph["Vpc"].properties["Tags"] = Pseudo("AWS::NoValue")
    assert [str(each) for each in check(graph)] == []


def test_every_rule_documents_itself() -> None:
    for rule in RULES.values():
        assert rule.says.startswith("Refuse "), rule.code
        assert rule.source.startswith("https://docs.aws.amazon.com/"), rule.code
        assert rule.function.__module__ in {topic.__name__ for topic in TOPICS}


def test_time_is_linear_in_the_size_of_the_graph() -> None:
    """Count the calls, which no other process can change, not the seconds."""
    small, large = calls(many(20)), calls(many(80))
    assert large < small * 5


def many(workers: int) -> Graph:
    """Give the good graph with further workers, each of six resources."""
    graph = good_graph()
    for number in range(workers):
        copies = {
            id: f"{id}{number}Copy" for id in ("Logs", "Role", "Task", "Wall", "Targets", "Rule1")
        }

        def renamed(value: object, copies: dict[str, str] = copies) -> object:
            if isinstance(value, dict):
                return {key: renamed(inner) for key, inner in value.items()}
            if isinstance(value, list):
                return [renamed(inner) for inner in value]
            if isinstance(value, Ref):
                return Ref(copies.get(value.id, value.id))
            if isinstance(value, GetAtt):
                return GetAtt(copies.get(value.id, value.id), value.attribute)
            assert not isinstance(value, SYMBOLS) or isinstance(value, Pseudo | AtRun | Secret)
            return value

        for id, copy in copies.items():
            properties = renamed(graph[id].properties)
            assert isinstance(properties, dict)
            if id == "Rule1":
                properties["Priority"] = number + 10
            if id == "Logs":
                properties["LogGroupName"] = copy
            if id == "Targets":
                properties["Name"] = copy
            graph.add(Resource(copy, graph[id].type, properties, graph[id].origin))
    return graph


def calls(graph: Graph) -> int:
    import sys

    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    check(graph)  # everything is loaded
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = check(graph)
    finally:
        sys.setprofile(before)
    assert found == []
    return counted

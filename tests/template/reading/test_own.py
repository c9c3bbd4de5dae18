"""A template that Seatrial wrote comes back as the graph that it was rendered from."""

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import AtRun, Intrinsic, Join, Value, join, render
from seatrial.mistake import Mistake
from seatrial.template import render_json
from seatrial.template.reading import read_template
from tests.golden.systems import EXAMPLES, FOLDER, graphs

GOLDEN = [(example, name) for example in EXAMPLES for name in graphs(example)]


def as_rendered(value: Value) -> Value:
    """Give a value with what is known only at run as AWS gets it."""

    def symbol(each: Any) -> Value:
        match each:
            case AtRun(_, aws):
                return aws
            case Join(parts):
                return join(*map(as_rendered, parts))
            case Intrinsic(name, argument):
                return Intrinsic(name, as_rendered(argument))
        return each

    return render(value, symbol)


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(("example", "name"), GOLDEN, ids=[".".join(each) for each in GOLDEN])
def test_a_golden_template_is_read_back_whole(example: str, name: str, form: str) -> None:
    direct: Graph = graphs(example)[name]
    reading = read_template(FOLDER / f"{example}.{name}.{form}", region=direct.region)
    graph = reading.graph
    assert reading.assumptions == ()
    assert render_json(graph) == (FOLDER / f"{example}.{name}.json").read_text()
    assert (graph.system, graph.environment) == (direct.system, direct.environment)
    assert graph.annotations == direct.annotations
    assert graph.parameters == direct.parameters
    for resource in direct:
        back = graph[resource.id]
        assert back.properties == as_rendered(resource.properties), resource.id
        assert (back.depends_on, back.metadata) == (resource.depends_on, resource.metadata)
        assert back.origin is not None
        assert back.origin.place is not None
        assert back.origin.part == (resource.origin.part if resource.origin else "")


SHOP: dict[str, Any] = {
    "Metadata": {
        "Seatrial": {
            "System": "shop",
            "Environment": "production",
            "Annotations": [{"Kind": "Uses", "part": "api", "used": "db", "access": "read"}],
            "Parts": {"Queue": "api"},
        }
    },
    "Parameters": {"Count": {"Type": "Number", "Default": 2}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"A": {"Ref": "Count"}}}},
}


def shop(folder: Path, **change: Any) -> Path:
    file = folder / "shop.json"
    file.write_text(json.dumps(SHOP | change))
    return file


def test_a_given_parameter_becomes_its_default(tmp_path: Path) -> None:
    graph = read_template(shop(tmp_path), {"Count": "5"}).graph
    assert graph.parameters["Count"].default == 5
    assert "Count" in render_json(graph)


def test_the_region_is_the_one_that_the_template_says(tmp_path: Path) -> None:
    said = {"Seatrial": {**SHOP["Metadata"]["Seatrial"], "Region": "eu-west-1"}}
    reading = read_template(shop(tmp_path, Metadata=said))
    assert (reading.graph.region, reading.assumptions) == ("eu-west-1", ())
    reading = read_template(shop(tmp_path))
    assert reading.graph.region == "us-east-1"
    assert reading.assumptions == ("the region is us-east-1; --region says another",)


def test_a_template_with_additions_is_evaluated_and_keeps_its_parts(tmp_path: Path) -> None:
    graph = read_template(shop(tmp_path, Mappings={"M": {"a": {"b": 1}}})).graph
    assert graph["Queue"].properties == {"A": 2}
    assert graph["Queue"].origin is not None
    assert graph["Queue"].origin.part == "api"
    assert len(graph.annotations) == 1


@pytest.mark.parametrize(
    "annotations", [[{"Kind": "Nothing"}], [{"Kind": "Uses", "x": 1}], 5, ["x"], [{}]]
)
def test_annotations_that_nobody_wrote_are_told(tmp_path: Path, annotations: Any) -> None:
    metadata = {"Seatrial": {"System": "shop", "Annotations": annotations}}
    with pytest.raises(Mistake, match=r"shop.json:1: the Annotations in Metadata, Seatrial are"):
        read_template(shop(tmp_path, Metadata=metadata))


def test_the_constructs_of_cdk_are_parts(tmp_path: Path) -> None:
    def made(path: Any) -> dict[str, Any]:
        return {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": path}}

    resources = {"A": made("shop/Api/Queue/Resource"), "B": made("shop/Meta"), "C": made(5)}
    graph = read_template(shop(tmp_path, Metadata={}, Resources=resources)).graph
    assert [each.origin.part for each in graph if each.origin] == ["Api", "", ""]


def test_properties_that_are_a_function_are_read_as_they_stand(tmp_path: Path) -> None:
    resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Ref": "Count"}}}
    graph = read_template(shop(tmp_path, Resources=resources)).graph
    assert graph["Queue"].properties == {"Ref": "Count"}

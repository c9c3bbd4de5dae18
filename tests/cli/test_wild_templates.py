"""However a template is damaged, cost, check and reach give an answer or one clear message."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.cli.checking import reaches
from seatrial.cli.cost_json import bill_json
from seatrial.cli.cost_text import bill_text, explained
from seatrial.cli.pricing import priced
from seatrial.mistake import Mistake
from seatrial.policy import findings, formats
from seatrial.policy.findings import every_rule
from seatrial.policy.formats import Report
from seatrial.reach import Reach
from seatrial.reach.tell import Teller
from seatrial.template.reading import read_template
from tests.golden.systems import FOLDER

NAMES = (
    *("fastapi-app.development", "assistant.development", "support.ultra-low-cost"),
    *("analytics.development", "chat.production", "support.own-model"),
)
TEMPLATES = [json.loads((FOLDER / f"{name}.json").read_text()) for name in NAMES]
TEXTS = (
    *(
        "",
        " ",
        "x",
        "nan",
        "inf",
        "-inf",
        "1e999",
        "²",
        "٢٠",
        "-1",
        "99999999999",
        "0x10",
        "é\u2028",
    ),
    *("0.0.0.0/0", "10.0.0.0/99", "10.0.0.0", "::/0", "fe80::/300", "256.1.1.1/8", "/", "-", ":"),
    *(
        "tcp",
        "-1",
        "sg-123",
        "pl-1",
        "db.t3.²xlarge",
        "db..",
        "cron(",
        "rate(0 days)",
        "a:b:c",
        "*",
    ),
    *(
        "arn:aws:",
        "arn:aws:s3:::",
        "{{resolve:ssm:x}}",
        "{{resolve:",
        "${",
        "\u0000",
        "\x1b[31m",
        ".",
    ),
)
PLAIN: tuple[Any, ...] = (
    *(None, [], {}, True, False, -1, 0, 3.5, 1e30, 1e308, 10**18, 10**400, -(10**400), 65536),
    *(["x"], [{}], [[]], [None], [0], [True], {"a": 1}, {"": ""}, {"a": {"b": {"c": []}}}),
    *(["x"] * 300, {str(n): n for n in range(300)}, [[["x"]]], {"Fn::": 1}, {"Ref": 3}),
)
FUNCTIONS: tuple[Any, ...] = (
    *({"Ref": "Nowhere"}, {"Ref": "AWS::NoValue"}, {"Ref": "AWS::Region"}, {"Ref": ""}),
    *({"Fn::ImportValue": "a"}, {"Fn::GetAZs": ""}, {"Fn::GetAZs": "mars-1"}, {"Fn::GetAtt": "a"}),
    *({"Fn::GetAtt": ["Nowhere", "Arn"]}, {"Fn::Select": [0, {"Ref": "Nowhere"}]}),
    *({"Fn::Select": ["x", []]}, {"Fn::Select": [9**9, ["a"]]}, {"Fn::Select": [True, ["a", "b"]]}),
    *({"Fn::Sub": "${A}${B.C}"}, {"Fn::Sub": "${}${!x}${"}, {"Fn::Sub": ["${x}", {"x": []}]}),
    *({"Fn::Split": [",", "a,b"]}, {"Fn::Split": ["", "a"]}, {"Fn::Join": [3, "a"]}),
    *(
        {"Fn::Join": ["", [{"Ref": "Nowhere"}, {}, None, 1e308]]},
        {"Fn::FindInMap": ["A", "b", "c"]},
    ),
    *({"Fn::Cidr": ["10.0.0.0/8", 9**9, 2]}, {"Fn::Cidr": ["::/0", "3", "8"]}, {"Fn::Cidr": ["x"]}),
    *({"Fn::If": ["Nope", 1, 2]}, {"Fn::If": [1]}, {"Fn::Base64": {"Ref": "x"}}, {"Fn::Length": 3}),
    *({"Fn::Transform": {"Name": "AWS::Include"}}, {"Fn::ToJsonString": {"a": 1}}),
)
VALUES = (*TEXTS, *PLAIN, *FUNCTIONS)
SECTIONS = ("Resources", "Parameters", "Outputs", "Metadata")


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to each value inside one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, each in inner:
        yield (*way, step)
        if isinstance(each, dict | list):
            yield from ways(each, (*way, step))


WAYS = [
    [way for section in SECTIONS for way in ways(each.get(section, {}), (section,))]
    for each in TEMPLATES
]
TYPES = sorted({each["Type"] for made in TEMPLATES for each in made["Resources"].values()})


def resources_of(template: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give what a template holds itself: another's name, another's properties, another's type."""
    resources = template["Resources"]
    names = st.sampled_from(sorted(resources))
    return st.one_of(
        names.map(lambda name: {"Ref": name}),
        names.map(lambda name: {"Fn::GetAtt": [name, "Arn"]}),
        names.map(lambda name: resources[name].get("Properties", {})),
        st.sampled_from(TYPES),
    )


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Give wild values that AWS's schema does not refuse at once in the place of a value."""
    if isinstance(value, str):
        return st.sampled_from((*TEXTS, *FUNCTIONS))
    if isinstance(value, bool):
        return st.sampled_from((True, False, "true", "false", *FUNCTIONS))
    if isinstance(value, int | float):
        return st.sampled_from((-1, 0, 3.5, 1e30, 10**18, 10**400, 65536, "7", "nan", *FUNCTIONS))
    if isinstance(value, list):
        more = st.sampled_from((None, *value[:3], *FUNCTIONS))
        return st.one_of(st.just([]), st.just(value * 2), st.lists(more, max_size=3))
    return st.sampled_from(({}, *FUNCTIONS))


class Damaged(dict[str, Any]):
    """A template that tells what was changed of it, where the whole would be pages."""

    def __init__(self, template: dict[str, Any], changed: list[tuple[Any, ...]]) -> None:
        super().__init__(template)
        self.changed = changed

    def __repr__(self) -> str:
        return f"Damaged({self.changed})"


@st.composite
def damaged(draw: st.DrawFn) -> Damaged:
    """Give a template of ours, as another would have written it, with some values changed."""
    which = draw(st.integers(0, len(TEMPLATES) - 1))
    template = copy.deepcopy(TEMPLATES[which])
    if draw(st.booleans()):
        del template["Metadata"]
    if draw(st.integers(0, 3)) == 0:
        template["Transform"] = "AMacro"  # what it may mend is no mistake of a wrong type
    properties = st.sampled_from([each for each in WAYS[which] if each[2:3] == ("Properties",)])
    anywhere = st.sampled_from(WAYS[which])
    changed = []
    for way in draw(st.lists(st.one_of(*[properties] * 9, anywhere), min_size=1, max_size=12)):
        place = template
        try:
            for step in way[:-1]:
                place = place[step]
            old = place[way[-1]]
            what = draw(st.integers(0, 9))
            if what == 0:
                del place[way[-1]]
            elif what == 1:
                place[way[-1]] = copy.deepcopy(draw(resources_of(TEMPLATES[which])))
            elif what == 2:
                place[way[-1]] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            else:
                place[way[-1]] = copy.deepcopy(draw(alike(old)))
        except (KeyError, IndexError, TypeError):
            continue  # what was changed before is no longer there
        changed.append(way)
    return Damaged(template, changed)


def read_by_all(template: Any) -> None:
    """Let cost, check and reach read a template, and tell all they say in every form."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "wild.json"
        file.write_text(json.dumps(template))
        with suppress(Mistake):
            graph = read_template(file, region="us-east-1").graph
            bill = priced(graph)
            for total in (bill.total.low, bill.total.expected, bill.total.high):
                assert isfinite(total)
            assert bill_text(bill)
            assert explained(bill)
            json.loads(bill_json(bill), parse_constant=pytest.fail)
            network, teller = Reach(graph), Teller(graph)
            teller.table(network.all)
            json.dumps(teller.rows(network.all))
            for row in network.all[:5]:
                teller.text(network.ask(row.source, row.target))
            found = findings(graph, reaches(graph), date(2026, 11, 21))
            report = Report(graph.system, graph.environment, graph.region, file, found, "error")
            formats.render_text(report)
            json.loads(formats.render_json(report), parse_constant=pytest.fail)
            json.loads(formats.render_sarif(report, every_rule()), parse_constant=pytest.fail)
            formats.render_junit(report, every_rule())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_any_damage_to_a_good_template(template: dict[str, Any]) -> None:
    read_by_all(template)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_with_nothing_and_with_nonsense(kind: str) -> None:
    several = ({}, *({"Name": each} for each in ("", [], 10**400)))
    read_by_all(
        {
            "Resources": {
                f"A{n}": {"Type": kind, "Properties": each} for n, each in enumerate(several)
            }
        }
    )

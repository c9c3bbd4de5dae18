"""However a template is damaged, cost, check and reach give an answer or one clear message."""

import copy
import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.cli.checking import reaches
from seatrial.cli.pricing import priced
from seatrial.mistake import Mistake
from seatrial.policy import findings
from seatrial.reach import Reach
from seatrial.template.reading import read_template
from tests.golden.systems import FOLDER

NAMES = ("fastapi-app.development", "assistant.development", "support.ultra-low-cost")
TEMPLATES = [json.loads((FOLDER / f"{name}.json").read_text()) for name in NAMES]
VALUES: tuple[Any, ...] = (
    *("", "x", "0.0.0.0/0", "10.0.0.0/99", "-1", "99999999999", "tcp", "é\u2028"),
    *(None, [], {}, -1, 0, 1e30, 3.5, True, False, ["x"], [{}], [[]], [None], {"a": 1}),
    *({"Ref": "Nowhere"}, {"Ref": "AWS::NoValue"}, {"Fn::ImportValue": "a"}, {"Fn::GetAZs": ""}),
    *({"Fn::GetAtt": ["Nowhere", "Arn"]}, {"Fn::Select": [0, {"Ref": "Nowhere"}]}),
    *({"Fn::Sub": "${A}${B.C}"}, {"Fn::Split": [",", "a,b"]}, {"Fn::FindInMap": ["A", "b", "c"]}),
)


def ways(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the way to each value inside one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for step, each in inner:
        found.append((*way, step))
        if isinstance(each, dict | list):
            found += ways(each, (*way, step))
    return found


WAYS = [ways(each["Resources"]) for each in TEMPLATES]


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Give a template of ours, as another would have written it, with some values changed."""
    which = draw(st.integers(0, len(TEMPLATES) - 1))
    template = copy.deepcopy(TEMPLATES[which])
    if draw(st.booleans()):
        del template["Metadata"]
    for way in draw(st.lists(st.sampled_from(WAYS[which]), min_size=1, max_size=20)):
        place = template["Resources"]
        try:
            for step in way[:-1]:
                place = place[step]
            if draw(st.integers(0, 3)):
                place[way[-1]] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            else:
                del place[way[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # what was changed before is no longer there
    return template


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_any_damage_to_a_good_template(template: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "wild.json"
        file.write_text(json.dumps(template))
        with suppress(Mistake):
            graph = read_template(file, region="us-east-1").graph
            assert priced(graph).lines is not None
            assert Reach(graph).all is not None
            list(findings(graph, reaches(graph), date(2026, 11, 21)))

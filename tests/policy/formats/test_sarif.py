"""SARIF, held against what its schema says of the objects that are written (`sarif.json`)."""

import json
from pathlib import Path
from typing import Any

from seatrial.policy.findings import every_rule
from seatrial.policy.formats import render_sarif
from tests.policy.formats.reported import ALL, finding, report

SCHEMA = json.loads(Path(__file__).with_name("sarif.json").read_text())
TYPES = {"string": str, "integer": int, "object": dict, "propertyBag": dict}


def written() -> Any:
    return json.loads(render_sarif(report(*ALL), every_rule()))


def held(kind: Any, value: Any) -> None:
    """Hold a value against one kind of the schema."""
    if isinstance(kind, list):
        assert value in kind
    elif kind in TYPES:
        assert isinstance(value, TYPES[kind])
    elif kind.startswith("[]"):
        for each in value:
            held(kind[2:], each)
    else:
        described = SCHEMA["objects"][kind]
        assert value.keys() <= described["properties"].keys(), kind
        assert set(described["required"]) <= value.keys(), kind
        assert not described["anyOf"] or any(set(e) <= value.keys() for e in described["anyOf"])
        for name, inner in value.items():
            held(described["properties"][name], inner)


def test_it_is_as_the_schema_says() -> None:
    whole = written()
    assert whole["version"] in SCHEMA["version"]
    (run,) = whole["runs"]
    held("run", run)


def test_results_point_at_their_rules_and_places() -> None:
    (run,) = written()["runs"]
    known = run["tool"]["driver"]["rules"]
    for each in run["results"]:
        assert known[each["ruleIndex"]]["id"] == each["ruleId"]
    first, second, *_ = run["results"]
    (location,) = first["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "system.py"}}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "Db.Port"}]
    assert second["suppressions"] == [{"kind": "inSource", "justification": "a & trap"}]


def test_a_finding_has_one_fingerprint_whatever_it_says() -> None:
    def of(what: str) -> Any:
        one = report(finding("store-open-to-internet", what))
        return json.loads(render_sarif(one, every_rule()))["runs"][0]["results"][0]

    assert of("a")["partialFingerprints"] == of("b")["partialFingerprints"]

from typing import Any

import pytest

from seatrial.graph.schema.faults import Faults, spell
from seatrial.graph.schema.node import Document
from seatrial.graph.values import AtRun, GetAtt, Intrinsic, Pseudo, Ref

KINDS = {"Text": "string", "List": "array", "Unknown": "", "Gone": "absent"}


def faults(raw: Any, value: Any, definitions: dict[str, Any] | None = None) -> list[str]:
    """Give the faults of a value as `way code`."""
    found = Faults(lambda symbol: KINDS.get(getattr(symbol, "id", ""), "string"))
    Document(definitions or {}).node(raw).check(value, None, found)
    return [f"{spell(each.steps)} {each.code}".strip() for each in found.found]


NUMBER = {"type": "integer", "minimum": 1, "maximum": 10}
TEXT = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}


@pytest.mark.parametrize(
    ("raw", "value", "found"),
    [
        (NUMBER, 5, []),
        (NUMBER, "5", []),
        (NUMBER, 5.0, []),
        (NUMBER, 5.5, ["wrong-type"]),
        (NUMBER, True, ["wrong-type"]),
        (NUMBER, "five", ["wrong-type"]),
        (NUMBER, 0, ["out-of-range"]),
        (NUMBER, "11", ["out-of-range"]),
        (NUMBER, float("nan"), ["wrong-type"]),
        ({"type": "number", "multipleOf": 60}, 90, ["out-of-range"]),
        ({"type": "boolean"}, "true", []),
        ({"type": "boolean"}, 1, ["wrong-type"]),
        ({"type": "string"}, 5, []),
        ({"type": "string"}, True, []),
        ({"type": "string"}, None, ["wrong-type"]),
        ({"type": "string"}, {1, 2}, ["wrong-type"]),
        (TEXT, "abc", []),
        (TEXT, "a", ["wrong-length"]),
        (TEXT, "abcde", ["wrong-length"]),
        (TEXT, "a1", ["wrong-pattern"]),
        ({"enum": ["a", "b"]}, "c", ["wrong-value"]),
        ({"enum": [1, 2], "type": "integer"}, "2", []),
        ({"enumCaseInsensitive": ["vpc"], "type": "string"}, "VPC", []),
        ({"const": "*"}, "+", ["wrong-value"]),
        ({"type": "array", "minItems": 2}, [1], ["wrong-length"]),
        ({"type": "array", "maxItems": 1}, [1, 2], ["wrong-length"]),
        ({"type": "array", "items": NUMBER}, [1, 99], ["[1] out-of-range"]),
        ({"type": "array", "uniqueItems": True}, ["a", "b", "a"], ["[2] twice"]),
        ({"type": "array", "uniqueKeys": ["N"]}, [{"N": "a"}, {"N": "a"}], ["[1] twice"]),
        ({"type": "array", "contains": {"enum": ["a"]}}, ["b"], ["missing"]),
        ({"properties": {"A": NUMBER}, "additionalProperties": False}, {"B": 1},
            ["B unknown-property"]),
        ({"properties": {"A": False}}, {"A": 1}, ["A not-allowed"]),
        ({"patternProperties": {"^x": NUMBER}, "additionalProperties": False}, {"x1": 0},
            ["x1 out-of-range"]),
        ({"additionalProperties": NUMBER}, {"any": 0}, ["any out-of-range"]),
        ({"type": "object"}, {"any": {"thing": [1]}}, []),
        ({"required": ["A"]}, {}, ["A missing"]),
        ({"dependentRequired": {"A": ["B"]}}, {"A": 1}, ["B missing"]),
        ({"dependentExcluded": {"A": ["B"], "B": ["A"]}}, {"A": 1, "B": 1}, ["B not-allowed"]),
        ({"requiredXor": ["A", "B"]}, {"A": 1, "B": 1}, ["not-allowed"]),
        ({"requiredXor": ["A", "B"]}, {}, ["missing"]),
        ({"requiredOr": ["A", "B"]}, {}, ["missing"]),
        ({"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}, {"A": 1, "B": 1}, ["not-allowed"]),
        ({"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}, {}, ["A missing"]),
        ({"anyOf": [{"type": "object"}, NUMBER]}, 0, ["out-of-range"]),
        ({"allOf": [{"required": ["A"]}, {"required": ["B"]}]}, {}, ["A missing", "B missing"]),
        ({"not": {"enum": ["rdsadmin"]}}, "rdsadmin", ["not-allowed"]),
        ({"if": {"required": ["A"]}, "then": {"required": ["B"]}}, {"A": 1}, ["B missing"]),
        ({"if": {"required": ["A"]}, "else": {"required": ["B"]}}, {}, ["B missing"]),
    ],
)  # fmt: skip
def test_literals(raw: Any, value: Any, found: list[str]) -> None:
    assert faults(raw, value) == found


@pytest.mark.parametrize(
    ("raw", "value", "found"),
    [
        (NUMBER, Ref("Text"), []),
        (NUMBER, Ref("List"), ["wrong-type"]),
        (NUMBER, Ref("Unknown"), []),
        ({"type": "array"}, GetAtt("Text", "Arn"), ["wrong-type"]),
        ({"type": "array"}, GetAtt("List", "Arns"), []),
        ({"type": "object"}, Ref("Text"), ["wrong-type"]),
        (TEXT, AtRun("HOST", "0.0.0.0"), ["wrong-length"]),
        (NUMBER, Intrinsic("Fn::If", ["c", 5, 0]), ["out-of-range"]),
        ({"required": ["A"]}, {"A": Ref("Gone")}, ["A missing"]),
        ({"properties": {"A": NUMBER}}, {"A": Ref("Gone")}, []),
        # What a symbol will be is unknown, so neither branch is taken.
        ({"if": {"properties": {"A": {"enum": ["x"]}}}, "then": False, "else": False},
            {"A": Pseudo("AWS::Region")}, []),
    ],
)  # fmt: skip
def test_symbols(raw: Any, value: Any, found: list[str]) -> None:
    assert faults(raw, value) == found


def test_references_are_followed_and_may_be_recursive() -> None:
    tree = {
        "properties": {"Leaf": NUMBER, "Tree": {"$ref": "#/definitions/Tree"}},
        "additionalProperties": False,
    }
    value = {"Tree": {"Tree": {"Leaf": 0}}}
    found = faults({"$ref": "#/definitions/Tree"}, value, {"Tree": tree})
    assert found == ["Tree.Tree.Leaf out-of-range"]


def test_a_value_with_a_secret_name_is_never_shown() -> None:
    found = Faults(lambda _: "")
    raw = {"properties": {"MasterUserPassword": {"type": "string", "pattern": "^x"}}}
    Document({}).node(raw).check({"MasterUserPassword": "hunter2"}, None, found)
    assert "hunter2" not in f"{found.found}"

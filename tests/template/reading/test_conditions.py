"""Conditions are always decided, and what was assumed is said."""

from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from tests.template.reading.given import read


def holds(folder: Path, condition: str, **given: str) -> tuple[bool, tuple[str, ...]]:
    text = f"""
        Parameters:
          Env: {{Type: String, Default: prod}}
          Count: {{Type: Number, Default: 2}}
          Open: {{Type: String}}
        Mappings: {{M: {{prod: {{Big: true}}}}}}
        Conditions:
          C: {condition}
          Other: !Equals [!Ref Env, dev]
        Resources:
          Always: {{Type: 'AWS::SQS::Queue', DependsOn: [Made, Always2]}}
          Always2: {{Type: 'AWS::SQS::Queue', DependsOn: Made}}
          Made: {{Type: 'AWS::SQS::Queue', Condition: C}}
        Outputs:
          Told: {{Value: !Ref Made, Condition: C}}
        """
    reading = read(folder, text, **given)
    made = "Made" in reading.graph.resources
    assert ("Told" in reading.graph.outputs) is made
    assert reading.graph["Always2"].depends_on == (("Made",) if made else ())
    return made, reading.assumptions


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("!Equals [!Ref Env, prod]", True),
        ("!Equals [!Ref Env, dev]", False),
        ("!Equals [!Ref Count, '2']", True),
        ("!Equals [true, 'true']", True),
        ("!Equals [!Ref AWS::Region, us-east-1]", True),
        ("!Equals [!Ref AWS::StackName, !Ref AWS::StackName]", True),
        ("!Equals [!FindInMap [M, !Ref Env, Big], true]", True),
        ("!Equals [!Select [0, !Split ['-', a-b]], a]", True),
        ("!Not [!Condition Other]", True),
        ("!And [!Condition Other, !Equals [1, 1]]", False),
        ("!Or [!Condition Other, !Equals [1, 1]]", True),
        ("{Condition: Other}", False),
    ],
)
def test_a_condition_is_decided(tmp_path: Path, condition: str, wanted: bool) -> None:
    assert holds(tmp_path, condition) == (wanted, ())


def test_a_given_parameter_decides(tmp_path: Path) -> None:
    assert holds(tmp_path, "!Condition Other", Env="dev") == (True, ())


@pytest.mark.parametrize(
    ("condition", "wanted", "note"),
    [
        ("!Equals [!Ref Open, '']", False, "condition C: Open and '' are taken as unlike"),
        ("!Not [!Equals [!Ref Open, '']]", True, "condition C: Open and '' are taken as unlike"),
        (
            "!Equals [!Ref AWS::AccountId, '1']",
            False,
            "condition C: AWS::AccountId and '1' are taken as unlike",
        ),
        ("yes", True, "condition C: it is not written as AWS takes it; it is taken to hold"),
    ],
)
def test_what_is_assumed_is_said(tmp_path: Path, condition: str, wanted: bool, note: str) -> None:
    made, notes = holds(tmp_path, condition)
    assert made is wanted
    assert note in notes


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("!Condition C", "stack.yaml:8: condition 'C' asks for itself"),
        ("!Not [!Condition D]", "condition C asks for condition 'D', which is not there. Known: C"),
    ],
)
def test_a_condition_that_leads_nowhere_is_told(tmp_path: Path, condition: str, told: str) -> None:
    with pytest.raises(Mistake) as mistake:
        holds(tmp_path, condition)
    assert told in str(mistake.value)


def test_a_resource_names_the_condition_that_it_misses(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"stack.yaml:2: Q asks for condition 'C', which is not"):
        read(tmp_path, "Resources:\n  Q: {Type: AWS::SQS::Queue, Condition: C}")

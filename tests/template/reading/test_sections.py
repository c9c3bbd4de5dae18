"""What is no template is one message with its line."""

from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from tests.template.reading.given import read

ACCEPT = "    Metadata:\n      Seatrial:\n        accept: "
QUEUE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "stack.yaml: this is no CloudFormation template: it holds nothing."),
        ("- a", "this is no CloudFormation template: it holds no mapping of sections."),
        ("a: 1", "it has no section Resources. Give a file with a section Resources."),
        (
            "A: 1\nresources: {}",
            "stack.yaml:2: this is no CloudFormation template: it has no section Resources. Write",
        ),
        ("Resources:", "stack.yaml:1: this is no CloudFormation template: Resources is empty"),
        ("Resources: []", "Resources is empty"),
        ("Resources: [1]", "stack.yaml:1: Resources must be a mapping of names"),
        ("Resources:\n  A: 1", "stack.yaml:2: resource 'A' must be a mapping with a Type"),
        ("Resources:\n  A: {}", "stack.yaml:2: resource 'A' has no Type"),
        ("Resources:\n  A: {type: x}", "resource 'A' has no Type. Write Type for type."),
        ("Resources:\n  A: {Type: [x]}", "stack.yaml:2: resource 'A' has no Type"),
        (
            "Resources:\n  A: {Type: S3Bucket}",
            "'S3Bucket' is no type of a resource. Write e.g. AWS",
        ),
        ("Resources:\n  A: {Type: 'AWS::'}", "'AWS::' is no type of a resource"),
        (QUEUE + ACCEPT + "[x]", "stack.yaml:2: resource 'Queue': accept must give each rule a r"),
        (QUEUE + ACCEPT + "{x: ' '}", "resource 'Queue': accept of 'x' needs a reason. Write"),
        (QUEUE + ACCEPT + "{x: }", "resource 'Queue': accept of 'x' needs a reason"),
        (QUEUE + "    Properties: [1]", "stack.yaml:2: resource 'Queue': Properties must be a map"),
        (QUEUE + "    Condition: [1]", "resource 'Queue': Condition must be the name of a cond"),
        (QUEUE + "    DependsOn: {a: 1}", "DependsOn must be the name of a resource, or a list"),
        (QUEUE + "    DependsOn: [1]", "DependsOn must be a list of names"),
        (QUEUE + "Parameters: x", "stack.yaml:4: Parameters must be a mapping of names"),
        (QUEUE + "Parameters:\n  P: x", "stack.yaml:5: Parameters, 'P': this must be a mapping"),
        (QUEUE + "Parameters:\n  P: {Default: x}", "Parameters, 'P': Type must be a text"),
        (QUEUE + "Conditions: [x]", "stack.yaml:4: Conditions must be a mapping of names"),
        (QUEUE + "Mappings:\n  M: 1", "stack.yaml:5: Mappings, 'M': this must be a mapping"),
        (QUEUE + "Outputs:\n  O: 1", "stack.yaml:5: Outputs, 'O': this must be a mapping"),
    ],
)
def test_what_is_no_template_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Mistake) as mistake:
        read(tmp_path, text)
    assert told in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("extra", "note"),
    [
        ("Transform: AWS::Serverless-2016-10-31\n  ", "makes resources of none; those are not"),
        ("Transform: [Count]", "the macro Count may change the template; it is not read"),
        ("Transform: {Name: 'AWS::Include'}", "the macro AWS::Include may change the template"),
    ],
)
def test_transforms_are_named(tmp_path: Path, extra: str, note: str) -> None:
    assert any(note in each for each in read(tmp_path, f"{QUEUE}{extra}").assumptions)


def test_what_sam_would_make_is_named_and_kept(tmp_path: Path) -> None:
    text = f"{QUEUE}  Api: {{Type: 'AWS::Serverless::Api'}}\nTransform: AWS::Serverless-2016-10-31"
    reading = read(tmp_path, text)
    assert reading.graph["Api"].type == "AWS::Serverless::Api"
    said = "AWS::Serverless-2016-10-31 makes resources of Api; those are not read"
    assert reading.assumptions == (said,)


def test_a_loop_is_named(tmp_path: Path) -> None:
    text = f"{QUEUE}  Fn::ForEach::Each: [a, [b], {{}}]\nTransform: AWS::LanguageExtensions"
    reading = read(tmp_path, text)
    assert list(reading.graph.resources) == ["Queue"]
    assert reading.assumptions == (
        "Fn::ForEach::Each makes resources in a loop; they are not read",
    )


def test_each_resource_knows_its_line(tmp_path: Path) -> None:
    resource = read(tmp_path, QUEUE).graph["Queue"]
    assert resource.origin is not None
    assert resource.origin.part == ""
    assert str(resource.origin.place).endswith("stack.yaml:2")

"""A template's text: both forms, their lines, and one message for each thing that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from seatrial.mistake import Mistake
from seatrial.template.reading.written import read_written
from seatrial.template.reading.yaml_text import scalar
from tests.template.reading.given import written

JSON = """{
  "Description": "two \\"quoted\\" words",
  "Resources": {
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Topic": {
      "Type": "AWS::SNS::Topic"
    }
  }, "Outputs": {}
}
"""
YAML = """# a comment
Description: text
Resources:

  Queue: {Type: AWS::SQS::Queue}
  "Topic":
    Type: AWS::SNS::Topic
"""


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("t.json", JSON, {"Queue": 4, "Topic": 5}),
        ("t.template", JSON, {"Queue": 4, "Topic": 5}),
        ("t.yaml", JSON, {"Queue": 4, "Topic": 5}),
        ("t.yml", YAML, {"Queue": 5, "Topic": 6}),
        ("t.template", YAML, {"Queue": 5, "Topic": 6}),
        ("t.json", "\ufeff" + JSON, {"Queue": 4, "Topic": 5}),
    ],
)
def test_each_resource_has_its_line(
    tmp_path: Path, name: str, text: str, lines: dict[str, int]
) -> None:
    found = read_written(written(tmp_path, text, name))
    assert {id: found.place("Resources", id).line for id in lines} == lines
    assert found.data["Resources"]["Topic"] == {"Type": "AWS::SNS::Topic"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Queue", {"Ref": "Queue"}),
        ("!GetAtt Queue.Arn", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!GetAtt Stack.Outputs.Url", {"Fn::GetAtt": ["Stack", "Outputs.Url"]}),
        ("!GetAtt [Queue, Arn]", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!Sub '${A} b'", {"Fn::Sub": "${A} b"}),
        ("!Condition Big", {"Condition": "Big"}),
        ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ("!Base64 {Fn::Sub: x}", {"Fn::Base64": {"Fn::Sub": "x"}}),
        ("2012-10-17", "2012-10-17"),
        ("22:22", "22:22"),
        ("15.10", "15.10"),
        ("0.5", 0.5),
        ("0644", "0644"),
        ("-1", -1),
        ("yes", True),
        ("'yes'", "yes"),
        ("~", None),
        ("1e3", "1e3"),
        ("012345678901", "012345678901"),
        ("arn:aws:iam::aws:policy/x", "arn:aws:iam::aws:policy/x"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_yaml_is_read_as_cloudformation_reads_it(tmp_path: Path, text: str, value: Any) -> None:
    found = read_written(written(tmp_path, f"Resources: {text}"))
    assert found.data["Resources"] == value
    assert type(found.data["Resources"]) is type(value)


def test_a_plain_scalar_that_is_no_word_stays_text() -> None:
    assert scalar("nothing") == "nothing"
    assert scalar("+") == "+"


def test_an_alias_is_what_it_stands_for(tmp_path: Path) -> None:
    text = "Resources:\n  A: &a {Type: T}\n  B: *a\n"
    assert read_written(written(tmp_path, text)).data["Resources"]["B"] == {"Type": "T"}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("t.json", '{\n "a": 1,\n}', "t.json:3: this is not JSON: expecting property name"),
        ("t.json", '{\n "a": 1\n "b"}', "t.json:3: this is not JSON: expecting ',' delimiter."),
        ("t.json", '{"a"\n 1}', "t.json:2: this is not JSON: expecting ':' delimiter."),
        ("t.json", '{"a": {"b": [1,\n}}}', "t.json:2: this is not JSON: expecting value."),
        ("t.json", '{"a": 1}\nx', "t.json:2: this is not JSON: extra data."),
        ("t.json", "{", "t.json:1: this is not JSON: expecting property name"),
        ("t.json", '{"a":\n NaN}', "t.json:2: this is not JSON: NaN is no JSON."),
        (
            "t.json",
            '{"a":\n' + "9" * 5000 + "}",
            "t.json:2: this is not JSON: a number of 5000 digits",
        ),
        ("t.json", '{"a": "\\ud800"}', "t.json: this holds half a character"),
        ("t.json", '{"a": 1,\n"a": 2}', "t.json:2: 'a' stands twice in one mapping. Take one"),
        ("t.json", '{"R": {"A": 1,\n"A": 2}}', "t.json:2: 'A' stands twice in one mapping."),
        ("t.json", '{"R": {"A": {"c": [{"b\\"": "b\\"",\n"b\\"": 2}]}}}', "t.json:2: 'b\"' stands"),
        ("t.yaml", "a: 1\nb: 2\na: 3\n", "t.yaml:3: 'a' stands twice in one mapping."),
        ("t.yaml", "a:\n  - b: 1\n    b: 1\n", "t.yaml:3: 'b' stands twice in one mapping."),
        ("t.yaml", "a:\n\t- b", "t.yaml:2: this is not YAML: found character that cannot"),
        ("t.yaml", "a: [1\nb: 2", "t.yaml:2: this is not YAML:"),
        ("t.yaml", "a: \x07", "t.yaml: this is not YAML:"),
        ("t.yaml", "a: 1\n---\nb: 2", "t.yaml:2: this is not YAML: but found another document."),
        ("t.yaml", "a: *b", "t.yaml:1: this is not YAML: found undefined alias"),
        ("t.yaml", "a: &a\n  b: *a", "t.yaml:1: this cannot be read: it holds itself"),
        ("t.yaml", "? [a]\n: 1", "t.yaml:1: a key must be a text"),
        ("t.yaml", "a: &a {}\nb:\n  <<: *a", "t.yaml:3: AWS does not take YAML's merges (<<)."),
        ("t.yaml", "a: !Reff x", "t.yaml:1: !Reff is no function of CloudFormation. Did you mean"),
        ("t.yaml", "a: !Rain::Embed x", "is no function of CloudFormation. Read what the tool"),
    ],
)
def test_what_is_wrong_is_one_message_with_its_line(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(Mistake) as mistake:
        read_written(written(tmp_path, text, name))
    assert told in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(Mistake, match="its aliases make it huge"):
        read_written(written(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(("name", "text"), [("t.json", '{"a":'), ("t.yaml", "["), ("t.json", "[")])
def test_what_is_nested_too_deeply_is_told(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(Mistake):
        read_written(written(tmp_path, text * 200_000, name))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(Mistake, match=r"t.yaml:2: this is not text in UTF-8."):
        read_written(file)
    with pytest.raises(Mistake, match=r"none.json: it cannot be read: No such file"):
        read_written(tmp_path / "none.json")
    file.write_bytes(b" " * 9_000_000)
    with pytest.raises(Mistake, match="this has over 8 MB"):
        read_written(file)

"""What a parameter stands for: what is given, the default, what its type says, or nothing."""

from pathlib import Path
from typing import Any

import pytest

from seatrial.graph.values import Intrinsic, Join, Ref, Zone
from seatrial.mistake import Mistake
from seatrial.template.reading.parameters import pieces
from tests.template.reading.given import read

ZONE = "AWS::EC2::AvailabilityZone::Name"


def value(folder: Path, parameter: str, **given: str) -> tuple[Any, tuple[str, ...]]:
    text = f"""
        Parameters:
          P: {{{parameter}}}
        Resources:
          Queue:
            Type: AWS::SQS::Queue
            Properties: {{Value: !Ref P}}
        """
    reading = read(folder, text, **given)
    return reading.graph["Queue"].properties["Value"], reading.assumptions


@pytest.mark.parametrize(
    ("parameter", "given", "wanted"),
    [
        ("Type: String, Default: a", {}, "a"),
        ("Type: String, Default: a", {"P": "b"}, "b"),
        ("Type: String, Default: ''", {}, ""),
        ("Type: Number, Default: '12'", {}, 12),
        ("Type: Number, Default: 0.5", {}, 0.5),
        ("Type: Number", {"P": "3"}, 3),
        ("Type: CommaDelimitedList, Default: 'a, b'", {}, ["a", "b"]),
        ("Type: List<Number>, Default: '1,2'", {}, [1, 2]),
        ("Type: List<AWS::EC2::Subnet::Id>", {"P": "subnet-1,subnet-2"}, ["subnet-1", "subnet-2"]),
        ("Type: String, AllowedValues: [true, false], Default: false", {"P": "true"}, "true"),
    ],
)
def test_a_value_has_its_type(
    tmp_path: Path, parameter: str, given: dict[str, str], wanted: Any
) -> None:
    assert value(tmp_path, parameter, **given) == (wanted, ())


@pytest.mark.parametrize(
    ("parameter", "wanted", "note"),
    [
        ("Type: String", Ref("P"), "parameter P (String) has no default and stays open"),
        (
            "Type: AWS::EC2::VPC::Id",
            Ref("P"),
            "parameter P (AWS::EC2::VPC::Id) has no default and stays open",
        ),
        (
            "Type: String, AllowedValues: [prod, dev]",
            "prod",
            "parameter P has no default: it is 'prod', the first allowed",
        ),
        (f"Type: {ZONE}", Zone(0), "parameter P has no default: it is zone 1 of us-east-1"),
        (
            f"Type: List<{ZONE}>",
            [Zone(index) for index in range(6)],
            "parameter P has no default: it is the zones of us-east-1",
        ),
        (
            "Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>, Default: /aws/ami",
            Ref("P"),
            "parameter P is what SSM's parameter /aws/ami holds: it stays open",
        ),
    ],
)
def test_what_is_assumed_is_said(tmp_path: Path, parameter: str, wanted: Any, note: str) -> None:
    assert value(tmp_path, parameter) == (wanted, (note,))


def test_what_nothing_refers_to_is_not_said(tmp_path: Path) -> None:
    text = "Parameters: {P: {Type: String}}\nResources: {Q: {Type: 'AWS::SQS::Queue'}}"
    reading = read(tmp_path, text)
    assert reading.assumptions == ()
    assert reading.graph.parameters["P"].type == "String"


@pytest.mark.parametrize(
    ("parameter", "given", "told"),
    [
        ("Type: Number, Default: x", {}, "stack.yaml:3: parameter P takes a number, not 'x'"),
        ("Type: Number", {"P": "many"}, "parameter P takes a number, not 'many'"),
        ("Type: String, Default: {a: 1}", {}, "parameter P: a value must be a text or a number"),
        ("Type: String, Default: [a]", {}, "parameter P (String) takes one value, not a list"),
        ("Type: String, AllowedValues: [prod]", {"P": "prd"}, "P cannot be 'prd'. Did you mean"),
        ("Type: String", {"Q": "1"}, "stack.yaml:2: the template has no parameter 'Q'. Known: 'P'"),
    ],
)
def test_a_wrong_value_is_told(
    tmp_path: Path, parameter: str, given: dict[str, str], told: str
) -> None:
    with pytest.raises(Mistake) as mistake:
        value(tmp_path, parameter, **given)
    assert told.replace("'P'", "P") in str(mistake.value)


def test_zones_differ(tmp_path: Path) -> None:
    text = f"""
        Parameters: {{A: {{Type: '{ZONE}'}}, B: {{Type: '{ZONE}'}}}}
        Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{Zones: [!Ref A, !Ref B]}}}}}}
        """
    assert read(tmp_path, text).graph["Q"].properties["Zones"] == [Zone(0), Zone(1)]


def test_a_joined_text_falls_into_its_pieces() -> None:
    joined = Join((Ref("A"), ",b-", Ref("B"), ",c"))
    assert pieces(joined) == [Ref("A"), Join(("b-", Ref("B"))), "c"]


def test_an_unknown_region_is_told(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"'us-east1' is not an AWS region. Did you mean 'us-east-1'"):
        read(tmp_path, "Resources: {Q: {Type: AWS::SQS::Queue}}", region="us-east1")


def test_an_open_list_is_selected_from_by_a_symbol(tmp_path: Path) -> None:
    text = """
        Parameters: {P: {Type: 'List<AWS::EC2::Subnet::Id>'}}
        Resources: {Q: {Type: AWS::SQS::Queue, Properties: {One: !Select [1, !Ref P]}}}
        """
    one = read(tmp_path, text).graph["Q"].properties["One"]
    assert one == Intrinsic("Fn::Select", [1, Ref("P")])

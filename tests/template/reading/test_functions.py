"""What functions come to: values where the template says them, symbols where only AWS knows."""

from pathlib import Path
from typing import Any

import pytest

from seatrial.graph.values import GetAtt, Intrinsic, Join, Pseudo, Ref, Secret, Zone
from seatrial.mistake import Mistake
from tests.template.reading.given import evaluated, read

REST = {
    "Mappings": {"Sizes": {"us-east-1": {"Big": 8, "Names": ["a", "b"]}}},
    "Parameters": {
        "Open": {"Type": "String"},
        "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
        "Size": {"Type": "Number", "Default": 3},
    },
    "Conditions": {"Yes": {"Fn::Equals": [1, "1"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Gone": {"Type": "AWS::SQS::Queue", "Condition": "No"},
        "Password": {"Type": "AWS::SecretsManager::Secret"},
    },
}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"Ref": "Vpc"}, Ref("Vpc")),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::AccountId"}, Pseudo("AWS::AccountId")),
        ([1, {"Ref": "AWS::NoValue"}, None, 2], [1, 2]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": None, "c": 1}, {"c": 1}),
        ({"Ref": "x", "other": 1}, {"Ref": "x", "other": 1}),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, GetAtt("Queue", "Arn")),
        ({"Fn::GetAtt": "Queue.Arn"}, GetAtt("Queue", "Arn")),
        ({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "10.0.0.0/16"),
        ({"Fn::Sub": "${AWS::Region}-${Size}-${!No}"}, "us-east-1-3-${No}"),
        ({"Fn::Sub": "${Queue.Arn}/*"}, Join((GetAtt("Queue", "Arn"), "/*"))),
        ({"Fn::Sub": ["${A} ${Queue}", {"A": "a"}]}, Join(("a ", Ref("Queue")))),
        ({"Fn::Sub": "${Names}"}, "a,b"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Size"}, True]]}, "a-3-true"),
        ({"Fn::Join": [",", {"Ref": "Names"}]}, "a,b"),
        ({"Fn::Join": [":", ["a", {"Ref": "Vpc"}]]}, Join(("a:", Ref("Vpc")))),
        ({"Fn::Split": ["|", "a|b"]}, ["a", "b"]),
        ({"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "Vpc"}, "b"]]}]}, [Ref("Vpc"), "b"]),
        (
            {"Fn::Split": ["-", {"Fn::Join": ["-", [{"Ref": "Vpc"}, "b"]]}]},
            Intrinsic("Fn::Split", ["-", Join((Ref("Vpc"), "-b"))]),
        ),
        ({"Fn::Select": ["1", {"Ref": "Names"}]}, "b"),
        ({"Fn::GetAZs": ""}, [Zone(index) for index in range(6)]),
        ({"Fn::Select": [2, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, Zone(2)),
        ({"Fn::GetAZs": "eu-west-1"}, Intrinsic("Fn::GetAZs", "eu-west-1")),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Big"]}, 8),
        ({"Fn::FindInMap": ["Sizes", "us-east-1", "Names"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Sizes", "mars", "Big", {"DefaultValue": 1}]}, 1),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]}, None),
        ({"a": {"Ref": "Gone"}, "b": [{"Fn::GetAtt": ["Gone", "Arn"]}]}, {"b": []}),
        (
            {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 3, 8]},
            ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"],
        ),
        ({"Fn::Cidr": ["10.0.0.0/24", "2", "5"]}, ["10.0.0.0/27", "10.0.0.32/27"]),
        ({"Fn::Cidr": ["2001:db8::/56", 1, 64]}, ["2001:db8::/64"]),
        (
            {"Fn::Cidr": [{"Ref": "Vpc"}, 1, 8]},
            Intrinsic("Fn::Cidr", [Ref("Vpc"), 1, 8]),
        ),
        ({"Fn::Base64": {"Fn::Sub": "${Size}"}}, Intrinsic("Fn::Base64", "3")),
        ({"Fn::Length": {"Ref": "Names"}}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "Size"}}}, Intrinsic("Fn::ToJsonString", {"a": 3})),
        (
            {"Fn::Sub": "{{resolve:secretsmanager:${Password}:SecretString:key}}"},
            Secret("Password", "key", dynamic=True),
        ),
        (
            {
                "Fn::Join": [
                    "",
                    ["{{resolve:secretsmanager:", {"Ref": "Password"}, ":SecretString:key::}}"],
                ]
            },
            Secret("Password", "key", dynamic=True),
        ),
        ("{{resolve:ssm:/a:1}}", "{{resolve:ssm:/a:1}}"),
    ],
)
def test_what_the_template_says_is_known(tmp_path: Path, written: Any, wanted: Any) -> None:
    assert evaluated(tmp_path, written, REST) == (wanted, ())


@pytest.mark.parametrize(
    ("written", "wanted", "note"),
    [
        (
            {"Ref": "Nowhere"},
            Ref("Nowhere"),
            "Queue: Nowhere is not in the template; something outside makes it",
        ),
        (
            {"Fn::Sub": "${Other.Arn}"},
            GetAtt("Other", "Arn"),
            "Queue: Other is not in the template; something outside makes it",
        ),
        (
            {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}},
            Intrinsic("Fn::ImportValue", Join((Pseudo("AWS::StackName"), "-x"))),
            "${AWS::StackName}-x of Fn::ImportValue is another stack's output: it stays open",
        ),
        (
            {"Fn::FindInMap": ["Sizes", "mars", "Big"]},
            Intrinsic("Fn::FindInMap", ["Sizes", "mars", "Big"]),
            "Queue: the map Sizes has nothing under mars, Big; it stays open",
        ),
        (
            {"Fn::Select": [5, ["a"]]},
            Intrinsic("Fn::Select", [5, ["a"]]),
            "Queue: Fn::Select asks for number 6 of 1; it stays open",
        ),
        (
            {"Fn::Join": "x"},
            Intrinsic("Fn::Join", "x"),
            "Queue: Fn::Join is not written as AWS takes it; it stays open",
        ),
        (
            {"Fn::Cidr": ["nowhere", 1, 8]},
            Intrinsic("Fn::Cidr", ["nowhere", 1, 8]),
            "Queue: Fn::Cidr is not written as AWS takes it; it stays open",
        ),
        (
            {"Fn::Sub": "${}"},
            Intrinsic("Fn::Sub", "${}"),
            "Queue: Fn::Sub is not written as AWS takes it; it stays open",
        ),
        (
            {"Fn::Transform": {"Name": "AWS::Include"}},
            Intrinsic("Fn::Transform", {"Name": "AWS::Include"}),
            "Queue: Fn::Transform stands here; what it makes is not read",
        ),
        (
            {"a": 1, "Fn::Transform": {"Name": "AWS::Include"}},
            {"a": 1},
            "Queue: Fn::Transform stands here; what it adds is not read",
        ),
        (
            {"Fn::Join": ["", ["a", {"Ref": "Open"}]]},
            Join(("a", Ref("Open"))),
            "parameter Open (String) has no default and stays open",
        ),
    ],
)
def test_what_stays_open_is_said(tmp_path: Path, written: Any, wanted: Any, note: str) -> None:
    assert evaluated(tmp_path, written, REST) == (wanted, (note,))


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_a_region_has_its_partition(
    tmp_path: Path, region: str, partition: str, suffix: str
) -> None:
    properties = "{A: !Sub '${AWS::Partition} ${AWS::URLSuffix}'}"
    text = f"Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {properties}}}}}"
    reading = read(tmp_path, text, region=region)
    assert reading.graph["Q"].properties["A"] == f"{partition} {suffix}"


def test_a_vpc_that_asks_for_its_own_range_ends(tmp_path: Path) -> None:
    text = "Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !GetAtt V.CidrBlock}}}"
    range_ = read(tmp_path, text).graph["V"].properties["CidrBlock"]
    assert range_ == GetAtt("V", "CidrBlock")


def test_the_secrets_of_a_task_are_secrets(tmp_path: Path) -> None:
    text = """
        Parameters: {Old: {Type: String}}
        Resources:
          Password: {Type: 'AWS::SecretsManager::Secret'}
          Attached:
            Type: AWS::SecretsManager::SecretTargetAttachment
            Properties: {SecretId: !Ref Password}
          Task:
            Type: AWS::ECS::TaskDefinition
            Properties:
              ContainerDefinitions:
                - Secrets:
                    - {Name: A, ValueFrom: !Ref Password}
                    - {Name: B, ValueFrom: !Sub '${Password}:key::'}
                    - {Name: C, ValueFrom: !Join ['', [!Ref Attached, ':other::']]}
                    - {Name: D, ValueFrom: !Ref Old}
                    - {Name: E, ValueFrom: /ssm/name}
        """
    containers = read(tmp_path, text).graph["Task"].properties["ContainerDefinitions"]
    assert [each["ValueFrom"] for each in containers[0]["Secrets"]] == [
        Secret("Password"),
        Secret("Password", "key"),
        Secret("Password", "other"),
        Ref("Old"),
        "/ssm/name",
    ]


def test_a_function_that_aws_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake) as mistake:
        evaluated(tmp_path, {"Fn::Subb": "x"})
    told = "t.json:1: Queue: Fn::Subb is no function of CloudFormation. Did you mean 'Fn::Sub'?"
    assert str(mistake.value).endswith(told)


def test_a_function_that_a_macro_may_know_stays_open(tmp_path: Path) -> None:
    found, notes = evaluated(tmp_path, {"Fn::Magic": {"Ref": "Vpc"}}, REST | {"Transform": "M"})
    assert found == Intrinsic("Fn::Magic", Ref("Vpc"))
    assert "Queue: Fn::Magic is not known; it stays open" in notes


def test_what_a_resource_depends_on_and_is_not_there_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path, "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: Nope}\n")
    assert "A: it depends on Nope, which is not in the template" in reading.assumptions

"""A value of a type that AWS does not take is told with its line."""

from pathlib import Path

import pytest

from seatrial.mistake import Mistake, Mistakes
from tests.template.reading.given import read


def test_every_wrong_type_is_told(tmp_path: Path) -> None:
    text = """
        Resources:
          Bucket:
            Type: AWS::S3::Bucket
            Properties: {LifecycleConfiguration: true, Tags: [x]}
          Group:
            Type: AWS::EC2::SecurityGroup
            Properties: {GroupDescription: [a]}
        """
    with pytest.raises(Mistakes) as told:
        read(tmp_path, text)
    messages = [str(each) for each in told.value.found]
    assert [each.partition("stack.yaml")[2] for each in messages] == [
        ":3: LifecycleConfiguration of AWS::S3::Bucket Bucket is True. Give an object.",
        ":3: Tags[0] of AWS::S3::Bucket Bucket is 'x'. Give an object.",
        ":6: GroupDescription of AWS::EC2::SecurityGroup Group is a list. Give a text.",
    ]


@pytest.mark.parametrize(
    "properties",
    [
        "{CidrBlock: 10.0.0.0/16, EnableDnsSupport: 'true'}",
        "{CidrBlock: !ImportValue x, Tags: !FindInMap [A, B, C]}",
        "{Unknown: [1], CidrBlock: 5}",
    ],
)
def test_what_aws_may_take_is_taken(tmp_path: Path, properties: str) -> None:
    text = f"Resources: {{Vpc: {{Type: 'AWS::EC2::VPC', Properties: {properties}}}}}"
    assert read(tmp_path, text).graph["Vpc"].properties


def test_a_reference_to_a_text_is_no_object(tmp_path: Path) -> None:
    text = """
        Parameters: {P: {Type: String}}
        Resources:
          Bucket: {Type: 'AWS::S3::Bucket', Properties: {LifecycleConfiguration: !Ref P}}
        """
    with pytest.raises(Mistake, match=r"is a Ref, which gives a text. Give an object"):
        read(tmp_path, text)


def test_what_a_macro_may_change_is_left_out(tmp_path: Path) -> None:
    text = """
        Transform: PyPlate
        Resources:
          Bucket: {Type: 'AWS::S3::Bucket', Properties: {Tags: '#!PyPlate', BucketName: a}}
        """
    reading = read(tmp_path, text)
    assert reading.graph["Bucket"].properties == {"BucketName": "a"}
    assert reading.assumptions == (
        "the macro PyPlate may change the template; it is not read",
        "Bucket: Tags is left to the macro",
    )

"""Nested stacks in files are read along; others are named."""

from pathlib import Path

import pytest

from seatrial.graph.values import GetAtt, Ref
from seatrial.mistake import Mistake
from tests.template.reading.given import read, written

PARENT = """
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: ./parts/network.yaml
          Parameters: {Range: 10.1.0.0/16}
      Web:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: parts/web.yaml
          Parameters:
            Subnets: !GetAtt Network.Outputs.Subnets
            Vpc: !GetAtt Network.Outputs.Vpc
"""
NETWORK = """
    Parameters: {Range: {Type: String}, Name: {Type: String}}
    Resources:
      Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Ref Range}}
      A: {Type: 'AWS::EC2::Subnet', DependsOn: Vpc, Properties: {VpcId: !Ref Vpc, Name: !Ref Name}}
      B: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc}}
    Outputs:
      Vpc: {Value: !Ref Vpc}
      Subnets: {Value: !Join [',', [!Ref A, !Ref B]]}
"""
WEB = """
    Parameters: {Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}, Vpc: {Type: 'AWS::EC2::VPC::Id'}}
    Resources:
      Balancer:
        Type: AWS::ElasticLoadBalancingV2::LoadBalancer
        Properties: {Subnets: !Ref Subnets}
      Group: {Type: 'AWS::EC2::SecurityGroup', Properties: {VpcId: !Ref Vpc}}
"""


def test_a_stack_in_a_file_is_read_along(tmp_path: Path) -> None:
    written(tmp_path, NETWORK, "parts/network.yaml")
    written(tmp_path, WEB, "parts/web.yaml")
    reading = read(tmp_path, PARENT)
    graph = reading.graph
    assert list(graph.resources) == [
        *("Network", "Network.Vpc", "Network.A", "Network.B"),
        *("Web", "Web.Balancer", "Web.Group"),
    ]
    subnets = [Ref("Network.A"), Ref("Network.B")]
    assert graph["Web.Balancer"].properties["Subnets"] == subnets
    assert graph["Web.Group"].properties["VpcId"] == Ref("Network.Vpc")
    assert graph["Network.Vpc"].properties["CidrBlock"] == "10.1.0.0/16"
    assert graph["Network.A"].depends_on == ("Network.Vpc",)
    assert str(graph["Network.A"].origin.place).endswith("parts/network.yaml:5")  # type: ignore[union-attr]
    assert reading.assumptions == ("parameter Network.Name (String) has no default and stays open",)
    assert graph["Network.A"].properties["Name"] == Ref("Network.Name")
    assert graph.parameters["Network.Name"].type == "String"


@pytest.mark.parametrize(
    ("address", "note"),
    [
        ("https://example.com/x.yaml", "A: the nested stack of https://example.com/x.yaml is not"),
        ("gone.yaml", "A: the nested stack of gone.yaml is not read: there is no such file"),
        ("!Ref AWS::StackName", "A: the nested stack of an address that is not known is not read"),
    ],
)
def test_a_stack_elsewhere_is_named(tmp_path: Path, address: str, note: str) -> None:
    text = f"""
        Resources:
          A: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {address}}}}}
          Q: {{Type: AWS::SQS::Queue, Properties: {{V: !GetAtt A.Outputs.V}}}}
        """
    reading = read(tmp_path, text)
    assert any(each.startswith(note) for each in reading.assumptions)
    assert reading.graph["Q"].properties["V"] == GetAtt("A", "Outputs.V")


def test_an_output_that_is_not_there_stays_open(tmp_path: Path) -> None:
    written(tmp_path, "Resources: {Q: {Type: AWS::SQS::Queue}}", "in.yaml")
    text = """
        Resources:
          A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: in.yaml}}
          Q: {Type: AWS::SQS::Queue, Properties: {V: !GetAtt A.Outputs.V}}
        """
    reading = read(tmp_path, text)
    assert reading.graph["Q"].properties["V"] == GetAtt("A", "Outputs.V")
    assert reading.assumptions == ("Q: stack A has no output V; it stays open",)


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        (
            "Resources: {S: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: X}}}",
            "in.yaml: the template nests itself by stack.yaml",
        ),
        ("Resources: {S: {}}", "in.yaml:1: resource 'S' has no Type"),
        ("Resources: {S: {Type: AWS::SQS::Queue}}", "in.yaml: the template has no parameter 'P'"),
    ],
)
def test_what_is_wrong_inside_is_told_there(tmp_path: Path, inner: str, told: str) -> None:
    written(tmp_path, inner.replace("X}", "stack.yaml}"), "in.yaml")
    given = "" if "nests" in told else "Parameters: {P: 1}"
    text = f"""
        Resources:
          A:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: in.yaml
              {given}
        """
    with pytest.raises(Mistake) as mistake:
        read(tmp_path, text)
    assert told in str(mistake.value)


def test_a_stack_that_needs_its_own_outputs_is_told(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Resources: {Q: {Type: AWS::SQS::Queue}}\nParameters: {P: {Type: String}}",
        "in.yaml",
    )
    text = """
        Resources:
          A:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: in.yaml, Parameters: {P: !GetAtt A.Outputs.V}}
        """
    with pytest.raises(Mistake, match="stack 'A' needs its own outputs"):
        read(tmp_path, text)

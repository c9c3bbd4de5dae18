"""Symbols, texts and secrets as Terraform's expressions."""

import pytest

from seatrial.graph import Graph, Parameter, Resource
from seatrial.graph.values import (
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Value,
    Zone,
)
from seatrial.mistake import Mistake
from seatrial.terraform import Folder, folder

GENERATED = {"SecretStringTemplate": '{"username": "app"}', "GenerateStringKey": "password"}


def written(value: Value, name: str = "Description", **more: Resource) -> str:
    """Give how one property of a log group's neighbour is written."""
    graph = system(value, name)
    for id, resource in more.items():
        graph.resources[id] = resource
    return line(folder(graph), name.lower())


def system(value: Value, name: str = "Description") -> Graph:
    graph = Graph("shop", "test", "us-east-1")
    graph.parameters["Tag"] = Parameter("Tag", "String", "A tag")
    graph.add(Resource("Login", "AWS::SecretsManager::Secret", {"GenerateSecretString": GENERATED}))
    graph.add(Resource("Vpc", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}))
    graph.add(Resource("It", "AWS::SSM::Parameter", {"Type": "String", "Value": "1", name: value}))
    return graph


def line(made: Folder, name: str) -> str:
    text = made.files["modules/services/main.tf"]
    found = next(each for each in text.splitlines() if each.strip().startswith(name))
    return found.split("=", 1)[1].strip()


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        (Ref("Tag"), "var.tag"),
        (Ref("Vpc"), "var.vpc_id"),
        (GetAtt("Vpc", "CidrBlock"), "var.vpc_cidr_block"),
        (Pseudo("AWS::Region"), "data.aws_region.current.region"),
        (Pseudo("AWS::StackName"), "var.name"),
        (Zone(1), "data.aws_availability_zones.available.names[1]"),
        (AtRun("PORT", "8000"), '"8000"'),
        (Secret("Login", "password"), '"${var.login_secret_id}:password::"'),
        (Secret("Login"), "var.login_secret_id"),
        (Secret("Login", "username", dynamic=True), '"app"'),
        (Join(("a-", Ref("Tag"), "-${b}")), '"a-${var.tag}-$${b}"'),
        ("shop-test-db", '"${var.name}-db"'),
        ("workshop-testing", '"workshop-testing"'),
        (Intrinsic("Fn::Sub", "${Tag}-${AWS::Region}-${!x}-${Vpc.CidrBlock}"),
         '"${var.tag}-${data.aws_region.current.region}-$${x}-${var.vpc_cidr_block}"'),
        (Intrinsic("Fn::Sub", ["${a}!", {"a": Ref("Tag")}]), '"${var.tag}!"'),
        (Intrinsic("Fn::Join", ["-", ["a", Ref("Tag")]]), '"a-${var.tag}"'),
        (Intrinsic("Fn::Join", [",", Ref("Tag")]), 'join(",", var.tag)'),
        (Intrinsic("Fn::Select", [1, Intrinsic("Fn::Split", ["/", Ref("Tag")])]),
         'split("/", var.tag)[1]'),
        (Intrinsic("Fn::Select", ["0", Intrinsic("Fn::GetAZs", "")]),
         "data.aws_availability_zones.available.names[0]"),
        (Intrinsic("Fn::Base64", Ref("Tag")), "base64encode(var.tag)"),
        (Intrinsic("Fn::GetAtt", ["Vpc", "CidrBlock"]), "var.vpc_cidr_block"),
        (Intrinsic("Fn::GetAtt", "Vpc.CidrBlock"), "var.vpc_cidr_block"),
        (Intrinsic("Ref", "AWS::AccountId"), "data.aws_caller_identity.current.account_id"),
    ],
)  # fmt: skip
def test_a_symbol_becomes_a_reference(value: Value, expression: str) -> None:
    assert written(value) == expression


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Intrinsic("Fn::If", ["A", "b", "c"]), "Terraform has no word for Fn::If"),
        (Intrinsic("Fn::ImportValue", "x"), "Terraform has no word for Fn::ImportValue"),
        (Intrinsic("Fn::FindInMap", ["a", "b", "c"]), "Terraform has no word for Fn::FindInMap"),
        (Pseudo("AWS::StackId"), "Terraform has no word for CloudFormation's AWS::StackId"),
        ("{{resolve:ssm:a}}", r"It \(AWS::SSM::Parameter\) .* Description: .* belongs to"),
        (GetAtt("Vpc", "Nope"), r"Vpc \(AWS::EC2::VPC\) .* awscc_ec2_vpc does not tell Nope"),
    ],
)
def test_what_terraform_has_no_word_for_is_told(value: Value, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        folder(system(value))


def test_a_property_that_the_provider_does_not_have_is_told() -> None:
    with pytest.raises(Mistake, match=r"It .* as Terraform: Nope: the provider does not have it"):
        folder(system("x", "Nope"))


def test_a_condition_is_refused() -> None:
    graph = system("x")
    graph["It"].condition = "IsProduction"
    with pytest.raises(Mistake, match=r"It .* no word for a condition"):
        folder(graph)


def test_a_text_that_is_json_is_written_as_a_document() -> None:
    graph = system("x")
    body = Join(('{"widgets":[{"region":"', Pseudo("AWS::Region"), '"}]}'))
    graph.add(Resource("Board", "AWS::CloudWatch::Dashboard", {"DashboardBody": body}))
    text = folder(graph).files["modules/observability/main.tf"]
    assert "dashboard_body = jsonencode({\n    widgets = [{\n" in text
    assert "region = data.aws_region.current.region" in text


def test_a_secret_goes_to_a_write_only_argument_and_leaves_no_trace() -> None:
    graph = system("x")
    password = Secret("Login", "password", dynamic=True)
    graph.add(
        Resource(
            "Db",
            "AWS::RDS::DBInstance",
            {
                "DBInstanceIdentifier": "shop-test-db",
                "DBInstanceClass": "db.t3.micro",
                "MasterUserPassword": password,
            },
        )
    )
    graph.add(
        Resource("Url", "AWS::SecretsManager::Secret", {"SecretString": Join(("x://", password))})
    )
    graph["It"].properties["Value"] = Ref("Url")
    made = folder(graph)
    read = "jsondecode(ephemeral.aws_secretsmanager_secret_version.login.secret_string)"
    text = made.files["modules/data/main.tf"]
    plain = " ".join(text.split())
    assert f'password_wo = {read}["password"]' in plain
    assert f'secret_string_wo = "x://${{{read}["password"]}}"' in plain
    assert "data." not in text
    assert made.addresses["Url"] == (
        "module.data.awscc_secretsmanager_secret.url",
        "module.data.aws_secretsmanager_secret_version.url",
    )
    # Whoever uses the secret waits until its text is there.
    assert line(made, "value") == "var.url_arn"
    assert "aws_secretsmanager_secret_version.url.arn" in made.files["modules/data/outputs.tf"]
    assert "the state holds them" not in made.files["README.md"]


def test_a_secret_that_the_state_will_hold_is_told_in_the_readme() -> None:
    made = folder(system(Secret("Login", "password", dynamic=True), "Value"))
    assert (
        'data "aws_secretsmanager_secret_version" "login"'
        in (made.files["modules/services/data.tf"])
    )
    assert "the state holds them" in made.files["README.md"]
    assert "- Value of It\n" in made.files["README.md"]


def test_a_parameter_of_systems_manager_is_looked_up() -> None:
    graph = system(Ref("Image"))
    kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    graph.parameters["Image"] = Parameter("Image", kind, "An image", "/aws/service/x")
    made = folder(graph)
    assert line(made, "description") == "data.aws_ssm_parameter.image.value"
    assert "name = var.image" in made.files["modules/services/data.tf"]

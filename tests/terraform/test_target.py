"""Which resource of Terraform stands for a resource, and what refers to it."""

import pytest

from seatrial.graph import Graph, Resource
from seatrial.graph.schema import schema
from seatrial.mistake import Mistake
from seatrial.terraform.aws import aws_schema
from seatrial.terraform.folded import GONE
from seatrial.terraform.kinds import at
from seatrial.terraform.pieces import SPLIT
from seatrial.terraform.specs import REFUSED, SPECS
from seatrial.terraform.target import REFS, Target, target_of
from seatrial.terraform.tiers import TIERS, tier_of
from tests.terraform.offline import packed_types
from tests.terraform.zoo import SECRET, animal

WRITTEN = [type_ for type_ in packed_types() if type_ not in {*REFUSED, *SPLIT, *GONE}]


def target(type_: str) -> Target:
    graph = Graph("zoo", "test", "us-east-1")
    graph.add(Resource(SECRET, "AWS::SecretsManager::Secret", {"Name": "x"}))
    return target_of(graph, graph.add(Resource("It", type_, animal(type_))))


def test_every_packed_type_is_awscc_aws_split_or_refused() -> None:
    for type_ in packed_types():
        kinds = [type_ in REFUSED or type_ in GONE, type_ in SPLIT or type_ in SPECS]
        if not any(kinds):
            assert target(type_).type.startswith("awscc_")
    assert {*REFUSED, *SPLIT, *SPECS, *GONE} <= set(packed_types())
    assert not {*GONE} & (REFUSED.keys() | SPLIT.keys() | SPECS.keys())
    assert not REFUSED.keys() & (SPLIT.keys() | SPECS.keys())


@pytest.mark.parametrize("type_", WRITTEN)
def test_ref_is_an_attribute_that_exists(type_: str) -> None:
    it = target(type_)
    assert at(it.schema, tuple(it.ref().split("."))) is not None


@pytest.mark.parametrize("type_", [each for each in WRITTEN if each not in SPECS])
def test_what_getatt_gives_exists_in_awscc(type_: str) -> None:
    it = target(type_)
    known = schema(type_)
    assert known is not None
    for attribute in known.attributes:
        try:
            there = it.att(attribute)
        except Mistake as told:
            # Inside a list or a text, where CloudFormation has no word for one of them either.
            assert "*" in attribute or attribute.startswith("RedrivePolicy."), told  # noqa: PT017
        else:
            assert at(it.schema, tuple(there.split("."))) is not None


@pytest.mark.parametrize("type_", SPECS)
def test_what_is_asked_of_aws_exists(type_: str) -> None:
    spec = SPECS[type_]
    known = aws_schema(spec.type).attributes
    assert {spec.ref, *spec.attributes.values()} <= known.keys()
    described = schema(type_)
    assert described is not None
    assert spec.attributes.keys() <= described.attributes.keys()


def test_every_exception_names_a_type_and_an_attribute() -> None:
    for type_, attribute in REFS.items():
        assert attribute in target(type_).schema.attributes


@pytest.mark.parametrize("type_", REFUSED)
def test_a_type_without_a_resource_is_one_clear_message(type_: str) -> None:
    with pytest.raises(Mistake, match=f"It \\({type_}\\) as Terraform: it has no .*: ."):
        target(type_)


def test_a_custom_resource_and_a_type_that_nobody_packed_are_told() -> None:
    graph = Graph("zoo", "test", "us-east-1")
    for type_, says in (("Custom::Brokers", "CloudFormation alone"), ("AWS::No::Such", "packed")):
        with pytest.raises(Mistake, match=says):
            target_of(graph, Resource("It", type_))


def test_a_database_without_a_password_is_awscc() -> None:
    graph = Graph("zoo", "test", "us-east-1")
    reader = Resource("R", "AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "a"})
    assert target_of(graph, reader).type == "awscc_rds_db_instance"
    assert target("AWS::RDS::DBInstance").type == "aws_db_instance"


def test_every_type_has_a_tier() -> None:
    for type_ in packed_types():
        if type_ not in {*REFUSED, *GONE}:
            assert tier_of(Resource("It", type_)) in TIERS
    with pytest.raises(Mistake, match="no Terraform module takes AWS::No::Such"):
        tier_of(Resource("It", "AWS::No::Such"))

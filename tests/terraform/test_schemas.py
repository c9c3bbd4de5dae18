"""What the two providers' schemas say, as derived and as packed."""

import hashlib
import json

from seatrial.terraform.aws import FILE, aws_schema
from seatrial.terraform.awscc import awscc_schema
from seatrial.terraform.kinds import BOOL, JSON, NUMBER, TEXT, Many, Object, at
from tests.terraform.offline import packed_types


def test_every_packed_type_has_a_schema_for_awscc() -> None:
    for type_ in packed_types():
        assert awscc_schema(type_).attributes["id"].mode == "computed"


def test_kinds_follow_cloudformations_schema() -> None:
    service = awscc_schema("AWS::ECS::Service")
    assert service.attributes["service_arn"].mode == "computed"
    assert at(service, ("desired_count",)) == NUMBER
    assert at(service, ("deployment_configuration", "alarms", "enable")) == BOOL
    subnets = at(service, ("network_configuration", "awsvpc_configuration", "subnets"))
    assert subnets == Many("list", TEXT)
    # Unique and without an order: a set.
    task = awscc_schema("AWS::ECS::TaskDefinition")
    containers = task.attributes["container_definitions"].kind
    assert isinstance(containers, Many)
    assert containers.nesting == "set"
    assert isinstance(containers.of, Object)
    assert containers.of.attributes["name"].mode == "required"
    # Named by a pattern: a map.
    assert at(containers.of, ("docker_labels",)) == Many("map", TEXT)
    # Without properties of its own, or a text by choice: JSON.
    assert at(awscc_schema("AWS::IAM::Role"), ("assume_role_policy_document",)) == JSON
    assert at(awscc_schema("AWS::SQS::Queue"), ("redrive_policy",)) == JSON


def test_the_pack_is_the_one_that_the_index_names() -> None:
    index = json.loads((FILE.parent / "index.json").read_text())
    content = FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == index["sha256"]
    listed = (FILE.parent / "aws.txt").read_text().splitlines()
    names = [name for name in listed if name and not name.startswith("#")]
    assert [line.split("\t")[0] for line in content.decode().splitlines()] == sorted(names)
    assert len(names) == index["types"]


def test_a_packed_resource_has_attributes_and_blocks() -> None:
    database = aws_schema("aws_db_instance")
    assert database.attributes["instance_class"].mode == "required"
    assert database.attributes["address"].mode == "computed"
    assert database.attributes["vpc_security_group_ids"].kind == Many("set", TEXT)
    origin = aws_schema("aws_cloudfront_distribution").attributes["origin"]
    assert (origin.is_block, origin.many, origin.mode) == (True, True, "required")
    behavior = aws_schema("aws_cloudfront_distribution").attributes["default_cache_behavior"]
    assert (behavior.is_block, behavior.many) == (True, False)

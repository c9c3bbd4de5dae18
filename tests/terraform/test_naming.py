"""Names as HashiCorp's generator gives them."""

import pytest

from seatrial.terraform.naming import (
    TAKEN,
    awscc_attribute,
    awscc_name,
    label,
    merge,
    snake,
    variable_name,
)


# As the provider's own documentation of its resources spells them.
@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("VpcId", "vpc_id"),
        ("DBInstanceClass", "db_instance_class"),
        ("CACertificateIdentifier", "ca_certificate_identifier"),
        ("EnableECSManagedTags", "enable_ecs_managed_tags"),
        ("MultiAZ", "multi_az"),
        ("S3Key", "s3_key"),
        ("Ipv6CidrBlock", "ipv_6_cidr_block"),
        ("WebACLArn", "web_acl_arn"),
        ("CloudWatchLogsLogGroupArn", "cloudwatch_logs_log_group_arn"),
        ("VCpuCount", "v_cpu_count"),
        ("MemoryMiB", "memory_mi_b"),
    ],
)
def test_a_property_is_snake_case(name: str, attribute: str) -> None:
    assert snake(name) == attribute


def test_a_type_keeps_its_service_together() -> None:
    assert awscc_name("AWS::EC2::VPC") == "awscc_ec2_vpc"
    assert awscc_name("AWS::RDS::DBInstance") == "awscc_rds_db_instance"
    assert awscc_name("AWS::ApplicationAutoScaling::ScalableTarget") == (
        "awscc_applicationautoscaling_scalable_target"
    )


def test_what_terraform_keeps_for_itself_gets_another_name() -> None:
    assert awscc_attribute("AWS::SecretsManager::Secret", "Id") == "secret_id"
    assert awscc_attribute("AWS::CloudFront::CachePolicy", "Id") == "cache_policy_id"
    assert awscc_attribute("AWS::Any::Thing", "Provider") == "provider_name"
    assert all(variable_name(word.title()) not in TAKEN for word in ("source", "count", "region"))


def test_no_word_stands_twice_in_a_row() -> None:
    assert label("PublicSubnet1") == "public_subnet_1"
    assert merge("vpc", "vpc_id") == "vpc_id"
    assert merge("db_instance", "db_instance_class") == "db_instance_class"
    assert merge("load_balancer_group", "group_id") == "load_balancer_group_id"
    assert merge("api_service", "name") == "api_service_name"

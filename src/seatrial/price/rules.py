"""Which function prices which resource type, found by the service in the type's name.

A module of `seatrial.price.services` is imported when a graph holds a resource of its
service, because a bill should not wait for the services that it does not have.
"""

from collections.abc import Callable
from importlib import import_module

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines

Rule = Callable[[Resource, Estimate], Lines]

RULES: dict[str, Rule] = {}
"""Resource type -> the function that gives its lines, filled as modules are imported."""

MODULES = {
    "AWS::ApiGateway": "interfaces",
    "AWS::ApiGatewayV2": "interfaces",
    "AWS::ApplicationAutoScaling": "scaling",
    "AWS::AutoScaling": "ec2",
    "AWS::Backup": "backup",
    "AWS::CloudFront": "cloudfront",
    "AWS::CloudTrail": "cloudtrail",
    "AWS::CloudWatch": "cloudwatch",
    "AWS::CodeBuild": "delivery",
    "AWS::CodePipeline": "delivery",
    "AWS::DocDB": "docdb",
    "AWS::DynamoDB": "tables",
    "AWS::EC2": "ec2",
    "AWS::EC2::ClientVpnTargetNetworkAssociation": "network",
    "AWS::EC2::EIP": "network",
    "AWS::EC2::NatGateway": "network",
    "AWS::EC2::TransitGatewayAttachment": "network",
    "AWS::EC2::TransitGatewayVpcAttachment": "network",
    "AWS::EC2::VPCEndpoint": "network",
    "AWS::EC2::VPNConnection": "network",
    "AWS::ECR": "ecr",
    "AWS::ECS": "ecs",
    "AWS::EFS": "files",
    "AWS::ElastiCache": "elasticache",
    "AWS::ElasticLoadBalancing": "balancing",
    "AWS::ElasticLoadBalancingV2": "balancing",
    "AWS::Events": "jobs",
    "AWS::Scheduler": "jobs",
    "AWS::KMS": "secrets",
    "AWS::Lambda": "functions",
    "AWS::Logs": "logs",
    "AWS::MSK": "msk",
    "AWS::OpenSearchService": "opensearch",
    "AWS::RDS": "rds",
    "AWS::Route53": "route53",
    "AWS::S3": "s3",
    "AWS::SNS": "messages",
    "AWS::SQS": "messages",
    "AWS::SSM": "secrets",
    "AWS::SageMaker": "sagemaker",
    "AWS::SecretsManager": "secrets",
    "AWS::ServiceDiscovery": "route53",
    "AWS::WAFv2": "waf",
}
"""Resource type, or the service that it begins with -> module."""


def prices(*types: str) -> Callable[[Rule], Rule]:
    """Say which resource types a function prices."""

    def take(rule: Rule) -> Rule:
        for type_ in types:
            if type_ in RULES:
                raise ValueError(f"{type_} is priced twice")
            RULES[type_] = rule
        return rule

    return take


def rule_for(type_: str) -> Rule | None:
    """Give the function that prices a type; None where there is none."""
    module = MODULES.get(type_) or MODULES.get(type_.rpartition("::")[0])
    if module is not None:
        import_module(f"seatrial.price.services.{module}")
    return RULES.get(type_)

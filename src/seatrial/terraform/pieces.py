"""Resources that Terraform splits.

Takes a resource of the graph, gives the resources, still in CloudFormation's
words, that Terraform has for it. Most are one and the same; those that are not
stand in `SPLIT`, each with its reason.
"""

from collections.abc import Callable
from dataclasses import replace

from seatrial.graph import Resource
from seatrial.graph.values import Value
from seatrial.terraform.target import mistake

Split = Callable[[Resource], list[Resource]]


def _one_each(type_: str, listed: str, single: str, *kept: tuple[str, str]) -> Split:
    """Split by a list: each item becomes a resource of its own."""

    def split(resource: Resource) -> list[Resource]:
        items = resource.properties.get(listed) or []
        return [
            replace(
                resource,
                id=resource.id if len(items) == 1 else f"{resource.id}{number}",
                type=type_,
                properties={
                    single: item,
                    **{new: resource.properties.get(old) for old, new in kept},
                },
            )
            for number, item in enumerate(items, 1)
        ]

    return split


def _policy(resource: Resource) -> list[Resource]:
    for other in ("Groups", "Users"):
        if resource.properties.get(other):
            raise mistake(resource, f"{other}: only a policy of roles is written")
    split = _one_each(
        "AWS::IAM::RolePolicy",
        "Roles",
        "RoleName",
        ("PolicyName", "PolicyName"),
        ("PolicyDocument", "PolicyDocument"),
    )
    return split(resource)


def _records(resource: Resource) -> list[Resource]:
    shared: dict[str, Value] = {
        name: resource.properties.get(name) for name in ("HostedZoneId", "HostedZoneName")
    }
    return [
        replace(
            resource,
            id=f"{resource.id}{number}",
            type="AWS::Route53::RecordSet",
            properties={**shared, **record},
        )
        for number, record in enumerate(resource.properties.get("RecordSets") or [], 1)
    ]


def _certificates(resource: Resource) -> list[Resource]:
    given = resource.properties.get("Certificates") or []
    return [
        replace(
            resource,
            id=resource.id if len(given) == 1 else f"{resource.id}{number}",
            properties={**resource.properties, "Certificates": [each]},
        )
        for number, each in enumerate(given, 1)
    ]


SPLIT: dict[str, tuple[str, Split]] = {
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": ("one for each certificate", _certificates),
    "AWS::IAM::Policy": ("an inline policy for each role", _policy),
    "AWS::Route53::RecordSetGroup": ("one for each record", _records),
    "AWS::SNS::TopicPolicy": (
        "one for each topic",
        _one_each(
            "AWS::SNS::TopicInlinePolicy",
            "Topics",
            "TopicArn",
            ("PolicyDocument", "PolicyDocument"),
        ),
    ),
    "AWS::SQS::QueuePolicy": (
        "one for each queue",
        _one_each(
            "AWS::SQS::QueueInlinePolicy", "Queues", "Queue", ("PolicyDocument", "PolicyDocument")
        ),
    ),
}

COMPANIONS = {
    "AWS::SecretsManager::Secret": (
        "aws_secretsmanager_secret_version",
        "a text with a secret in it goes to a write-only argument",
    ),
    "AWS::RDS::DBInstance": (
        "aws_db_instance_automated_backups_replication",
        "the copy of the backups in another region is a resource of its own",
    ),
}
"""Types that may need a second Terraform resource beside their own, and why."""


def pieces(resource: Resource) -> list[Resource]:
    """Give the resources that Terraform has for one resource of the graph."""
    if resource.type not in SPLIT:
        return [resource]
    return SPLIT[resource.type][1](resource)

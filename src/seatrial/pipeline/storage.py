"""Buckets and image repositories of a delivery: private, encrypted, emptied by age."""

import json
from collections.abc import Callable
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.closed_bucket import CLOSED, only_encrypted
from seatrial.graph.values import Value
from seatrial.pipeline.delivery import Delivery, Image
from seatrial.pipeline.names import camel

KEPT: dict[str, Any] = {"deletion_policy": "Retain", "update_replace_policy": "Retain"}
BUILDS = 20
"""Images of each part that stay in the build repository: what can be delivered again."""


def bucket(
    graph: Graph,
    id: str,
    rule: str,
    *,
    days: int,
    name: Value = None,
    archive: int = 0,
    more: Callable[[Value], list[Value]] = lambda _: [],
) -> Resource:
    """Add a bucket with its policy; objects go to an archive and then away after so many days."""
    ageing = {
        "Id": rule,
        "Status": "Enabled",
        "ExpirationInDays": days,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    if archive:
        ageing["Transitions"] = [{"StorageClass": "GLACIER", "TransitionInDays": archive}]
    properties: dict[str, Value] = {
        **CLOSED,
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {"Rules": [ageing]},
    }
    if name is not None:
        properties = {"BucketName": name} | properties
    made = graph.add(Resource(id, "AWS::S3::Bucket", properties, **KEPT))
    own = made.att("Arn")
    document = {"Version": "2012-10-17", "Statement": [only_encrypted(own), *more(own)]}
    graph.add(
        Resource(
            f"{id}Policy",
            "AWS::S3::BucketPolicy",
            {"Bucket": made.ref, "PolicyDocument": document},
        )
    )
    return made


def builds(graph: Graph, delivery: Delivery, image: Image) -> None:
    """Add the repository that the one build of an image is pushed to."""
    rules = [
        {
            "rulePriority": 1,
            "description": f"Keep the last {BUILDS} builds",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": BUILDS,
            },
            "action": {"type": "expire"},
        }
    ]
    graph.add(
        Resource(
            f"{camel(image.name)}Builds",
            "AWS::ECR::Repository",
            {
                "RepositoryName": delivery.build_repository(image),
                "ImageTagMutability": "IMMUTABLE",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "EncryptionConfiguration": {"EncryptionType": "AES256"},
                "LifecyclePolicy": {
                    "LifecyclePolicyText": json.dumps({"rules": rules}, separators=(",", ":"))
                },
            },
            **KEPT,
        )
    )

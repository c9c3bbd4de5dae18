"""S3 replication: the copy of a bucket in another region.

The other bucket must be there before S3 takes a rule that names it, and the
second region's stack needs what the first one tells: so a person makes it
once, under a name that both regions know. That region's stack adds who may
read it.
"""

import json
from collections.abc import Sequence

from seatrial.graph.annotations import Note
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT, PARTITION, URL_SUFFIX, GetAtt, Value, join
from seatrial.language.part import Part
from seatrial.lower.context import Lowering

LONGEST = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
UNFINISHED = 7
"""Days until the pieces of an upload that was never finished are deleted."""
UPLOADS = ("GET", "HEAD", "PUT", "POST")
"""What pages of another origin may do with presigned URLs."""
UPLOADS_KNOWN = 3000
"""Seconds for which a browser remembers that it may."""
RULE = "everything"


def replica_name(lowering: Lowering, part: Part, region: str) -> Value:
    """Give the name of the other region's bucket, which both regions know beforehand."""
    name = f"{lowering.name}-{part.name}-{region}-"
    if len(name) + 12 > LONGEST:  # an account's number has 12 digits
        raise part.wrong(
            f"the name of its replica, {name}<account>, has over {LONGEST} characters.",
            "Give it a shorter name.",
        )
    return join(name, ACCOUNT)


def replica_arn(lowering: Lowering, part: Part, region: str) -> Value:
    """Give the ARN of the other region's bucket."""
    return join("arn:", PARTITION, ":s3:::", replica_name(lowering, part, region))


def replica_address(lowering: Lowering, part: Part, region: str) -> Value:
    """Give the host name of the other region's bucket."""
    return join(replica_name(lowering, part, region), f".s3.{region}.", URL_SUFFIX)


def replicate(
    lowering: Lowering, part: Part, region: str, old_days: int, origins: Sequence[str] = ()
) -> Value:
    """Give a bucket's `ReplicationConfiguration`; adds its role, and tells what must be there.

    `old_days` is for how long the copy keeps what was overwritten or deleted;
    pages of `origins` may upload to it once it has taken over.
    """
    _tell(lowering, part, region, old_days, origins)
    return {
        "Role": _role(lowering, part, region),
        "Rules": [
            {
                "Id": RULE,
                "Status": "Enabled",
                "Priority": 0,
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {
                    "Bucket": replica_arn(lowering, part, region),
                    "Metrics": {"Status": "Enabled"},
                },
            }
        ],
    }


def _tell(
    lowering: Lowering, part: Part, region: str, old_days: int, origins: Sequence[str]
) -> None:
    at = f"--region {region} --bucket {lowering.name}-{part.name}-{region}-$ACCOUNT"
    located = f" --create-bucket-configuration LocationConstraint={region}"
    tidy = {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED},
        "NoncurrentVersionExpiration": {"NoncurrentDays": old_days},
    }
    may_upload = f"aws s3api put-bucket-cors {at} --cors-configuration "
    pages = {
        "AllowedOrigins": list(origins),
        "AllowedMethods": list(UPLOADS),
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": UPLOADS_KNOWN,
    }
    lowering.annotate(
        Note(
            f"Replica of {part.name}",
            f"The bucket in {region}, versioned, must be there before this stack is created. "
            "Files from before the rule are not copied.",
            (
                f"aws s3api create-bucket {at}" + ("" if region == "us-east-1" else located),
                f"aws s3api put-bucket-versioning {at} --versioning-configuration Status=Enabled",
                (
                    f"aws s3api put-public-access-block {at} --public-access-block-configuration"
                    " BlockPublicAcls=true,IgnorePublicAcls=true,"
                    "BlockPublicPolicy=true,RestrictPublicBuckets=true"
                ),
                (
                    f"aws s3api put-bucket-lifecycle-configuration {at} "
                    f"--lifecycle-configuration '{_json({'Rules': [tidy]})}'"
                ),
                *([f"{may_upload}'{_json({'CORSRules': [pages]})}'"] if origins else []),
            ),
        )
    )


def _json(value: Value) -> str:
    return json.dumps(value, separators=(",", ":"))


def _role(lowering: Lowering, part: Part, region: str) -> GetAtt:
    """Let S3 read here and write there.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    The bucket names the role: the policy comes after both.
    """
    here = GetAtt(lowering.id(part, "Bucket"), "Arn")
    there = replica_arn(lowering, part, region)
    trusted = {"AssumeRolePolicyDocument": trusted_by("s3.amazonaws.com")}
    role = lowering.add(part, "ReplicaRole", "AWS::IAM::Role", trusted)
    lowering.add(
        part,
        "ReplicaRights",
        "AWS::IAM::RolePolicy",
        {
            "RoleName": role.ref,
            "PolicyName": "replicate",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    _allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], here),
                    _allow(
                        [
                            "s3:GetObjectVersionForReplication",
                            "s3:GetObjectVersionAcl",
                            "s3:GetObjectVersionTagging",
                        ],
                        join(here, "/*"),
                    ),
                    _allow(
                        ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                        join(there, "/*"),
                    ),
                ],
            },
        },
    )
    return role.att("Arn")


def _allow(actions: list[str], resources: Value) -> Value:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}

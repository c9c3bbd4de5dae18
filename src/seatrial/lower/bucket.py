"""S3: a private bucket, what becomes of its files, and its copy in another region."""

from collections.abc import Iterator

from seatrial.graph.annotations import Note
from seatrial.graph.values import ACCOUNT, PARTITION, GetAtt, Ref, Value, join
from seatrial.language import Access, Alerts, Bucket, Lifecycle
from seatrial.lower.context import Lowering, kept
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, line, widget

LONGEST = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
UNFINISHED = 7
"""Days until the pieces of an upload that was never finished are deleted."""
DAY = 86_400
"""Seconds: S3 tells its sizes once a day."""
RULE = "everything"
BY_S3 = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _is_replica(lowering: Lowering, bucket: Bucket) -> bool:
    """Say whether the second region's bucket is the one that the first copies to."""
    return lowering.second and bucket.replica_region == lowering.graph.region


def _name(lowering: Lowering, bucket: Bucket) -> Value:
    if _is_replica(lowering, bucket):
        return _replica(lowering, bucket)
    return Ref(lowering.id(bucket, "Bucket"))


def _arn(lowering: Lowering, bucket: Bucket) -> Value:
    if _is_replica(lowering, bucket):
        return join("arn:", PARTITION, ":s3:::", _replica(lowering, bucket))
    return GetAtt(lowering.id(bucket, "Bucket"), "Arn")


def _stand_by(lowering: Lowering, bucket: Bucket) -> None:
    """Add nothing where the replica stands already: it was there before the first stack."""
    if not _is_replica(lowering, bucket):
        _lower(lowering, bucket)


def _lower(lowering: Lowering, bucket: Bucket) -> None:
    added = lowering.add(
        bucket,
        "Bucket",
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "VersioningConfiguration": {"Status": "Enabled"} if bucket.versioning else None,
            "LifecycleConfiguration": {"Rules": list(_ages(bucket))},
            "CorsConfiguration": _uploads(bucket),
            "ReplicationConfiguration": _replication(lowering, bucket),
        },
        **kept(lowering.environment.production),
    )
    arn = added.att("Arn")
    lowering.add(
        bucket,
        "Policy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": added.ref,
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyEncryptedConnections",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, join(arn, "/*")],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    )


def _ages(bucket: Bucket) -> Iterator[Value]:
    """Give the lifecycle rules: those that are written, then what every bucket needs."""
    for each in bucket.lifecycle:
        yield _aging(bucket, each)
    rule: dict[str, Value] = {
        "Id": "tidy",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED},
    }
    whole = any(not each.prefix and each.old_versions_days for each in bucket.lifecycle)
    if bucket.versioning and not whole:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": bucket.old_versions_days}
    yield rule


def _aging(bucket: Bucket, lifecycle: Lifecycle) -> Value:
    moves = (
        ("STANDARD_IA", lifecycle.infrequent_days),
        ("GLACIER", lifecycle.archive_days),
    )
    rule: dict[str, Value] = {
        "Id": lifecycle.prefix.strip("/").replace("/", "-") or "all",
        "Status": "Enabled",
    }
    if lifecycle.prefix:
        rule["Prefix"] = lifecycle.prefix
    transitions = [
        {"StorageClass": name, "TransitionInDays": days} for name, days in moves if days is not None
    ]
    if transitions:
        rule["Transitions"] = transitions
    if lifecycle.expire_days is not None:
        rule["ExpirationInDays"] = lifecycle.expire_days
    if lifecycle.old_versions_days is not None and bucket.versioning:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": lifecycle.old_versions_days}
    return rule


def _uploads(bucket: Bucket) -> Value:
    """Let pages of these origins use presigned URLs; the signature decides what they may do."""
    if not bucket.upload_origins:
        return None
    return {
        "CorsRules": [
            {
                "AllowedOrigins": list(bucket.upload_origins),
                "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
                "AllowedHeaders": ["*"],
                "ExposedHeaders": ["ETag"],
                "MaxAge": 3000,
            }
        ]
    }


def _replica(lowering: Lowering, bucket: Bucket) -> Value:
    """Give the name of the other region's bucket, which this region must know beforehand."""
    name = f"{lowering.name}-{bucket.name}-{bucket.replica_region}-"
    if len(name) + 12 > LONGEST:  # an account's number has 12 digits
        raise bucket.wrong(
            f"the name of its replica, {name}<account>, has over {LONGEST} characters.",
            "Shorten the bucket's name.",
        )
    return join(name, ACCOUNT)


def _replication(lowering: Lowering, bucket: Bucket) -> Value:
    if bucket.replica_region is None or lowering.second:
        return None
    name = _replica(lowering, bucket)
    there = join("arn:", PARTITION, ":s3:::", name)
    role = _role(lowering, bucket, there)
    region = bucket.replica_region
    at = f"--region {region} --bucket {lowering.name}-{bucket.name}-{region}-$ACCOUNT"
    lowering.annotate(
        Note(
            f"Replica of {bucket.name}",
            f"The bucket in {region}, versioned, must be there before this stack is created. "
            "Files from before the rule are not copied.",
            (
                f"aws s3api create-bucket {at}"
                + (
                    ""
                    if region == "us-east-1"
                    else f" --create-bucket-configuration LocationConstraint={region}"
                ),
                f"aws s3api put-bucket-versioning {at} --versioning-configuration Status=Enabled",
                (
                    f"aws s3api put-public-access-block {at} --public-access-block-configuration"
                    " BlockPublicAcls=true,IgnorePublicAcls=true,"
                    "BlockPublicPolicy=true,RestrictPublicBuckets=true"
                ),
            ),
        )
    )
    return {
        "Role": role,
        "Rules": [
            {
                "Id": RULE,
                "Status": "Enabled",
                "Priority": 0,
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {"Bucket": there, "Metrics": {"Status": "Enabled"}},
            }
        ],
    }


def _role(lowering: Lowering, bucket: Bucket, there: Value) -> GetAtt:
    """Let S3 read here and write there.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    The bucket names the role: the policy comes after both.
    """
    here = GetAtt(lowering.id(bucket, "Bucket"), "Arn")
    role = lowering.add(
        bucket, "ReplicaRole", "AWS::IAM::Role", {"AssumeRolePolicyDocument": BY_S3}
    )
    lowering.add(
        bucket,
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


def _allow(actions: list[str], resources: Value, condition: Value = None) -> Value:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def _given(lowering: Lowering, bucket: Bucket, access: Access) -> Given:
    arn = _arn(lowering, bucket)
    actions = ["s3:GetObject"]
    if access.mode == "write":
        actions += ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    within = {"StringLike": {"s3:prefix": f"{access.scope}*"}} if access.scope else None
    return Given(
        {"S3_BUCKET": _name(lowering, bucket)},
        statements=[
            _allow(actions, join(arn, f"/{access.scope}*")),
            _allow(["s3:ListBucket"], arn, within),
        ],
    )


def _value(lowering: Lowering, bucket: Bucket, _: str) -> Value:
    return _name(lowering, bucket)


def _watch(lowering: Lowering, _: Alerts, bucket: Bucket) -> None:
    if bucket.replica_region is None or lowering.second:
        return
    alarm(
        lowering,
        bucket,
        "Replica",
        f"{bucket.name}: a file was not copied to {bucket.replica_region}",
        ("AWS/S3", "OperationsFailedReplication"),
        "Sum",
        0,
        {
            "SourceBucket": Ref(lowering.id(bucket, "Bucket")),
            "DestinationBucket": _replica(lowering, bucket),
            "RuleId": RULE,
        },
        5,
    )


def _widgets(lowering: Lowering, bucket: Bucket) -> list[Widget]:
    named = _name(lowering, bucket)
    kept_in = {"BucketName": named, "StorageType": "StandardStorage"}
    counted = {"BucketName": named, "StorageType": "AllStorageTypes"}
    chart = widget(
        f"{bucket.name}: size and files",
        [
            line("AWS/S3", "BucketSizeBytes", kept_in, "Average"),
            line("AWS/S3", "NumberOfObjects", counted, "Average"),
        ],
    )
    chart["properties"]["period"] = DAY
    return [chart]


KIND = Kind(
    Bucket,
    "bucket",
    lower=_lower,
    given=_given,
    value=_value,
    watch=_watch,
    widgets=_widgets,
    stand_by=_stand_by,
)

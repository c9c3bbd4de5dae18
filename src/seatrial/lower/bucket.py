"""S3: a private bucket, what becomes of its files, and its copy in another region."""

from collections.abc import Iterator

from seatrial.graph.closed_bucket import CLOSED, only_encrypted
from seatrial.graph.values import GetAtt, Ref, Value, join
from seatrial.language import Access, Alerts, Bucket, Lifecycle
from seatrial.lower.context import Lowering, kept
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, line, widget
from seatrial.lower.replication import (
    RULE,
    UNFINISHED,
    UPLOADS,
    UPLOADS_KNOWN,
    replica_arn,
    replica_name,
    replicate,
)

DAY = 86_400
"""Seconds: S3 tells its sizes once a day."""


def _replica_region(lowering: Lowering, bucket: Bucket) -> str | None:
    """Give where its files are copied to: as said, or to the second region.

    S3 copies versions: a bucket without them has no copy.
    """
    recovery = lowering.first.recovery
    wanted = recovery.region if recovery and bucket.versioning else None
    return bucket.replica_region or wanted


def _is_replica(lowering: Lowering, bucket: Bucket) -> bool:
    """Say whether the second region's bucket is the one that the first copies to."""
    return lowering.second and _replica_region(lowering, bucket) == lowering.graph.region


def _name(lowering: Lowering, bucket: Bucket) -> Value:
    if _is_replica(lowering, bucket):
        return replica_name(lowering, bucket, lowering.graph.region)
    return Ref(lowering.id(bucket, "Bucket"))


def _arn(lowering: Lowering, bucket: Bucket) -> Value:
    if _is_replica(lowering, bucket):
        return replica_arn(lowering, bucket, lowering.graph.region)
    return GetAtt(lowering.id(bucket, "Bucket"), "Arn")


def _stand_by(lowering: Lowering, bucket: Bucket) -> None:
    """Add who may use the replica, which was there before the first stack; else its own bucket."""
    if _is_replica(lowering, bucket):
        _policy(lowering, bucket)
    else:
        _lower(lowering, bucket)


def _lower(lowering: Lowering, bucket: Bucket) -> None:
    lowering.add(
        bucket,
        "Bucket",
        "AWS::S3::Bucket",
        {
            **CLOSED,
            "VersioningConfiguration": {"Status": "Enabled"} if bucket.versioning else None,
            "LifecycleConfiguration": {"Rules": list(_ages(bucket))},
            "CorsConfiguration": _uploads(bucket),
            "ReplicationConfiguration": _replication(lowering, bucket),
        },
        **kept(lowering.environment.production),
    )
    _policy(lowering, bucket)


def _policy(lowering: Lowering, bucket: Bucket) -> None:
    lowering.add(
        bucket,
        "Policy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": _name(lowering, bucket),
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [only_encrypted(_arn(lowering, bucket))],
            },
        },
    )


def _replication(lowering: Lowering, bucket: Bucket) -> Value:
    region = _replica_region(lowering, bucket)
    if region is None or lowering.second:
        return None
    return replicate(lowering, bucket, region, bucket.old_versions_days, bucket.upload_origins)


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
                "AllowedMethods": list(UPLOADS),
                "AllowedHeaders": ["*"],
                "ExposedHeaders": ["ETag"],
                "MaxAge": UPLOADS_KNOWN,
            }
        ]
    }


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
    region = _replica_region(lowering, bucket)
    if region is None or lowering.second:
        return
    alarm(
        lowering,
        bucket,
        "Replica",
        f"{bucket.name}: a file was not copied to {region}",
        ("AWS/S3", "OperationsFailedReplication"),
        "Sum",
        0,
        {
            "SourceBucket": Ref(lowering.id(bucket, "Bucket")),
            "DestinationBucket": replica_name(lowering, bucket, region),
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

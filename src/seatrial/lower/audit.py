"""CloudTrail: every call to AWS, kept in a bucket that ages its logs out."""

from seatrial.graph.closed_bucket import CLOSED, only_encrypted
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Value, join
from seatrial.lower.context import Lowering

LOCKED, ARCHIVED, EXPIRED = 90, 90, 400
"""Days: nobody deletes a log without leave for the first, and nobody pays for it after the last."""


def lower(lowering: Lowering) -> None:
    """Add the trail and its bucket where the environment is audited."""
    if not lowering.environment.audited:
        return
    bucket = lowering.add(
        None,
        "TrailBucket",
        "AWS::S3::Bucket",
        {
            **CLOSED,
            "VersioningConfiguration": {"Status": "Enabled"},
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": LOCKED}},
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "archive-then-expire",
                        "Status": "Enabled",
                        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": ARCHIVED}],
                        "ExpirationInDays": EXPIRED,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        },
        deletion_policy="Retain",
        update_replace_policy="Retain",
    )
    name = f"{lowering.name}-audit"
    arn = join("arn:", PARTITION, ":cloudtrail:", REGION, ":", ACCOUNT, f":trail/{name}")
    policy = lowering.add(
        None,
        "TrailBucketPolicy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": bucket.ref,
            "PolicyDocument": {"Version": "2012-10-17", "Statement": _statements(arn)},
        },
    )
    lowering.add(
        None,
        "Trail",
        "AWS::CloudTrail::Trail",
        {
            "TrailName": name,
            "S3BucketName": bucket.ref,
            "IsLogging": True,
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "EnableLogFileValidation": True,
        },
        depends_on=(policy.id,),
    )


def _statements(trail: Value) -> list[Value]:
    bucket = GetAtt("TrailBucket", "Arn")
    from_trail = {"StringEquals": {"aws:SourceArn": trail}}
    service = {"Service": "cloudtrail.amazonaws.com"}
    return [
        only_encrypted(bucket),
        {
            "Sid": "TrailChecks",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": from_trail,
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": join(bucket, "/AWSLogs/", ACCOUNT, "/*"),
            "Condition": {
                "StringEquals": {
                    "aws:SourceArn": trail,
                    "s3:x-amz-acl": "bucket-owner-full-control",
                }
            },
        },
    ]

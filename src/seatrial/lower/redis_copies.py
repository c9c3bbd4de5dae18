"""The bucket that a Redis Cluster's copies go to, each kind for so many days."""

from seatrial.graph.closed_bucket import CLOSED, only_encrypted
from seatrial.language import RedisCluster
from seatrial.lower.context import Lowering, kept


def lower(lowering: Lowering, redis: RedisCluster) -> None:
    """Add the bucket and its policy."""
    days = {"daily": redis.daily, "weekly": 7 * redis.weekly, "monthly": 31 * redis.monthly}
    bucket = lowering.add(
        redis,
        "Copies",
        "AWS::S3::Bucket",
        {
            **CLOSED,
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": kind,
                        "Status": "Enabled",
                        "Prefix": f"{kind}/",
                        "ExpirationInDays": kept_for,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                    for kind, kept_for in days.items()
                ]
            },
        },
        **kept(lowering.environment.production),
    )
    lowering.add(
        redis,
        "CopiesPolicy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": bucket.ref,
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [only_encrypted(bucket.att("Arn"))],
            },
        },
    )

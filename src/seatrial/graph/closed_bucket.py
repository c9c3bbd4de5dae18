"""What every bucket of ours has: encryption, no public access, no access lists, TLS alone.

Properties and a statement, as CloudFormation names them. It adds no resource.
"""

from typing import Final

from seatrial.graph.values import Value, join

CLOSED: Final[dict[str, Value]] = {
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
}
"""Properties of an `AWS::S3::Bucket`; the owner's keys of S3, and access by policy alone."""


def only_encrypted(bucket: Value) -> Value:
    """Give the statement that refuses connections without TLS to a bucket, given by its ARN."""
    return {
        "Sid": "OnlyEncryptedConnections",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, join(bucket, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

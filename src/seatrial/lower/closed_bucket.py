"""What every bucket of ours has: encryption, no public access, no access lists."""

from typing import Final

from seatrial.graph.values import Value

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

"""What a second region's stack finds there: copies that AWS made, and what the first stack told."""

from collections.abc import Iterable

from seatrial.graph import Graph, Join
from tests.template.emulator.cloud import ACCOUNT, Cloud

COPIED = "arn:aws[a-z-]*:secretsmanager:"
"""How the pattern of a parameter begins that names a secret's copy."""
LOGIN = '{"username": "reader", "password": "aSecretOfTheFirst1"}'


def second_region(cloud: Cloud, region: str, graphs: Iterable[Graph]) -> dict[str, str]:
    """Make the copies, and give the parameters that are told of the first region."""
    told = {
        "FrontendDistributionId": "E2QWRUHAPOMQZL",
        "KafkaSource": (
            f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/analytics-production-kafka/"
            "00000000-0000-0000-0000-000000000000-1"
        ),
        "KafkaSourceSubnets": "subnet-0000000000000000a,subnet-0000000000000000b",
    }
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for bucket in sorted({each for graph in graphs for each in _buckets(graph)}):
        cloud.ask("s3", region, "CreateBucket", Bucket=bucket, **place)
    for secret in sorted({each for graph in graphs for each in _secrets(graph)}):
        named = {"Name": f"copied/{secret}", "SecretString": LOGIN}
        told[secret] = cloud.ask("secretsmanager", region, "CreateSecret", **named)["ARN"]
    return told


def _secrets(graph: Graph) -> Iterable[str]:
    """Give the parameters that name a secret's copy."""
    for each in graph.parameters.values():
        if (each.allowed_pattern or "").startswith(COPIED):
            yield each.id


def _buckets(graph: Graph) -> Iterable[str]:
    """Give the buckets that a policy of the stack is for, and that the stack does not make."""
    for each in graph.of("AWS::S3::BucketPolicy"):
        name = each.properties["Bucket"]
        if isinstance(name, Join):
            yield "".join(piece if isinstance(piece, str) else ACCOUNT for piece in name.parts)

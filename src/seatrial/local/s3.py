"""S3: the graph's buckets, made in the emulator under the names that programs are given.

Takes `AWS::S3::Bucket`s; gives what the emulator has to hold. It never removes a
bucket: what is in it is data.
"""

from dataclasses import dataclass

from seatrial.graph import Graph
from seatrial.local.resolve import Resolver

BUCKET = "AWS::S3::Bucket"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, by logical id and by its name here."""

    id: str
    name: str
    versioned: bool


def read_buckets(graph: Graph, resolver: Resolver) -> list[Bucket]:
    """Read every bucket of the graph."""
    return [
        Bucket(
            each.id,
            resolver.text(each.ref),
            each.properties.get("VersioningConfiguration", {}).get("Status") == "Enabled",
        )
        for each in graph.of(BUCKET)
    ]

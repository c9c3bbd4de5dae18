"""S3 replication: both buckets versioned, deletions too, and a name that both regions know."""

from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Note
from seatrial.graph.values import ACCOUNT, PARTITION, GetAtt, Ref, join
from seatrial.mistake import Mistake
from tests.lower.regions import FIRST, SECOND, regions
from tests.lower.stores import environment
from tests.lower.systems import graph_of

BUCKETS = ("files", "site")


def bucket(graph: Graph, name: str) -> dict[str, Any]:
    return graph[f"{name.capitalize()}Bucket"].properties


@pytest.mark.parametrize("name", BUCKETS)
def test_every_file_and_its_deletion_is_copied_to_the_second_region(name: str) -> None:
    here = regions(FIRST)
    assert bucket(here, name)["VersioningConfiguration"] == {"Status": "Enabled"}
    replication = bucket(here, name)["ReplicationConfiguration"]
    (rule,) = replication["Rules"]
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert rule["Filter"] == {"Prefix": ""}
    there = join("arn:", PARTITION, f":s3:::shop-production-{name}-us-west-2-", ACCOUNT)
    assert rule["Destination"]["Bucket"] == there
    assert replication["Role"] == GetAtt(f"{name.capitalize()}ReplicaRole", "Arn")
    rights = here[f"{name.capitalize()}ReplicaRights"].properties["PolicyDocument"]["Statement"]
    (writes,) = (each for each in rights if "s3:ReplicateDelete" in each["Action"])
    assert writes["Resource"] == join(there, "/*")


@pytest.mark.parametrize("name", BUCKETS)
def test_the_other_bucket_is_asked_for_with_versions_and_closed(name: str) -> None:
    notes = {each.topic: each for each in regions(FIRST).annotated(Note)}
    made, versioned, closed, tidied, *more = notes[f"Replica of {name}"].steps
    assert "LocationConstraint=us-west-2" in made
    assert "Status=Enabled" in versioned
    assert closed.count("=true") == 4
    assert '"NoncurrentDays":30' in tidied
    # Pages that upload to the one bucket will have to upload to the other.
    assert ["put-bucket-cors" in each for each in more] == [True] * (name == "files")


@pytest.mark.parametrize("name", BUCKETS)
def test_the_second_region_makes_no_bucket_and_closes_the_copy(name: str) -> None:
    there = regions(SECOND)
    assert f"{name.capitalize()}Bucket" not in there.resources
    kind = "Policy" if name == "files" else "BucketPolicy"
    policy = there[f"{name.capitalize()}{kind}"].properties
    assert policy["Bucket"] == join(f"shop-production-{name}-us-west-2-", ACCOUNT)
    refused = policy["PolicyDocument"]["Statement"][0]
    assert (refused["Effect"], refused["Sid"]) == ("Deny", "OnlyEncryptedConnections")


def test_programs_there_use_the_copy() -> None:
    name = join("shop-production-files-us-west-2-", ACCOUNT)
    assert environment(regions(FIRST), "ApiTask")["S3_BUCKET"] == Ref("FilesBucket")
    assert environment(regions(SECOND), "ApiTask")["S3_BUCKET"] == name


def test_a_file_that_is_not_copied_is_told() -> None:
    watched = regions(FIRST)["FilesReplicaAlarm"].properties
    dimensions = {each["Name"]: each["Value"] for each in watched["Dimensions"]}
    assert dimensions["DestinationBucket"] == join("shop-production-files-us-west-2-", ACCOUNT)
    assert "FilesReplicaAlarm" not in regions(SECOND).resources


def test_a_restore_too_finds_its_files_but_a_site_is_uploaded_anew() -> None:
    here = regions(FIRST, "backup and restore")
    assert "ReplicationConfiguration" in bucket(here, "files")
    assert "ReplicationConfiguration" not in bucket(here, "site")
    assert list(regions(SECOND, "backup and restore").resources) == ["BackupVault"]


def test_a_bucket_without_versions_has_one_of_its_own_there() -> None:
    text = (
        'files = Bucket("files", versioning=False)\n'
        'api = Service("api", "app", ["run"], uses=[files])\n'
        'system = System("shop", api, recovery=Recovery("us-west-2"))\n'
    )
    assert "ReplicationConfiguration" not in bucket(graph_of(text), "files")
    assert "FilesBucket" in graph_of(text, SECOND).resources


def test_a_name_that_is_too_long_for_both_is_told() -> None:
    name = "f" * 32
    with pytest.raises(Mistake, match=r"the name of its replica, .* has over 63 characters"):
        graph_of(
            f'files = Bucket("{name}")\napi = Service("api", "app", ["run"], uses=[files])\n'
            'system = System("shop", api, recovery=Recovery("ap-southeast-2"))\n'
        )

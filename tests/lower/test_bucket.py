"""Buckets: private, TLS only, and each user in its own folder."""

from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Note
from seatrial.graph.values import GetAtt, Pseudo, Ref, join
from seatrial.mistake import Mistake
from tests.lower.stores import alarms, environment, stores
from tests.lower.systems import graph_of

FILES = GetAtt("FilesBucket", "Arn")


def allowed(graph: Graph, role: str) -> list[dict[str, Any]]:
    (policy,) = graph[role].properties["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def test_nothing_is_public_and_plain_connections_are_refused() -> None:
    graph = stores()
    for each in ("FilesBucket", "NotesBucket"):
        assert set(graph[each].properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert "BucketEncryption" in graph[each].properties
    (statement,) = graph["FilesPolicy"].properties["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_user_may_do_what_it_says_in_its_own_folder() -> None:
    graph = stores()
    statements = allowed(graph, "ApiTaskRole")
    rights = {str(each["Resource"]): each["Action"] for each in statements}
    write = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    assert rights[str(join(FILES, "/uploads/*"))] == write
    assert rights[str(join(FILES, "/avatars/*"))] == ["s3:GetObject"]
    listed = [each["Condition"] for each in statements if each["Resource"] == FILES]
    assert listed == [
        {"StringLike": {"s3:prefix": "uploads/*"}},
        {"StringLike": {"s3:prefix": "avatars/*"}},
    ]
    assert str(join(FILES, "/*")) in {
        str(each["Resource"]) for each in allowed(graph, "QueryTaskRole")
    }


def test_two_folders_of_one_bucket_bring_one_variable_and_a_second_bucket_its_own() -> None:
    got = environment(stores(), "ApiTask")
    assert got["S3_BUCKET"] == Ref("FilesBucket")
    assert got["NOTES_S3_BUCKET"] == Ref("NotesBucket")
    assert "FILES_S3_BUCKET" not in got


def test_files_age_as_it_is_written_and_the_rest_is_tidied() -> None:
    graph = stores()
    daily, old, tidy = graph["FilesBucket"].properties["LifecycleConfiguration"]["Rules"]
    assert (daily["Prefix"], daily["ExpirationInDays"]) == ("daily/", 7)
    assert old["Transitions"] == [{"StorageClass": "GLACIER", "TransitionInDays": 90}]
    assert old["ExpirationInDays"] == 365
    assert tidy["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    (only,) = graph["NotesBucket"].properties["LifecycleConfiguration"]["Rules"]
    assert "NoncurrentVersionExpiration" not in only
    assert "VersioningConfiguration" not in graph["NotesBucket"].properties


def test_pages_of_the_named_origins_may_use_presigned_urls() -> None:
    graph = stores()
    (rule,) = graph["FilesBucket"].properties["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://app.example.com"]
    assert "PUT" in rule["AllowedMethods"]
    assert "CorsConfiguration" not in graph["NotesBucket"].properties


def test_a_replica_is_written_to_the_other_region_and_its_bucket_is_asked_for_first() -> None:
    graph = stores()
    replication = graph["FilesBucket"].properties["ReplicationConfiguration"]
    name = join("shop-production-files-us-west-2-", Pseudo("AWS::AccountId"))
    there = join("arn:", Pseudo("AWS::Partition"), ":s3:::", name)
    assert replication["Rules"][0]["Destination"]["Bucket"] == there
    assert replication["Role"] == GetAtt("FilesReplicaRole", "Arn")
    rights = graph["FilesReplicaRights"].properties["PolicyDocument"]["Statement"]
    assert [each["Resource"] for each in rights] == [FILES, join(FILES, "/*"), join(there, "/*")]
    (note,) = [each for each in graph.annotated(Note) if each.topic == "Replica of files"]
    assert "create-bucket --region us-west-2" in note.steps[0]
    assert "put-bucket-versioning" in note.steps[1]
    assert alarms(graph, "files").keys() == {"OperationsFailedReplication"}


def test_a_replica_whose_name_is_too_long_is_told() -> None:
    with pytest.raises(Mistake, match="has over 63 characters"):
        graph_of(
            f'files = Bucket("{"f" * 30}", replica_region="us-west-2")\n'
            'system = System("shop", Service("api", "app", ["run"], uses=[files]))\n'
        )


def test_only_production_keeps_its_files_when_the_stack_goes() -> None:
    assert stores()["FilesBucket"].deletion_policy == "Retain"
    assert stores("staging")["FilesBucket"].deletion_policy == "Delete"

"""Buckets as they are written: only what S3 takes."""

import pytest

from seatrial.language import Bucket, Lifecycle
from seatrial.mistake import Mistake


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"old_versions_days": 0}, "must be at least 1"),
        ({"upload_origins": ["app.example.com"]}, "not the origin of a page"),
        ({"upload_origins": ["https://app.example.com/"]}, "not the origin of a page"),
        ({"replica_region": "us-east-9"}, "not an AWS region"),
        ({"replica_region": "us-west-2", "versioning": False}, "a replica needs versioning"),
        ({"lifecycle": [Lifecycle(expire_days=1)] * 2}, "two lifecycles speak of all files"),
        ({"lifecycle": [Lifecycle("a/", expire_days=1)] * 2}, "two lifecycles speak of 'a/'"),
    ],
)
def test_what_s3_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        Bucket("files", **settings)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "it says nothing"),
        ({"prefix": "/a", "expire_days": 1}, "not a plain prefix"),
        ({"infrequent_days": 29}, "infrequent_days must be at least 30"),
        ({"archive_days": 90, "expire_days": 90}, "expire_days=90 must be over archive_days=90"),
        ({"infrequent_days": 60, "archive_days": 30}, "archive_days=30 must be over"),
        ({"expire_days": 0}, "expire_days must be at least 1"),
        ({"old_versions_days": 0}, "old_versions_days must be at least 1"),
    ],
)
def test_a_file_ages_in_one_direction(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        Lifecycle(**settings)


def test_a_folder_is_used_by_itself() -> None:
    files = Bucket("files")
    write = files.under("uploads/").write
    assert (write.part, write.mode, write.scope) == (files, "write", "uploads/")
    assert (files.read.mode, files.read.scope) == ("read", "")
    assert files.bucket_name.field == "name"
    with pytest.raises(Mistake, match="not a plain prefix"):
        files.under("a*")

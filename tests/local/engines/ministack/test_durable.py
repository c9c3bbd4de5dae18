import hashlib
import json
import os
from pathlib import Path

import pytest

from seatrial.local.engines.ministack.durable import mend_objects


def tag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def write(folder: Path, body: bytes, recorded: bytes, *, body_is_newer: bool, **words) -> Path:
    """Write an object as ministack lays it out; its record may tell of an older body."""
    file = folder / "000000000000" / "bucket" / "deep" / "key.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    record = file.with_name("key.txt.meta.json")
    record.write_text(json.dumps({"size": len(recorded), "etag": tag(recorded), **words}))
    os.utime(file, ns=(0, 2_000 if body_is_newer else 1_000))
    os.utime(record, ns=(0, 1_500))
    return file


def read_record(file: Path) -> dict:
    return json.loads(file.with_name(f"{file.name}.meta.json").read_text())


@pytest.mark.parametrize("body", [b"longer than before", b"short"])
def test_a_write_that_was_broken_off_is_finished(tmp_path: Path, body: bytes) -> None:
    file = write(tmp_path, body, b"older", body_is_newer=True, content_type="text/plain")
    mend_objects(tmp_path)
    assert file.read_bytes() == body
    expected = {"size": len(body), "etag": tag(body), "content_type": "text/plain"}
    assert read_record(file).items() >= expected.items()


def test_the_version_that_was_acknowledged_is_put_back(tmp_path: Path) -> None:
    file = write(tmp_path, b"never told", b"older", body_is_newer=True, version_id="v1")
    kept = tmp_path / ".versions" / "000000000000" / "bucket" / "v1" / "deep" / "key.txt"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"older")
    mend_objects(tmp_path)
    assert file.read_bytes() == b"older"
    assert read_record(file)["etag"] == tag(b"older")


@pytest.mark.parametrize("body_is_newer", [True, False])
def test_what_is_whole_stays_as_it_is(tmp_path: Path, body_is_newer: bool) -> None:
    file = write(tmp_path, b"whole", b"whole", body_is_newer=body_is_newer, checksums={"a": "b"})
    mend_objects(tmp_path)
    assert read_record(file)["checksums"] == {"a": "b"}


def test_a_record_that_stands_alone_or_cannot_be_read_is_left_to_ministack(tmp_path: Path) -> None:
    file = write(tmp_path, b"body", b"other", body_is_newer=True)
    record = file.with_name("key.txt.meta.json")
    record.write_text("{")
    file.with_name("gone.meta.json").write_text("{}")
    mend_objects(tmp_path)
    assert record.read_text() == "{"


def test_no_objects_yet(tmp_path: Path) -> None:
    mend_objects(tmp_path / "none")

"""What the brokers keep: it survives a broken end, listings are whole or rightly trimmed."""

import json
import struct
import time
from pathlib import Path

import pytest

from seatrial.local.engines.kafka import objects as module
from seatrial.local.engines.kafka import partition
from seatrial.local.engines.kafka.meanings import count, mend_group
from seatrial.local.engines.kafka.objects import Objects

RECORDS = "clusters/c/topics/events/partitions/0000000000/records/"
META = "clusters/c/meta.json"


def batch(records: int) -> bytes:
    """Give a record batch as far as it is looked at."""
    return b"\0" * 16 + b"\2" + b"\0" * 6 + struct.pack(">i", records - 1) + b"\0" * 34


def put_batches(objects: Objects, number: int, records: int = 1) -> None:
    for each in range(number):
        objects.put(f"{RECORDS}{each * records:020}.batch", batch(records))


def commit(objects: Objects, group: str, offset: int) -> None:
    key = f"clusters/c/groups/consumers/{group}/offsets/events/partitions/0000000000.json"
    objects.put(key, json.dumps({"offset": offset}).encode())


def keys(objects: Objects, prefix: str) -> list[str]:
    return [key for key, _ in objects.list(prefix)]


def offsets(objects: Objects) -> list[int]:
    return [int(key[-26:-6]) for key in keys(objects, RECORDS)]


def test_what_was_put_is_there_after_the_process_has_gone(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    first = objects.put("a/one.json", b"1")
    second = objects.put("a/one.json", b"2")
    assert first.tag != second.tag
    objects.put("a/b/two", b"x" * 100_000)
    objects.put("gone", b"")
    objects.delete("gone")
    # Never closed: a kill -9 does not close either.
    again = Objects(tmp_path)
    one, two = again.get("a/one.json"), again.get("a/b/two")
    assert one
    assert two
    assert (again.read(one), one.tag) == (b"2", second.tag)
    assert again.read(two) == b"x" * 100_000
    assert again.get("gone") is None
    assert sorted(keys(again, "")) == ["a/b/two", "a/one.json"]
    # What is written afterwards has a later version than all before.
    assert again.put("a/one.json", b"3").written > second.written


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_an_entry_that_was_broken_off_is_cut_away(tmp_path: Path, cut: int) -> None:
    objects = Objects(tmp_path)
    objects.put("a/one", b"kept")
    objects.put("a/two", b"broken off")
    log = tmp_path / "objects.log"
    log.write_bytes(log.read_bytes()[:-cut])
    again = Objects(tmp_path)
    assert keys(again, "a/") == ["a/one"]
    again.put("a/three", b"after")
    assert keys(Objects(tmp_path), "a/") == ["a/one", "a/three"]


def test_a_log_that_is_mostly_garbage_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GARBAGE", 10_000)
    objects = Objects(tmp_path)
    put_batches(objects, 3)
    for turn in range(1000):
        objects.put("a/mark", b"%d" % turn + b"x" * 100)
    assert (tmp_path / "objects.log").stat().st_size < 40_000
    for each in (objects, Objects(tmp_path)):
        mark, first = each.get("a/mark"), each.get(f"{RECORDS}{0:020}.batch")
        assert mark
        assert first
        assert each.read(mark).startswith(b"999")
        assert each.read(first) == batch(1)


def test_a_group_is_behind_by_what_it_has_not_committed(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    put_batches(objects, 5, records=10)
    commit(objects, "readers", 12)
    for each in (objects, Objects(tmp_path)):
        lag, age = each.state()["readers"]["events"][0]
        assert lag == 38
        assert 0 < age < 60
    commit(objects, "readers", 50)
    assert objects.state()["readers"]["events"][0] == (0, 0.0)


def test_what_every_group_has_read_is_left_out_of_a_listing(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    put_batches(objects, 200)
    assert offsets(objects) == list(range(200))
    commit(objects, "fast", 190)
    commit(objects, "slow", 150)
    # The first one stays: a fetch from before what is listed begins with it.
    assert offsets(objects) == [0, *range(150, 200)]
    assert objects.reads(f"{RECORDS}{150:020}.batch")
    assert offsets(objects) == [0, *range(150, 200)]


def test_whoever_reads_what_was_left_out_is_sent_back_and_then_finds_it(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    put_batches(objects, 200)
    commit(objects, "readers", 150)
    first = f"{RECORDS}{0:020}.batch"
    assert not objects.reads(first)
    assert offsets(objects) == list(range(200))
    assert objects.reads(first)


def test_a_group_without_an_offset_finds_everything_until_it_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "REACH", 20)
    monkeypatch.setattr(module, "WHOLE", 0.2)
    objects = Objects(tmp_path)
    put_batches(objects, 200)
    commit(objects, "readers", 150)
    new = "clusters/c/groups/consumers/new/offsets/events/partitions/0000000000.json"
    assert objects.reads(new)
    # It may ask for the latest offset at once; then it reads from the first.
    assert offsets(objects) == list(range(200))
    time.sleep(0.3)
    assert offsets(objects) == list(range(171))
    assert objects.reads(f"{RECORDS}{0:020}.batch")
    commit(objects, "new", 120)
    assert offsets(objects) == [0, *range(120, 171)]


def test_the_first_group_reads_from_the_first_batch_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "REACH", 20)
    monkeypatch.setattr(module, "WHOLE", 0.0)
    objects = Objects(tmp_path)
    put_batches(objects, 200)
    # Whoever reads without a group finds everything.
    assert offsets(objects) == list(range(200))
    objects.reads("clusters/c/groups/consumers/new/offsets/events/partitions/0000000000.json")
    assert offsets(objects) == list(range(20))
    assert objects.reads(f"{RECORDS}{19:020}.batch")
    assert offsets(objects) == list(range(40))


def test_more_is_listed_for_whoever_reads_past_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "REACH", 20)
    objects = Objects(tmp_path)
    put_batches(objects, 200)
    commit(objects, "slow", 100)
    commit(objects, "fast", 120)
    assert offsets(objects) == [0, *range(100, 141)]
    assert objects.reads(f"{RECORDS}{130:020}.batch")
    assert offsets(objects) == [0, *range(100, 141)]
    # A fetch from any offset beyond begins with the last one that is listed.
    assert objects.reads(f"{RECORDS}{140:020}.batch")
    assert offsets(objects) == [0, *range(100, 161)]


def test_old_records_go_when_their_topic_says_so_and_the_last_batch_stays(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    put_batches(objects, 4)
    written = objects.partitions[RECORDS].written[-1] / 1_000_000

    def settle(**settings: str) -> None:
        configs = [{"name": name, "value": value} for name, value in settings.items()]
        topic = {"id": "", "topic": {"name": "events", "configs": configs}}
        objects.put(META, json.dumps({"topics": {"events": topic}}).encode())

    settle(**{"retention.ms": "-1"})
    objects.sweep(written + 10_000)
    settle(**{"retention.ms": "1000", "cleanup.policy": "compact"})
    objects.sweep(written + 10_000)
    assert len(offsets(objects)) == 4
    settle(**{"retention.ms": "1000", "cleanup.policy": "delete"})
    objects.sweep(written)
    assert len(offsets(objects)) == 4
    objects.sweep(written + 2)
    assert offsets(objects) == [3]
    assert Objects(tmp_path).partitions[RECORDS].end == 4


def test_a_topic_that_was_removed_begins_anew(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    put_batches(objects, 2)
    for key in keys(objects, "clusters/c/topics/events/"):
        objects.delete(key)
    assert RECORDS not in objects.partitions
    put_batches(objects, 1)
    assert objects.partitions[RECORDS].end == 1


def test_a_listing_below_a_folder_has_all_that_is_in_it(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    for key in ("g/consumers/a.json", "g/consumers/a/x", "g/consumers/ab.json", "g/other"):
        objects.put(key, b"")
    assert sorted(keys(objects, "g/consumers/")) == [
        "g/consumers/a.json",
        "g/consumers/a/x",
        "g/consumers/ab.json",
    ]


def test_a_batch_of_another_format_is_refused() -> None:
    assert count(batch(7)) == 7
    with pytest.raises(ValueError, match="format 2"):
        count(b"\0" * 61)


def group(state: dict[str, object], *members: str) -> bytes:
    return json.dumps({"members": {each: {} for each in members}, "state": state}).encode()


def test_a_group_that_forms_does_not_wait_for_a_leader_that_is_gone() -> None:
    mended = mend_group(group({"Forming": {"leader": "a", "protocol_name": "range"}}, "b", "c"))
    assert mended
    assert json.loads(mended) == {
        "members": {"b": {}, "c": {}},
        "state": {"Forming": {"leader": None, "protocol_name": "range"}},
    }
    for state in ({"Forming": {"leader": "b"}}, {"Forming": {"leader": None}}, {"Formed": {}}):
        assert mend_group(group(dict(state), "b", "c")) is None

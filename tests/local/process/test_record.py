from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.process.command import Limits
from seatrial.local.process.identity import Identity
from seatrial.local.process.record import Record, RecordFolder

identities = st.builds(Identity, st.integers(1, 1 << 22), st.integers(0, 1 << 63), st.just("boot"))
records = st.builds(
    Record,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,30}", fullmatch=True),
    limits=st.builds(
        Limits,
        st.none() | st.floats(0.01, 64),
        st.none() | st.integers(1, 1 << 40),
    ),
    folders=st.lists(st.text("abc/", min_size=1).map(Path), max_size=3).map(tuple),
    identity=st.none() | identities,
    members=st.lists(identities, max_size=4).map(tuple),
)


@given(record=records)
def test_what_is_written_is_read(tmp_path_factory: object, record: Record) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        kept = RecordFolder(Path(folder) / "records")
        kept.write(record)
        assert kept.names() == [record.name]
        assert kept.read(record.name) == record
        kept.remove(record.name)
        kept.remove(record.name)
        assert kept.names() == []
        assert kept.read(record.name) is None


def test_a_record_that_cannot_be_read_is_named_and_none(tmp_path: Path) -> None:
    kept = RecordFolder(tmp_path)
    for name, text in {"empty": "", "torn": '{"name": "to', "other": '{"a": 1}'}.items():
        (tmp_path / f"{name}.json").write_text(text)
    assert kept.names() == ["empty", "other", "torn"]
    assert [kept.read(name) for name in kept.names()] == [None, None, None]


def test_a_half_written_new_record_is_no_record(tmp_path: Path) -> None:
    (tmp_path / ".api.json").write_text("{")
    assert RecordFolder(tmp_path).names() == []


def test_only_the_owner_reads_records(tmp_path: Path) -> None:
    kept = RecordFolder(tmp_path / "records")
    kept.write(Record("api"))
    assert (tmp_path / "records").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "records" / "api.json").stat().st_mode & 0o777 == 0o600

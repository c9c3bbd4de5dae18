"""Events: kept over a restart, never renumbered, and no full disk stops them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.events import KEPT, Events


def test_the_record_goes_on_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    first = Events(file)
    told = [first.tell("task", "api", f"number {n}") for n in range(3)]
    again = Events(file)
    assert list(again.recent) == told
    assert again.tell("task", "api", "after").number == 4
    assert [each.text for each in again.after(2)] == ["number 2", "after"]
    assert again.after(4) == []


def test_only_the_newest_stay_in_memory_and_all_on_disk(tmp_path: Path) -> None:
    events = Events(tmp_path / "events.jsonl")
    for number in range(KEPT + 50):
        events.tell("task", "api", str(number))
    assert len(events.recent) == KEPT
    assert events.recent[-1].number == KEPT + 50
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == KEPT + 50
    assert Events(tmp_path / "events.jsonl").recent == events.recent


@given(st.text(max_size=80))
def test_any_text_is_one_line_of_the_record(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "events.jsonl")
        told = Events(file).tell("kind", "part", text)
        (line,) = file.read_text().splitlines()
        assert json.loads(line)["text"] == text
        assert list(Events(file).recent) == [told]


def test_an_event_that_cannot_be_written_is_still_shown(tmp_path: Path) -> None:
    events = Events(tmp_path / "gone" / "events.jsonl")
    events.tell("task", "api", "hello")
    assert [each.text for each in events.recent] == ["hello"]


@pytest.mark.parametrize("damage", ["half a li", '{"number": 1}', '"text"', "[1, 2]", "\x00\x00"])
def test_a_damaged_record_does_not_stop_a_supervisor(tmp_path: Path, damage: str) -> None:
    """A power failure may leave half a line."""
    file = tmp_path / "events.jsonl"
    Events(file).tell("task", "api", "before")
    with file.open("a") as open_file:
        open_file.write(damage)
    events = Events(file)
    assert [each.text for each in events.recent] == ["before"]
    assert events.tell("task", "api", "after").number == 2

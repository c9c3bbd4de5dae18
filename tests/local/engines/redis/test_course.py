"""The record of a cache: written before anything is done, closed to others, never guessed."""

import asyncio
import json
from pathlib import Path

import pytest

from seatrial.control.database import Died, FailoverRule
from seatrial.control.replication import Group, resume
from seatrial.local.engines.redis.course import Course, RecordUnreadable

FIRST = Group("a", ("a", "b"))


def course(path: Path, told: list[str] | None = None) -> Course:
    events = told if told is not None else []
    return Course(FIRST, FailoverRule(), path, lambda kind, _: events.append(kind))


def test_what_was_seen_is_on_the_disk_before_it_is_acted_on(tmp_path: Path) -> None:
    path, told = tmp_path / "record.json", list[str]()

    async def scenario() -> None:
        first = course(path, told)
        assert not first.known
        first.see(Died("a"))
        assert first.state.phase == "fencing"
        assert resume(json.loads(path.read_text())["state"]).phase == "fencing"

    asyncio.run(scenario())
    again = course(path)
    assert again.known
    assert again.state.phase == "fencing"
    assert again.admin == json.loads(path.read_text())["admin"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert told == ["fencing"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "state": {}}'])
def test_a_record_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(RecordUnreadable):
        course(path)

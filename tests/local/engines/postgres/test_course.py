import asyncio

import pytest

from seatrial.control import database as facts
from seatrial.control import failover
from seatrial.local.engines.postgres.course import Course
from seatrial.local.engines.postgres.record import RecordFile


class DiskFullFile(RecordFile):
    def write(self, record):
        raise OSError("no room")


@pytest.fixture
def told():
    return []


@pytest.fixture
def course(tmp_path, told):
    return Course(
        facts.Database("db-1", "db-2"),
        facts.FailoverRule(),
        RecordFile(tmp_path / "record.json"),
        lambda kind, message: told.append(kind),
    )


def test_the_record_is_written_before_the_state_is_seen(course, tmp_path):
    async def scenario():
        course.begin("secret")
        course.see(facts.Died("db-1"))
        written = RecordFile(tmp_path / "record.json").read()
        assert facts.durable(written.state) == facts.durable(course.state)
        assert failover.pending(course.state) == facts.Fence("db-1", course.state.epoch)

    asyncio.run(scenario())


def test_what_could_not_be_recorded_does_not_happen(told, tmp_path):
    async def scenario():
        first = facts.Database("db-1", "db-2")
        file = RecordFile(tmp_path / "record.json")
        Course(first, facts.FailoverRule(), file, lambda *_: None).begin("secret")
        full = DiskFullFile(tmp_path / "record.json")
        course = Course(first, facts.FailoverRule(), full, lambda *_: None)
        assert course.read() == "secret"
        with pytest.raises(OSError, match="no room"):
            course.see(facts.Died("db-1"))
        assert course.state.phase == "steady"

    asyncio.run(scenario())


def test_a_whole_failover_is_told_once_each(course, told):
    async def scenario():
        course.see(facts.Died("db-1"))
        for _ in range(20):
            action = failover.pending(course.state)
            if action is None:
                break
            course.see(facts.Done(action))
        assert course.state.primary == "db-2"
        assert course.state.synced

    asyncio.run(scenario())
    assert told == ["fencing", "failover", "promoted", "rejoin", "synchronous"]


def test_a_change_wakes_who_waits(course):
    async def scenario():
        waiting = asyncio.create_task(course.wait(30))
        await asyncio.sleep(0)
        course.see(facts.Died("db-2"))
        await waiting
        await course.wait(0.01)

    asyncio.run(scenario())


def test_a_wait_can_be_cancelled_just_as_it_ends(course):
    async def scenario():
        waiting = asyncio.create_task(course.wait())
        await asyncio.sleep(0)
        course.wake()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scenario())

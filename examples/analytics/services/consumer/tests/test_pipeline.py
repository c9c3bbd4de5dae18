"""The pipeline between a Kafka and a database in memory: nothing lost, nothing twice."""

import json
from datetime import UTC, datetime

import psycopg
import pytest

from consumer.pipeline import PATIENCE, Pipeline
from consumer.settings import Settings
from tests.fakes import MemoryConsumer, MemoryLetters, MemoryTable, Record

SETTINGS = Settings("127.0.0.1:1", "group")


def record(at: int, name: str = "", of: int = 0) -> Record:
    now = datetime.now(UTC).isoformat()
    times = dict.fromkeys(("timestamp", "originalTimestamp", "receivedAt"), now)
    event = {"type": "page", "messageId": name or f"{of}-{at}", "userId": "ada", **times}
    return Record(at, json.dumps(event).encode(), of)


class World:
    """A pipeline and what it works between."""

    def __init__(self) -> None:
        self.kafka, self.table, self.letters = MemoryConsumer(), MemoryTable(), MemoryLetters()
        self.pipeline = Pipeline(SETTINGS, self.kafka, self.letters, lambda _: self.table)

    def run(self, *batches: list[Record], partitions: tuple[int, ...] = (0, 1)) -> None:
        """Hand the batches out one after the other, and stop."""
        self.kafka.batches += batches
        steps = iter(range(len(batches) + 8))

        def stopping() -> bool:
            step = next(steps, None)
            if step == 0:
                self.kafka.give(*partitions)
            return step is None

        self.pipeline.run(stopping)


@pytest.fixture
def world() -> World:
    return World()


def test_events_are_stored_and_positions_move(world: World) -> None:
    world.run([record(0), record(0, of=1), record(1)], [record(2)])
    assert sorted(world.table.events) == ["0-0", "0-1", "0-2", "1-0"]
    assert world.table.next == world.kafka.committed == {0: 3, 1: 1}
    assert world.kafka.closed
    assert world.table.kept_house == 1


def test_reading_begins_where_the_database_says(world: World) -> None:
    world.table.next = {0: 7}
    world.run([record(7)])
    assert {0: 7, 1: 0} in world.kafka.read_from
    assert world.table.next == {0: 8}


def test_a_repeated_event_is_stored_once(world: World) -> None:
    world.run([record(0, "m"), record(1, "m")], [record(0, "m", of=1)])
    assert list(world.table.events) == ["m"]
    assert world.table.next == {0: 2, 1: 1}


def test_what_cannot_be_stored_is_set_aside_with_its_reason(world: World) -> None:
    world.table.refuses = {"0-1"}
    world.run([Record(0, b"nonsense"), record(1), record(2)])
    assert list(world.table.events) == ["0-2"]
    assert [at for at, _ in world.letters.sent] == [0, 1]
    assert "JSON" in world.letters.sent[0][1]
    assert world.table.next[0] == 3


@pytest.mark.parametrize("when", ["before", "after"])
def test_after_an_error_it_is_read_again_from_where_the_database_is(
    world: World, when: str
) -> None:
    world.table.errors = [(when, psycopg.OperationalError("gone"))]
    again = 0 if when == "before" else 2
    world.run([record(0), record(1)], [record(each) for each in range(again, 3)])
    assert {0: again, 1: 0} in world.kafka.read_from
    assert sorted(world.table.events) == ["0-0", "0-1", "0-2"]
    assert world.table.next[0] == 3


def test_one_who_is_fenced_stores_nothing_and_reads_the_positions_anew(world: World) -> None:
    class Stolen(MemoryTable):
        def positions(self, partitions: list[int]) -> dict[int, int]:
            found = super().positions(partitions)
            if not self.events and not self.next:
                self.next = {0: 2}  # another consumer stores meanwhile
            return found

    world.table = Stolen()
    world.run([record(0), record(1)], [record(2)])
    assert list(world.table.events) == ["0-2"]
    assert world.table.next[0] == 3


def test_what_was_fetched_for_others_is_left_to_them(world: World) -> None:
    world.run([record(0, of=5), record(0)])
    assert list(world.table.events) == ["0-0"]
    assert world.table.next == {0: 1}


def test_what_is_stored_already_is_passed_over(world: World) -> None:
    world.table.next = {0: 2}
    world.run([record(1), record(2)])
    assert list(world.table.events) == ["0-2"]


def test_a_hole_is_read_again_before_it_is_believed(world: World) -> None:
    late = [record(5)]
    world.run(*[late] * PATIENCE)
    assert not world.table.events
    world = World()
    world.run(*[late] * (PATIENCE + 1))
    assert world.table.next == {0: 6}


def test_what_retention_took_is_not_waited_for(world: World) -> None:
    world.kafka.watermarks = (5, 9)
    world.run([record(5)])
    assert world.table.next == {0: 6}


def test_a_log_that_began_anew_is_read_from_its_beginning(world: World) -> None:
    world.table.next = {0: 50}
    world.kafka.watermarks = (0, 2)
    world.run([record(0), record(1)])
    assert sorted(world.table.events) == ["0-0", "0-1"]
    assert world.table.next == {0: 2}

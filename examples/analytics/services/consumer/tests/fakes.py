"""Kafka and the database in memory, as far as the pipeline sees them."""

from dataclasses import dataclass
from typing import Any

from confluent_kafka import TopicPartition

from consumer.rows import Row
from consumer.table import Fenced


@dataclass
class Record:
    """A message of Kafka's."""

    at: int
    body: bytes
    of: int = 0

    def error(self) -> None:
        return None

    def partition(self) -> int:
        return self.of

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes:
        return self.body

    def topic(self) -> str:
        return "analytics-events"


class MemoryConsumer:
    """A consumer that is given `batches` to hand out, and notes where it was told to read."""

    def __init__(self) -> None:
        self.batches: list[list[Record]] = []
        self.read_from: list[dict[int, int]] = []
        self.committed: dict[int, int] = {}
        self.watermarks = (0, 1_000_000)
        self.handlers: dict[str, Any] = {}
        self.closed = False

    def subscribe(self, topics: list[str], **handlers: Any) -> None:
        self.handlers = handlers

    def give(self, *partitions: int) -> None:
        """Assign partitions, as the group's leader would."""
        given = [TopicPartition("analytics-events", each) for each in partitions]
        self.handlers["on_assign"](self, given)

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.read_from.append({each.partition: each.offset for each in partitions})

    def unassign(self) -> None:
        self.read_from.append({})

    def consume(self, number: int, timeout: float) -> list[Record]:
        return self.batches.pop(0) if self.batches and number > 1 else []

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        self.committed |= {each.partition: each.offset for each in offsets}

    def get_watermark_offsets(
        self, of: TopicPartition, timeout: float = 0, cached: bool = False
    ) -> tuple[int, int]:
        return self.watermarks

    def cluster_id(self, timeout: float) -> str:
        return "cluster"

    def close(self) -> None:
        self.closed = True


class MemoryTable:
    """The database; `errors` are raised by the next batches, before or after they are stored."""

    def __init__(self) -> None:
        self.next: dict[int, int] = {}
        self.events: dict[str, Row] = {}
        self.errors: list[tuple[str, Exception]] = []
        self.refuses: set[str] = set()
        self.kept_house = 0

    def close(self) -> None:
        """Nothing is open."""

    def keep_house(self) -> None:
        self.kept_house += 1

    def positions(self, partitions: list[int]) -> dict[int, int]:
        return {each: self.next.get(each, 0) for each in partitions}

    def store(self, rows: list[Row], before: Any, after: Any, refuse: Any) -> int:
        when, error = self.errors.pop(0) if self.errors else ("", None)
        if when == "before":
            raise error
        if self.positions(list(before)) != before:
            raise Fenced
        new = 0
        for each in rows:
            if each.message_id in self.refuses:
                refuse(each, "no")
            elif each.message_id not in self.events:
                self.events[each.message_id] = each
                new += 1
        self.next |= after
        if when == "after":
            raise error
        return new


class MemoryLetters:
    """The dead-letter topic."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []

    def send(self, letters: list[tuple[Record, str]]) -> None:
        self.sent += [(message.offset(), reason) for message, reason in letters]

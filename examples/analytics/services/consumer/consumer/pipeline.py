"""From Kafka to PostgreSQL, batch by batch, each event once.

The database says where to go on reading, not Kafka: at the start, after every
rebalance and after every error the positions are read from there, and whatever was
in hand is read again. So an error needs no repair, and a batch whose commit was
never answered is neither lost nor stored twice.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from consumer.kafka import DeadLetters
from consumer.rows import BadRecord, Row, Window, row
from consumer.settings import Settings
from consumer.table import Fenced, Table

log = logging.getLogger("consumer")

BATCH = 5000
"""Records that are stored at once, at most."""
GATHER = 0.5
"""Seconds in which a batch is gathered."""
PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds to wait after the first, second, ... error in a row."""
TELL = 1.0
"""Seconds between two times that Kafka is told how far we are."""
HOUSE = 600.0
"""Seconds between two looks at partitions that are too old or soon needed."""
PATIENCE = 3
"""Times that a hole in the log is read again before it is believed."""


class Hole(Exception):
    """Records are missing before this one: they may yet come if we read again."""


class Pipeline:
    """One consumer of the group; `run` it once. `open_table` is told the cluster's id."""

    def __init__(
        self,
        settings: Settings,
        consumer: Consumer,
        dead: DeadLetters,
        open_table: Callable[[str], Table],
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._dead = dead
        self._open_table = open_table
        self._table: Table | None = None
        self._assigned: list[int] = []
        self._positions: dict[int, int] = {}
        self._stale = False
        self._holes: dict[tuple[int, int], int] = {}
        self._told: dict[int, int] = {}
        self._tell_at = self._house_at = 0.0

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until `stopping`; the batch in hand is finished first."""
        self._consumer.subscribe(
            [self._settings.topic],
            on_assign=lambda _, given: self._take(given),
            on_revoke=lambda _, __: self._leave(),
            on_lost=lambda _, __: self._leave(),
        )
        errors = 0
        while not stopping():
            try:
                self._step()
                errors = 0
            except (psycopg.Error, KafkaException, Fenced, Hole) as error:
                self._start_over(error)
                # Waits, and takes part in the group meanwhile: nothing is assigned now.
                self._consumer.consume(1, PAUSES[min(errors, len(PAUSES) - 1)])
                errors += 1
        self._finish()

    def _step(self) -> None:
        if self._table is None:
            self._table = self._open_table(self._consumer.cluster_id(timeout=5))
        if time.monotonic() >= self._house_at:
            self._table.keep_house()
            self._house_at = time.monotonic() + HOUSE
        if self._stale:
            self._resume(self._table)
        messages = self._consumer.consume(BATCH, GATHER)
        if messages:
            self._store(self._table, messages)
        self._tell()

    def _take(self, given: list[TopicPartition]) -> None:
        """Note what the group gave us; reading begins once the positions are known."""
        self._assigned, self._positions, self._stale = [each.partition for each in given], {}, True
        self._consumer.assign([])
        fields = {"event": "assigned", "partitions": self._assigned}
        log.info("assigned", extra={"fields": fields})

    def _leave(self) -> None:
        """Give back all there is: the group shares it out anew."""
        self._assigned, self._positions, self._stale = [], {}, False
        self._consumer.unassign()
        log.info("revoked", extra={"fields": {"event": "revoked"}})

    def _resume(self, table: Table) -> None:
        positions = table.positions(self._assigned)
        topic = self._settings.topic
        self._consumer.assign([TopicPartition(topic, *each) for each in positions.items()])
        self._positions, self._stale = positions, False
        self._told, self._tell_at = {}, 0.0

    def _start_over(self, error: Exception) -> None:
        fields = {"event": "start_over", "reason": type(error).__name__}
        log.error("%s", error or type(error).__name__, extra={"fields": fields})
        self._positions, self._stale = {}, bool(self._assigned)
        self._consumer.assign([])
        if self._table and isinstance(error, psycopg.Error):
            self._table.close()

    def _store(self, table: Table, messages: list[Message]) -> None:
        began = time.perf_counter()
        after = dict(self._positions)
        rows, letters, read = self._read(messages, after)
        if not read:
            return
        self._dead.send(letters)
        moved = {each: at for each, at in after.items() if at != self._positions[each]}
        before = {each: self._positions[each] for each in moved}
        # Sorted, so that two who meet on repeated events wait for each other in one order.
        batch = [rows[each] for each in sorted(rows)]
        refused: list[Row] = []

        def refuse(bad: Row, reason: str) -> None:
            self._dead.send([(bad.source, reason)])
            refused.append(bad)

        new = table.store(batch, before, moved, refuse)
        self._positions = after
        fields = {
            "event": "stored",
            "records": read,
            "new": new,
            "dead": len(letters) + len(refused),
            "milliseconds": round((time.perf_counter() - began) * 1000),
        }
        log.info("stored", extra={"fields": fields})

    def _read(
        self, messages: list[Message], after: dict[int, int]
    ) -> tuple[dict[str, Row], list[tuple[Message, str]], int]:
        """Give the rows by message id, what cannot be stored, and how many records were read."""
        rows: dict[str, Row] = {}
        letters: list[tuple[Message, str]] = []
        window, read = Window.at(datetime.now(UTC), self._settings.days), 0
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if message.error():
                log.warning("kafka: %s", message.error().str())
                continue
            expected = after.get(partition)
            if expected is None:
                continue  # it was ours when it was fetched
            if offset != expected and not self._believe(partition, expected, offset):
                continue
            after[partition] = offset + 1
            read += 1
            try:
                made = row(message.value() or b"", window, message)
                rows.setdefault(made.message_id, made)
            except BadRecord as bad:
                letters.append((message, str(bad)))
        return rows, letters, read

    def _believe(self, partition: int, expected: int, offset: int) -> bool:
        """Say whether to go on from another offset than the next; raise `Hole`."""
        of = TopicPartition(self._settings.topic, partition)
        if offset < expected:
            # Beyond the end of this log: it is another one; else the record is stored already.
            return expected > self._consumer.get_watermark_offsets(of, cached=True)[1]
        first, _ = self._consumer.get_watermark_offsets(of, timeout=5)
        if first <= expected:
            # What was fetched before we started over, or a log that has holes.
            seen = self._holes[partition, expected] = self._holes.get((partition, expected), 0) + 1
            if seen <= PATIENCE:
                raise Hole(f"partition {partition} goes on with {offset} after {expected}")
        fields = {"event": "hole", "partition": partition, "from": expected, "to": offset}
        log.warning("records are gone", extra={"fields": fields})
        return True

    def _tell(self, asynchronous: bool = True) -> None:
        """Tell Kafka how far we are, for whoever measures the lag."""
        if self._positions == self._told or time.monotonic() < self._tell_at:
            return
        topic = self._settings.topic
        offsets = [TopicPartition(topic, *each) for each in self._positions.items()]
        self._consumer.commit(offsets=offsets, asynchronous=asynchronous)
        self._told, self._tell_at = dict(self._positions), time.monotonic() + TELL

    def _finish(self) -> None:
        self._tell_at = 0.0
        try:
            self._tell(asynchronous=False)
        except KafkaException as error:
            log.warning("kafka: %s", error)
        self._consumer.close()
        if self._table:
            self._table.close()

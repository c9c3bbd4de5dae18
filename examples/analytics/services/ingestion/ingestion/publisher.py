"""Publishes records to Kafka and says when the brokers have them.

Records carry no key: they go to one partition for a few milliseconds and then to
another, so the brokers see few and full batches. Nothing downstream needs an
order; every event carries its own time and its own id.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from ingestion.settings import Kafka

log = logging.getLogger("ingestion")

DELIVERY = 10.0
"""Seconds in which the brokers must have acknowledged a record."""
GLANCE = 0.002
"""Seconds between two looks at what was acknowledged, while something is waiting."""
REST = 1.0
"""Seconds between two looks while nothing is: tokens are renewed then."""


class KafkaAway(Exception):
    """The brokers did not acknowledge; some of the records may yet be there."""


class Publisher:
    """A producer; use it between `open` and `close`."""

    def __init__(self, kafka: Kafka, topic: str, **settings: Any) -> None:
        self._topic = topic
        self._settings = _settings(kafka) | settings | {"error_cb": self._hear}
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._fatal = False

    async def open(self) -> None:
        """Start connecting; does not wait, so that the service starts without Kafka."""
        self._producer = Producer(self._settings)
        self._watch = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Wait for what is under way, and stop."""
        await asyncio.to_thread(self._producer.flush, DELIVERY)
        self._watch.cancel()

    async def publish(self, records: Sequence[bytes]) -> None:
        """Return when the brokers have every record; raise `KafkaAway`."""
        if not records:
            return
        answer = asyncio.get_running_loop().create_future()
        left = len(records)

        def note(error: KafkaError | None, _message: object) -> None:
            nonlocal left
            left -= 1
            if answer.done():
                return
            if error:
                answer.set_exception(KafkaAway(error.name()))
            elif not left:
                answer.set_result(None)

        self._waiting += 1
        self._wanted.set()
        try:
            # The client library rates full queues as an error of each record left out.
            queued = self._producer.produce_batch(
                self._topic, [{"value": each} for each in records], on_delivery=note
            )
            if queued < len(records):
                raise KafkaAway("_QUEUE_FULL")
            await answer
        except (BufferError, KafkaException) as error:
            raise KafkaAway(str(error)) from error
        finally:
            self._waiting -= 1

    async def _look(self) -> None:
        while True:
            if self._fatal:
                self._rebuild()
            self._producer.poll(0)
            if self._waiting:
                await asyncio.sleep(GLANCE)
                continue
            self._wanted.clear()
            try:
                await asyncio.wait_for(self._wanted.wait(), REST)
            except TimeoutError:
                continue

    def _hear(self, error: KafkaError) -> None:
        log.warning("kafka: %s", error.str(), extra={"fields": {"event": "kafka_error"}})
        self._fatal = self._fatal or error.fatal()

    def _rebuild(self) -> None:
        """Take a new producer: one with a fatal error never publishes again."""
        log.error("the producer is replaced", extra={"fields": {"event": "producer_replaced"}})
        self._producer.purge()
        self._producer.flush(0)
        self._producer, self._fatal = Producer(self._settings), False


def _settings(kafka: Kafka) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "bootstrap.servers": kafka.servers,
        "security.protocol": kafka.protocol,
        "client.id": "ingestion",
        "acks": "all",
        # A repeated record is dropped by its message id; what it is repeated for is not order.
        "enable.idempotence": False,
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.timeout.ms": int(DELIVERY * 1000),
        "queue.buffering.max.kbytes": 65536,
        "reconnect.backoff.max.ms": 1000,
        "topic.metadata.refresh.interval.ms": 30_000,
    }
    if kafka.protocol.startswith("SASL"):
        settings |= {"sasl.mechanisms": "OAUTHBEARER", "oauth_cb": lambda _: _token(kafka.region)}
    return settings


def _token(region: str) -> tuple[str, float]:
    """Sign in to MSK with the task's role; give the token and when it ends, Unix seconds."""
    # Brings boto3 along, which nothing else here needs.
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    token, ends = MSKAuthTokenProvider.generate_auth_token(region)
    return token, ends / 1000

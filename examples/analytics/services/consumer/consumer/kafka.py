"""How Kafka is spoken to: the settings of the consumer, and the dead-letter topic."""

import logging
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from consumer.settings import Settings

log = logging.getLogger("consumer")

DELIVERY = 10.0
"""Seconds in which the brokers must have acknowledged a dead letter."""
SESSION = 6.0
"""Seconds without a heartbeat after which the others share out our partitions."""


def consuming(settings: Settings) -> dict[str, Any]:
    """Give the settings of a consumer."""
    return _client(settings) | {
        "group.id": settings.group,
        "partition.assignment.strategy": "range",
        "session.timeout.ms": int(SESSION * 1000),
        "heartbeat.interval.ms": int(SESSION * 1000 / 4),
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        # Where retention has taken what we would read next.
        "auto.offset.reset": "earliest",
        # Nobody writes in transactions here.
        "isolation.level": "read_uncommitted",
        "fetch.wait.max.ms": 100,
        "queued.max.messages.kbytes": 32768,
    }


def _client(settings: Settings) -> dict[str, Any]:
    client: dict[str, Any] = {
        "bootstrap.servers": settings.servers,
        "security.protocol": settings.protocol,
        "client.id": "consumer",
        "reconnect.backoff.max.ms": 1000,
        "topic.metadata.refresh.interval.ms": 30_000,
        "error_cb": _hear,
    }
    if settings.protocol.startswith("SASL"):
        client |= {"sasl.mechanisms": "OAUTHBEARER", "oauth_cb": lambda _: _token(settings.region)}
    return client


def _hear(error: KafkaError) -> None:
    log.warning("kafka: %s", error.str(), extra={"fields": {"event": "kafka_error"}})


def _token(region: str) -> tuple[str, float]:
    """Sign in to MSK with the task's role; give the token and when it ends, Unix seconds."""
    # Brings boto3 along, which nothing else here needs.
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    token, ends = MSKAuthTokenProvider.generate_auth_token(region)
    return token, ends / 1000


class DeadLetters:
    """The topic of records that can never be stored; each says why and where it was."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Producer | None = None

    def send(self, letters: Sequence[tuple[Message, str]]) -> None:
        """Return once the brokers have them; raise `KafkaException`."""
        if not letters:
            return
        if self._producer is None:
            settings = {"acks": "all", "message.timeout.ms": int(DELIVERY * 1000)}
            self._producer = Producer(_client(self._settings) | settings)
        failed: list[KafkaError] = []
        for message, reason in letters:
            self._producer.produce(
                self._settings.dead_topic,
                message.value(),
                headers={
                    "reason": reason,
                    "topic": message.topic(),
                    "partition": str(message.partition()),
                    "offset": str(message.offset()),
                },
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
        if self._producer.flush(DELIVERY + 1):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        if failed:
            self._producer = None  # a fresh one next time: this one may be broken for good
            raise KafkaException(failed[0])

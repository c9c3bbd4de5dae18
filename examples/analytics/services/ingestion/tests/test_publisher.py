"""The publisher, against librdkafka's own broker in memory."""

import asyncio
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Producer

from ingestion.publisher import KafkaAway, Publisher
from ingestion.settings import Kafka

TOPIC = "events"


async def publish(publisher: Publisher, *batches: list[bytes]) -> None:
    await publisher.open()
    try:
        await asyncio.gather(*map(publisher.publish, batches))
    finally:
        await publisher.close()


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    broker = Producer({"test.mock.num.brokers": 1})  # lives as long as this client
    brokers = broker.list_topics(timeout=10).brokers.values()
    yield Kafka(",".join(f"{each.host}:{each.port}" for each in brokers))
    broker.flush(0)


def test_it_returns_when_the_broker_has_every_record(kafka: Kafka) -> None:
    sent = [[b"%d-%d" % (batch, each) for each in range(50)] for batch in range(4)]
    asyncio.run(publish(Publisher(kafka, TOPIC), *sent, []))
    consumer = Consumer(
        {"bootstrap.servers": kafka.servers, "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([TOPIC])
    found: list[bytes] = []
    while len(found) < 200:
        messages = consumer.consume(200, timeout=30)
        assert messages
        found += [each.value() for each in messages]
    consumer.close()
    assert sorted(found) == sorted(each for batch in sent for each in batch)


def test_a_producer_with_a_fatal_error_is_replaced(kafka: Kafka) -> None:
    async def through_an_error() -> None:
        publisher = Publisher(kafka, TOPIC)
        await publisher.open()
        broken = publisher._producer
        publisher._hear(KafkaError(KafkaError.PRODUCER_FENCED, "fenced", True))
        with pytest.raises(KafkaAway, match="PURGE"):
            await publisher.publish([b"in hand when it was noticed"])
        assert publisher._producer is not broken
        await publisher.publish([b"after"])
        await publisher.close()

    asyncio.run(through_an_error())


def test_brokers_that_are_not_there_are_said_to_be_away() -> None:
    kafka = Kafka("127.0.0.1:1")
    publisher = Publisher(kafka, TOPIC, **{"message.timeout.ms": 300})
    with pytest.raises(KafkaAway, match="_MSG_TIMED_OUT"):
        asyncio.run(publish(publisher, [b"1", b"2"]))


def test_a_full_queue_is_said_at_once() -> None:
    limits = {"queue.buffering.max.messages": 10, "message.timeout.ms": 300}
    publisher = Publisher(Kafka("127.0.0.1:1"), TOPIC, **limits)
    with pytest.raises(KafkaAway, match="QUEUE_FULL"):
        asyncio.run(publish(publisher, [b"x"] * 11))

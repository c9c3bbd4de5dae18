"""Kafka and its topics as they are written: only what MSK and Kafka take."""

import pytest

from seatrial.language import Access, Kafka, Scale, Service
from seatrial.mistake import Mistake


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"version": "3.5.1"}, "takes no new cluster with Kafka '3.5.1'"),
        ({"version": "2.8.1"}, "takes no new cluster"),
        ({"size": "kafka.m5.huge"}, "'kafka.m5.huge' is not an MSK broker type"),
        ({"brokers": 1}, "not between 2 and 60"),
        ({"storage_gb": 0}, "not between 1 and 16384"),
        ({"max_storage_gb": 100}, "must be over storage_gb=100"),
        ({"login": "scram"}, "one of 'none', 'iam'"),
    ],
)
def test_what_msk_would_refuse_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told) as raised:
        Kafka("kafka", **settings)
    assert raised.value.what.startswith("Kafka 'kafka': ")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"partitions": 0}, "not between 1 and 10000"),
        ({"partitions": "3"}, "partitions must be a whole number"),
        ({"replication": 0}, "at least 1"),
        ({"retention_hours": 0}, "1 or more, or -1"),
        ({"compression": "zip"}, "compression must be one of"),
        ({"partitons": 3}, "no setting 'partitons'"),
    ],
)
def test_what_kafka_would_refuse_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told) as raised:
        Kafka("kafka").topic("events", **settings)
    assert raised.value.what.startswith("Topic 'events'")


def test_a_topics_settings_are_in_kafkas_words() -> None:
    kafka = Kafka("kafka")
    topic = kafka.topic("events", retention_hours=72, compression="lz4")
    assert topic.settings == {
        "cleanup.policy": "delete",
        "compression.type": "lz4",
        "retention.ms": "259200000",
    }
    kept = kafka.topic("all", retention_hours=-1, compact=True, parameters={"segment.ms": "1"})
    assert kept.settings["retention.ms"] == "-1"
    assert kept.settings["cleanup.policy"] == "compact"
    assert kept.settings["segment.ms"] == "1"


def test_it_is_written_and_read_by_a_group() -> None:
    topic = Kafka("kafka").topic("events")
    assert topic.write == Access(topic, "write")
    assert topic.read(group="g") == Access(topic, "read", "g")
    for wrong in ("", "a b", "x" * 250):
        with pytest.raises(Mistake, match="not the name of a consumer group"):
            topic.read(group=wrong)


def test_writing_does_not_swallow_a_group() -> None:
    topic = Kafka("kafka").topic("events")
    service = Service("s", ".", ["run"], uses=[topic.write, topic.read("a"), topic.read("a")])
    assert service.accesses() == [topic.write, topic.read("a")]


def test_lag_needs_a_group_to_follow() -> None:
    topic = Kafka("kafka").topic("events")
    tasks = Scale(min=1, max=3, lag_per_task=100)
    assert Service("s", ".", ["run"], uses=[topic.read("g")], tasks=tasks).scale.max == 3
    with pytest.raises(Mistake, match="lag_per_task follows a consumer group"):
        Service("s", ".", ["run"], uses=[topic.write], tasks=tasks)
    with pytest.raises(Mistake, match="at least 1 message"):
        Scale(min=1, max=3, lag_per_task=0)

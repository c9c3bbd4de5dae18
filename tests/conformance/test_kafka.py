"""Kafka's brokers and their store are killed fifty times under producers and a consumer group.

No record that a producer was told is written may be missed by the group. Producers wait for all
replicas and are not idempotent: with `enable.idempotence` Tansu takes a batch's number before it
has the batch, so a broker that dies between the two makes the producer's next try look like a
duplicate, which counts as written (docs/local-cloud.md).

SEATRIAL_KILLS says how often something is killed (50).
"""

import asyncio
import itertools
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from seatrial.local.engines.kafka import Topic
from tests.local.engines.kafka.running import Running, running

confluent_kafka: Any = pytest.importorskip("confluent_kafka")

pytestmark = pytest.mark.engine

KILLS = int(os.environ.get("SEATRIAL_KILLS", "50"))
PRODUCERS, CONSUMERS, PARTITIONS = 3, 2, 4
HANG = 120.0


class Ledger:
    """What was acknowledged and what the group has got."""

    def __init__(self) -> None:
        self.acknowledged: dict[bytes, float] = {}
        self.refused: Counter[str] = Counter()
        self.seen: Counter[bytes] = Counter()
        self.over = threading.Event()
        self.done = threading.Event()

    @property
    def missed(self) -> set[bytes]:
        return set(self.acknowledged) - set(self.seen)


def produce(servers: str, ledger: Ledger, number: int) -> None:
    """Send to every partition at once and steadily, so that producers meet in each of them."""
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": servers,
            "acks": "all",
            "linger.ms": 2,
            "retry.backoff.ms": 20,
            "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200,
            "log_level": 0,
        }
    )

    def told(error: Any, message: Any) -> None:
        if error:
            ledger.refused[error.name()] += 1
        else:
            ledger.acknowledged[message.value()] = time.monotonic()

    for turn in itertools.count():
        if ledger.over.is_set():
            break
        for partition in range(PARTITIONS):
            value = f"{number}-{turn}-{partition}".encode()
            producer.produce("events", value, partition=partition, on_delivery=told)
        producer.poll(0.005)
    left = producer.flush(HANG)
    assert left == 0, f"{left} records of a producer were never answered"


def consume(servers: str, ledger: Ledger) -> None:
    """Read as one of a group; an offset is committed after its record was counted."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "readers",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 3000,
            "heartbeat.interval.ms": 500,
            "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200,
            "log_level": 0,
        }
    )
    consumer.subscribe(["events"])
    while not ledger.done.is_set():
        found = [each for each in consumer.consume(500, 0.1) if not each.error()]
        for each in found:
            ledger.seen[each.value()] += 1
        if found:
            try:
                consumer.commit(asynchronous=False)
            except confluent_kafka.KafkaException:
                continue  # the group moved on, or nobody answered: it is read again
    consumer.close()


async def kill_one(system: Running, pick: random.Random) -> str:
    """Kill the leading broker, another one, or the store; wait until it is back."""
    victims = system.cluster.members
    lead = next(each for each in victims if each.name == system.lead())
    victim = pick.choice([lead, lead, *victims])
    assert victim.process
    pid = victim.process.identity.pid
    os.kill(pid, signal.SIGKILL)
    await system.until(
        lambda: bool(victim.running and victim.process and victim.process.identity.pid != pid),
        f"{victim.name} did not come back",
    )
    await system.whole()
    return victim.name


@pytest.mark.timeout(600)
@pytest.mark.long
def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    ledger, pick = Ledger(), random.Random(2026)
    killed: Counter[str] = Counter()

    async def work() -> None:
        async with running(tmp_path, Topic("events", PARTITIONS, 3)) as system:
            threads = [
                *(asyncio.to_thread(produce, system.servers, ledger, n) for n in range(PRODUCERS)),
                *(asyncio.to_thread(consume, system.servers, ledger) for _ in range(CONSUMERS)),
            ]
            working = [asyncio.ensure_future(each) for each in threads]
            try:
                await system.until(lambda: bool(ledger.seen), "nothing was read")
                for _ in range(KILLS):
                    before = len(ledger.acknowledged)
                    killed[await kill_one(system, pick)] += 1
                    # A kill while nothing is written would prove nothing.
                    await system.until(
                        lambda before=before: len(ledger.acknowledged) > before + 20, "no writes"
                    )
                    await asyncio.sleep(pick.uniform(0.0, 0.2))
                ledger.over.set()
                await asyncio.gather(*working[:PRODUCERS])
                await system.until(lambda: not ledger.missed, "records were lost")
            finally:
                ledger.over.set()
                ledger.done.set()
                await asyncio.gather(*working, return_exceptions=True)
                print(
                    f"{killed.total()} kills {dict(killed)}: {len(ledger.acknowledged)} records "
                    f"acknowledged, {dict(ledger.refused)} refused, {len(ledger.missed)} missed, "
                    f"{sum(n > 1 for n in ledger.seen.values())} read more than once"
                )
            pids = [each.process.identity.pid for each in system.cluster.members if each.process]
        assert not [pid for pid in pids if psutil.pid_exists(pid)]

    asyncio.run(work())
    assert not ledger.missed
    assert len(killed) == 1 + len("abc")
    assert len(ledger.acknowledged) > 20 * KILLS

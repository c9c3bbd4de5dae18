"""A cluster of brokers: topics, takeovers, zones, adoption, and an end that leaves nothing."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from seatrial.local.engines.kafka import Topic, wire
from tests.local.engines.kafka.running import running

pytestmark = pytest.mark.engine
EVENTS = Topic("events", 3, 2, {"retention.ms": "3600000"})


def test_topics_are_made_once_and_keep_their_partitions(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            endpoint = system.spec.endpoint
            assert await wire.count_partitions(endpoint) == {"events": 3}
            assert system.told == ["topics made: events"]
            more = (Topic("events", 5, 2, {"retention.ms": "1000"}), Topic("more", 1, 1))
            await system.cluster.make_topics(system.change(more))
            assert await wire.count_partitions(endpoint) == {"events": 3, "more": 1}
            assert system.told[1] == "topics made: more"
            assert "has 3 partitions and keeps them" in system.told[2]

    asyncio.run(work())


def test_a_wrong_topic_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path) as system:
            closed = system.spec.storage.__class__("127.0.0.1", 1)
            with pytest.raises(wire.NoAnswer):
                await wire.make_topics(closed, [EVENTS])
            assert not await wire.answers(closed)

    asyncio.run(work())


def test_another_broker_takes_over_and_the_dead_one_comes_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            assert system.lead() == "kafka-1"
            process = system.cluster.brokers[0].process
            assert process
            os.kill(process.identity.pid, signal.SIGKILL)
            await system.until(lambda: system.lead() == "kafka-2", "nobody took over")
            await system.whole()
            # Whoever leads keeps on leading.
            assert system.lead() == "kafka-2"
            assert await wire.count_partitions(system.spec.endpoint) == {"events": 3}

    asyncio.run(work())


def test_a_frozen_broker_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatrial.local.engines.kafka.cluster.PROBE", 0.2)

    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            process = system.cluster.brokers[0].process
            assert process
            os.kill(process.identity.pid, signal.SIGSTOP)
            await system.until(lambda: system.lead() == "kafka-2", "the frozen one still leads")
            await system.whole()

    asyncio.run(work())


def test_a_lost_zone_has_no_broker_until_it_is_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            assert system.lead() == "kafka-1"
            await system.cluster.zone_lost("a")
            await system.until(lambda: system.lead() == "kafka-2", "nobody took over")
            await asyncio.sleep(0.2)
            assert [each.running for each in system.cluster.views] == [False, True, True]
            await system.cluster.zone_back("a")
            await system.whole()

    asyncio.run(work())


def test_another_supervisor_takes_on_what_runs(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            process = system.cluster.brokers[0].process
            assert process
            os.kill(process.identity.pid, signal.SIGKILL)
            await system.until(lambda: system.lead() == "kafka-2", "nobody took over")
            await system.whole()
            before = [each.pid for each in system.cluster.views]
            await system.let_go()
            system.cluster = system.make()
            await system.cluster.start()
            system.keep()
            assert [each.pid for each in system.cluster.views] == before
            assert system.lead() == "kafka-2"

    asyncio.run(work())


def test_an_end_leaves_nothing_and_the_topics_stay(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path, EVENTS) as system:
            pids = [each.process.identity.pid for each in system.cluster.members if each.process]
            await system.let_go()
            await system.cluster.stop()
            assert len(pids) == 4
            assert not [pid for pid in pids if psutil.pid_exists(pid)]
            system.told.clear()
            await system.cluster.start()
            system.keep()
            assert await wire.count_partitions(system.spec.endpoint) == {"events": 3}
            assert not [each for each in system.told if "made" in each]

    asyncio.run(work())

"""What a replication group promises, held against real Valkey servers.

ElastiCache replicates asynchronously: when a primary fails, what its replicas
had not received is lost, and a group of one node loses everything. So what is
held here is:

- A write that a replica has confirmed (WAIT) is never lost by one failure.
- Of other acknowledged writes only those of the last instant before a primary
  failed may be lost, and then all that followed them: no gap in a history.
- Nothing is lost with a replica, and nothing with a clean stop.
- A lone node that is killed comes back empty, as on AWS.
- Two nodes never take writes at once.

SEATRIAL_KILLS says how often each thing is killed (default 4). The run to
publish figures from, which takes about five minutes:

    SEATRIAL_KILLS=50 pytest -s -m engine tests/conformance/test_redis.py
"""

import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import valkey
from valkey.exceptions import ValkeyError

from seatrial.local.addresses import Address
from tests.local.engines.postgres.system import free_addresses, list_processes
from tests.local.engines.redis.system import (
    TOKEN,
    Write,
    Writers,
    build,
    connect,
    folder,
    frozen,
    make_spec,
    running,
)

__all__ = ["folder"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]

KILLS = int(os.environ.get("SEATRIAL_KILLS", "4"))
FEWER = max(2, min(KILLS // 2, 10))
"""How often, where each time takes seconds."""
INSTANT = 1.0
"""Seconds before a failure in which an acknowledged write may be lost."""


def report(title: str, gaps: list[float], writers: Writers, lost: list[Write]) -> None:
    """Print the figures; they are read by people, and never a limit."""
    told = {
        "kills": len(gaps),
        "median_gap_ms": round(1000 * statistics.median(gaps)),
        "max_gap_ms": round(1000 * max(gaps)),
        "acknowledged": len(writers.acknowledged),
        "confirmed_by_a_replica": sum(each.waited for each in writers.acknowledged),
        "lost": len(lost),
        "errors": writers.errors,
    }
    print(f"\n{title}: {json.dumps(told)}")


def check_promise(writers: Writers, lost: list[Write], failures: list[float]) -> None:
    """Fail if more is lost than the promise allows; `failures` are when a primary failed."""
    assert any(each.waited for each in writers.acknowledged)
    assert not [each for each in lost if each.waited], "a confirmed write is lost"
    gone = {(each.writer, each.seq) for each in lost}
    for each in lost:
        assert any(0 <= after - each.at <= INSTANT for after in failures), each
    for writer in range(writers.count):
        own = [each for each in writers.acknowledged if each.writer == writer]
        for one, other in pairwise(own):
            if (writer, one.seq) in gone and (writer, other.seq) not in gone:
                between = [moment for moment in failures if one.at <= moment <= other.at]
                assert between, f"{one} is lost and {other} is there"


async def assert_cannot_write(address: Address) -> None:
    """Fail if whoever answers at this address takes a write."""
    try:
        async with connect(address) as client:
            await client.set("old", "x")
    except (ValkeyError, OSError):
        return  # nobody is there, or it is a replica now
    raise AssertionError(f"{address} took a write")


def test_only_the_last_instant_may_be_lost_when_the_primary_is_killed(folder):
    async def scenario():
        async with running(folder, make_spec(2)) as system:
            writers = Writers(lambda: system.primary)
            writers.start()
            gaps, failures = [], []
            for _ in range(KILLS):
                await system.settle()
                await asyncio.sleep(random.uniform(0.1, 0.3))
                old = system.view("primary")
                began = time.monotonic()
                os.kill(old.pid, signal.SIGKILL)
                await system.until(lambda old=old: system.primary != old.address)
                failures.append(system.moved[-1])
                await assert_cannot_write(old.address)
                await system.settle()
                assert await system.roles() == ["master", "slave"]
                gaps.append(writers.gap_after(began))
            await writers.stop()
            lost = await writers.lost()
            report("primary killed", gaps, writers, lost)
            check_promise(writers, lost, failures)
            assert "begins with nothing" not in " ".join(system.told("empty")[1:])

    asyncio.run(scenario())


def test_nothing_is_lost_with_a_replica(folder):
    async def scenario():
        async with running(folder, make_spec(3)) as system:
            await system.settle()
            writers = Writers(lambda: system.primary)
            writers.start()
            gaps = []
            for _ in range(KILLS):
                await asyncio.sleep(random.uniform(0.1, 0.3))
                replicas = [each for each in system.cache.nodes if each.role == "replica"]
                began = time.monotonic()
                os.kill(random.choice(replicas).pid, signal.SIGKILL)
                await system.until(
                    lambda: not all(n.state == "running" for n in system.cache.nodes)
                )
                await system.settle()
                gaps.append(writers.gap_after(began))
            await writers.stop()
            lost = await writers.lost()
            report("replica killed", gaps, writers, lost)
            assert lost == []
            assert writers.errors == 0
            assert system.told("failover") == []
            assert system.reader in [n.address for n in system.cache.nodes if n.role == "replica"]

    asyncio.run(scenario())


def test_a_frozen_primary_that_wakes_never_writes(folder):
    async def scenario():
        async with running(folder, make_spec(2)) as system:
            writers = Writers(lambda: system.primary)
            writers.start()
            gaps, failures = [], []
            for _ in range(FEWER):
                await system.settle()
                await asyncio.sleep(0.2)
                old = system.view("primary")
                began = time.monotonic()
                with frozen(old.pid):
                    await system.until(lambda old=old: system.primary != old.address)
                failures.append(began)
                # Awake again, as far as anything of it is left.
                for _ in range(20):
                    await assert_cannot_write(old.address)
                await system.settle()
                assert await system.roles() == ["master", "slave"]
                gaps.append(writers.gap_after(began))
            await writers.stop()
            lost = await writers.lost()
            report("primary frozen", gaps, writers, lost)
            # It answered until it was stopped: what it acknowledged last may not have left it.
            check_promise(writers, lost, [moment + 0.05 for moment in failures])

    asyncio.run(scenario())


def test_a_lone_node_comes_back_empty_behind_the_same_endpoint(folder):
    async def scenario():
        async with running(folder, make_spec(1)) as system:
            endpoint = system.primary
            for _ in range(FEWER):
                async with connect(endpoint) as client:
                    await client.set("kept", "x")
                pid = system.view("primary").pid
                os.kill(pid, signal.SIGKILL)
                await system.until(lambda pid=pid: system.view("primary").pid not in (None, pid))
                await system.settle()
                async with connect(endpoint) as client:
                    assert await client.get("kept") is None
            assert system.primary == endpoint

    asyncio.run(scenario())


def test_a_clean_stop_keeps_everything_once(folder):
    async def scenario():
        spec = make_spec(2)
        for number in range(3):
            async with running(folder, spec) as system:
                await system.settle()
                async with connect(system.primary) as client:
                    assert await client.dbsize() == number
                    await client.set(f"kept-{number}", "x")
                if number == 1:  # the other node is the primary at the second stop
                    await system.cache.fail_over()
            assert len(list(folder.glob("cache/*/dump.rdb"))) == 1
        # What was saved is old once it was loaded: who is killed then does not bring it back.
        system = build(folder, spec)
        try:
            await system.cache.start()
            assert list(folder.glob("cache/*/dump.rdb")) == []
            await system.cache.kill()
            await system.cache.start()
            async with connect(system.primary) as client:
                assert await client.dbsize() == 0
            assert system.told("lost")
        finally:
            await system.cache.kill()
            await system.host.sweep()
            system.host.close()

    asyncio.run(scenario())


def test_a_killed_driver_is_taken_up_wherever_it_was(folder):
    """Kill the driver at random instants of a failover, a rejoin or a first start."""
    addresses = free_addresses(2)
    order = json.dumps({"folder": str(folder), "addresses": [str(each) for each in addresses]})
    root = Path(__file__).parents[2]
    pointed = folder / "primary"

    async def drive() -> asyncio.subprocess.Process:
        with (folder / "driver.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.conformance.redis_driver", order),
                cwd=root,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def see(driver: asyncio.subprocess.Process, holds) -> None:
        async with asyncio.timeout(60):
            while not holds():
                assert driver.returncode is None, (folder / "driver.log").read_text()
                await asyncio.sleep(0.02)

    async def scenario():
        driver = await drive()
        await see(driver, pointed.exists)
        writers = Writers(lambda: Address.from_text(pointed.read_text()))
        writers.start()
        for _ in range(FEWER if KILLS < 10 else KILLS):
            await asyncio.sleep(random.uniform(0.5, 1.5))
            found = sorted(folder.glob("cache/*/valkey.conf"))
            victims = [pid for pid in list_pids(folder) if found]
            if victims:
                os.kill(random.choice(victims), signal.SIGKILL)
            await asyncio.sleep(random.choice([0.0, random.uniform(0, 0.1), random.uniform(0, 2)]))
            driver.kill()
            await driver.wait()
            before = len(writers.acknowledged)
            driver = await drive()
            await see(driver, lambda before=before: len(writers.acknowledged) > before)
            assert masters(addresses) == 1
        await writers.stop()
        driver.kill()
        await driver.wait()
        system = build(folder, make_spec(2, addresses=addresses))
        try:
            await system.cache.start()
            await system.cache.stop()
            await system.host.sweep()
            assert list_processes(folder) == []
        finally:
            await system.cache.kill()
            await system.host.sweep()
            system.host.close()

    asyncio.run(scenario())


def list_pids(folder: Path) -> list[int]:
    return [int(each.split()[0]) for each in list_processes(folder) if "valkey.conf" in each]


def masters(addresses: tuple[Address, ...]) -> int:
    """Count the nodes that would take a write."""
    found = 0
    for address in addresses:
        client = valkey.Valkey(address.host, address.port, password=TOKEN, socket_timeout=2)
        try:
            found += client.role()[0] == b"master"
        except ValkeyError:
            continue
        finally:
            client.close()
    return found

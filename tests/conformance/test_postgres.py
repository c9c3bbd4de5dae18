"""What a Multi-AZ database promises, held against real PostgreSQL servers.

SEATRIAL_KILLS says how often each thing is killed (default 5). The run to
publish figures from, which takes about ten minutes:

    SEATRIAL_KILLS=50 pytest -s -m engine tests/conformance/test_postgres.py
"""

import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.local.engines.postgres.system import (
    Writers,
    assert_nothing_left,
    binaries,
    build,
    each_postgres,
    folder,
    free_addresses,
    frozen,
    list_tree,
    make_spec,
    running,
)

__all__ = ["binaries", "folder"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]

KILLS = int(os.environ.get("SEATRIAL_KILLS", "5"))


def report(title: str, gaps: list[float], writers: Writers) -> None:
    """Print the figures; they are read by people, and never a limit."""
    rounded = {
        "kills": len(gaps),
        "median_gap_ms": round(1000 * statistics.median(gaps)),
        "max_gap_ms": round(1000 * max(gaps)),
        "acknowledged": len(writers.acknowledged),
        "committed_though_failed": len(writers.found_committed),
        "errors": writers.errors,
    }
    print(f"\n{title}: {json.dumps(rounded)}")


async def assert_cannot_write(system, address) -> None:
    """Fail if whoever answers at this address takes a write."""
    try:
        connection = await system.connect(address)
    except (psycopg.OperationalError, OSError):
        return
    async with connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("INSERT INTO kept VALUES (-1, 0, 'old', '')")


async def read_roles(system) -> list[bool]:
    """Tell of each node that answers whether it is in recovery."""
    answers = []
    for node in system.database.nodes:
        async with await system.connect(node.address) as connection:
            cursor = await connection.execute("SELECT pg_is_in_recovery()")
            answers.append((await cursor.fetchone())[0])
    return answers


@each_postgres
def test_no_acknowledged_write_is_lost_when_the_primary_is_killed(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            gaps = []
            for number in range(KILLS):
                await system.settle()
                await asyncio.sleep(random.uniform(0.1, 0.4))
                old = system.view("primary")
                began = time.monotonic()
                # By turns the postmaster alone, whose backends live on for a moment, and all.
                for pid in [old.pid] if number % 2 else list_tree(old.pid):
                    os.kill(pid, signal.SIGKILL)
                await system.until(lambda old=old: system.view("primary").name != old.name)
                await system.until(lambda old=old: system.writer != old.address)
                await assert_cannot_write(system, old.address)
                await system.settle()
                assert sorted(await read_roles(system)) == [False, True]
                gaps.append(writers.gap_after(began))
            await writers.stop()
            await writers.check()
            report(f"primary killed, PostgreSQL {binaries.version}", gaps, writers)

    asyncio.run(scenario())


def test_writes_go_on_when_the_standby_is_killed(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            gaps = []
            for _ in range(min(KILLS, 10)):
                await system.settle()
                await asyncio.sleep(random.uniform(0.1, 0.3))
                began = time.monotonic()
                os.kill(system.view("standby").pid, signal.SIGKILL)
                system.events.clear()
                await system.until(lambda: "synchronous" in dict(system.events))
                gaps.append(writers.gap_after(began))
                assert "degraded" in dict(system.events)
                assert "failover" not in dict(system.events)
            await writers.stop()
            await writers.check()
            assert writers.errors == 0
            report(f"standby killed, PostgreSQL {binaries.version}", gaps, writers)

    asyncio.run(scenario())


def test_a_frozen_primary_that_wakes_never_writes(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            gaps = []
            for _ in range(min(KILLS, 10)):
                await system.settle()
                await asyncio.sleep(0.2)
                old = system.view("primary")
                began = time.monotonic()
                with frozen(old.pid):
                    await system.until(lambda old=old: system.writer != old.address)
                # Awake again, as far as anything of it is left.
                for _ in range(20):
                    await assert_cannot_write(system, old.address)
                await system.settle()
                assert sorted(await read_roles(system)) == [False, True]
                gaps.append(writers.gap_after(began))
            await writers.stop()
            await writers.check()
            report(f"primary frozen, PostgreSQL {binaries.version}", gaps, writers)

    asyncio.run(scenario())


def test_writes_go_on_when_the_standby_is_frozen(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            gaps = []
            for _ in range(min(KILLS, 5)):
                await system.settle()
                await asyncio.sleep(0.2)
                began = time.monotonic()
                system.events.clear()
                with frozen(system.view("standby").pid):
                    await system.until(lambda: "degraded" in dict(system.events))
                    await asyncio.sleep(0.5)
                    # The primary alone has what was written meanwhile.
                    assert system.view("standby").state == "degraded"
                await system.until(lambda: "synchronous" in dict(system.events))
                gaps.append(writers.gap_after(began))
            await writers.stop()
            await writers.check()
            assert writers.errors == 0
            report(f"standby frozen, PostgreSQL {binaries.version}", gaps, writers)

    asyncio.run(scenario())


def test_no_failover_while_degraded(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            await asyncio.sleep(0.2)
            primary = system.view("primary")
            await system.database.zone_lost("b")
            await system.until(lambda: "degraded" in dict(system.events))
            await asyncio.sleep(0.2)
            os.kill(primary.pid, signal.SIGKILL)
            await system.until(lambda: "restart" in dict(system.events))
            await asyncio.sleep(0.5)
            await system.database.zone_back("b")
            await system.settle()
            assert system.view("primary").name == primary.name
            assert "failover" not in dict(system.events)
            await writers.stop()
            await writers.check()

    asyncio.run(scenario())


def test_a_killed_driver_is_taken_up_wherever_it_was(binaries, folder):
    """Kill the driver at random instants of a failover, a rejoin or a first start."""
    addresses = free_addresses(2)
    order = json.dumps(
        {
            "folder": str(folder),
            "major": binaries.major,
            "addresses": [str(address) for address in addresses],
        }
    )
    root = Path(__file__).parents[2]

    async def drive() -> asyncio.subprocess.Process:
        with (folder / "driver.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.conformance.postgres_driver",
                order,
                cwd=root,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def scenario():
        segments: set[int] = set()
        driver = await drive()
        while not (folder / "db" / "record.json").exists():
            # Nothing counts before the first start has been finished once.
            await asyncio.sleep(random.uniform(0.05, 4.0))
            driver.kill()
            await driver.wait()
            driver = await drive()
            await asyncio.sleep(2.0)
        pointed = folder / "writer"
        while not pointed.exists():
            assert driver.returncode is None, (folder / "driver.log").read_text()
            await asyncio.sleep(0.05)
        writers = Writers(lambda: type(addresses[0]).from_text(pointed.read_text()))
        await writers.prepare()
        writers.start()
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0.3, 1.0))
            node = random.choice(sorted(folder.glob("db/*/data/postmaster.pid")) or [None])
            lines = node.read_text().splitlines() if node else []
            if len(lines) > 6:  # PostgreSQL writes the file in steps
                segments.add(int(lines[6].split()[1]))
                os.kill(int(lines[0]), signal.SIGKILL)
            await asyncio.sleep(random.choice([0.0, random.uniform(0, 0.3), random.uniform(0, 2)]))
            driver.kill()
            await driver.wait()
            before = len(writers.acknowledged)
            driver = await drive()
            async with asyncio.timeout(120):
                while len(writers.acknowledged) == before:
                    assert driver.returncode is None, (folder / "driver.log").read_text()
                    await asyncio.sleep(0.02)
        await writers.stop()
        await writers.check()
        driver.kill()
        await driver.wait()
        system = build(binaries, folder, make_spec(binaries, addresses=addresses))
        try:
            await system.database.start()
            system.note_segments()
            await system.database.stop()
            await system.host.sweep()
            assert_nothing_left(folder, segments | system.segments)
        finally:
            await system.database.kill()
            await system.host.sweep()
            system.host.close()

    asyncio.run(scenario())

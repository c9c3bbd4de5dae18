"""A cache as its room sees it: roles, endpoints, zones, metrics, what is refused."""

import asyncio

import pytest
import valkey.asyncio
from valkey.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError

from seatrial.local.engines.redis import FailoverRefused
from tests.local.engines.redis.system import build, connect, folder, frozen, make_spec, running

__all__ = ["folder"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def test_a_replica_takes_over_when_it_is_asked_for(folder):
    async def scenario():
        async with running(folder, make_spec(2)) as system:
            await system.settle()
            primary, replica = system.view("primary"), system.view("replica")
            assert (system.primary, system.reader) == (primary.address, replica.address)
            await system.cache.fail_over()
            assert system.primary == replica.address
            await system.settle()
            assert system.reader == primary.address
            assert await system.roles() == ["master", "slave"]

    asyncio.run(scenario())


def test_a_lone_node_has_nobody_to_fail_over_to(folder):
    async def scenario():
        async with running(folder, make_spec(1)) as system:
            with pytest.raises(FailoverRefused, match="cache"):
                await system.cache.fail_over()
            await system.until(lambda: system.reader == system.primary)
            async with connect(system.primary) as client:
                await client.set("k", "x")

    asyncio.run(scenario())


def test_a_zone_that_is_lost_stays_down_until_it_is_back(folder):
    async def scenario():
        async with running(folder, make_spec(2)) as system:
            await system.settle()
            async with connect(system.primary) as client:
                await client.set("kept", "x")
            await system.cache.zone_lost("a")
            await system.until(lambda: system.view("primary").zone == "b")
            await asyncio.sleep(0.5)
            assert system.view("replica").state == "down"
            async with connect(system.primary) as client:
                assert await client.get("kept") == "x"
            await system.cache.zone_back("a")
            await system.settle()

    asyncio.run(scenario())


def test_a_frozen_replica_is_replaced(folder):
    async def scenario():
        async with running(folder, make_spec(2, patience=0.5)) as system:
            await system.settle()
            pid = system.view("replica").pid
            with frozen(pid):
                await system.until(lambda: system.view("replica").pid not in (pid, None))
            await system.settle()
            assert system.told("replaced")
            assert system.told("failover") == []

    asyncio.run(scenario())


def test_every_node_is_measured(folder):
    async def scenario():
        async with running(folder, make_spec(2, memory=2**26, vcpus=2)) as system:
            await system.settle()
            await system.cache.metrics()
            async with connect(system.primary) as client:
                await client.set("there", "x")
                for key in ("there", "there", "there", "missing"):
                    await client.get(key)
            await asyncio.sleep(0.1)
            found = await system.cache.metrics()
            primary = found[system.view("primary").name]
            replica = found[system.view("replica").name]
            assert (primary["CacheHits"], primary["CacheMisses"]) == (3, 1)
            assert primary["CacheHitRate"] == 75
            assert (primary["IsMaster"], replica["IsMaster"]) == (1, 0)
            assert primary["CurrItems"] == 1
            assert 0 < primary["DatabaseMemoryUsagePercentage"] < 100
            assert {"EngineCPUUtilization", "CPUUtilization", "Evictions"} <= primary.keys()
            assert 0 <= replica["ReplicationLag"] <= 2
            assert "ReplicationLag" not in primary

    asyncio.run(scenario())


def test_memory_is_held_and_what_elasticache_refuses_is_refused(folder):
    async def scenario():
        spec = make_spec(1, memory=2**22, parameters={"maxmemory-policy": "noeviction"})
        async with running(folder, spec) as system:
            async with connect(system.primary) as client:
                for words in ("CONFIG GET *", "SHUTDOWN", "REPLICAOF NO ONE", "ACL SETUSER x"):
                    with pytest.raises(NoPermissionError):
                        await client.execute_command(*words.split())
                with pytest.raises(OutOfMemoryError):
                    await fill(client)
            with pytest.raises(AuthenticationError):
                await connect(system.primary, "wrong").initialize()

    asyncio.run(scenario())


async def fill(client: valkey.asyncio.Valkey) -> None:
    for number in range(200):
        await client.set(str(number), "x" * 2**16)


def test_nodes_are_added_and_taken_away_between_two_runs(folder):
    async def scenario():
        one, two = make_spec(1), make_spec(2)
        for number, spec in enumerate((two, one, two)):
            async with running(folder, spec) as system:
                await system.settle()
                async with connect(system.primary) as client:
                    assert await client.dbsize() == number
                    await client.set(f"kept-{number}", "x")
                if number == 0:
                    await asyncio.sleep(0.2)
                    await system.cache.fail_over()  # the second node has the data, and goes away

    asyncio.run(scenario())


def test_another_token_is_known_to_servers_that_run(folder):
    async def scenario():
        spec = make_spec(1)
        first = build(folder, spec)
        await first.cache.start()
        await first.cache.close()
        other = make_spec(1, password="another", addresses=spec.addresses)
        second = build(folder, other)
        try:
            await second.cache.start()
            async with connect(second.primary, "another") as client:
                assert await client.ping()
        finally:
            await second.cache.kill()
            for system in (first, second):
                system.host.close()

    asyncio.run(scenario())


def test_who_takes_over_starts_nothing_in_a_lost_zone(folder):
    async def scenario():
        spec = make_spec(1)
        system = build(folder, spec, lost=("a",))
        try:
            async with asyncio.timeout(20):
                await system.cache.start()
            assert system.view("primary").state == "down"
            assert system.primary is None
            watch = asyncio.create_task(system.cache.run())
            await asyncio.sleep(0.3)
            assert system.view("primary").pid is None
            await system.cache.zone_back("a")
            await system.until(lambda: system.primary is not None)
            await system.settle()
            await system.cache.stop()
            await watch
        finally:
            await system.cache.kill()
            await system.host.sweep()
            system.host.close()

    asyncio.run(scenario())

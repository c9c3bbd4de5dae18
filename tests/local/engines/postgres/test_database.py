import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import replace

import psutil
import psycopg
import pytest

from seatrial.local.engines.postgres.database import FailoverRefused
from seatrial.local.engines.postgres.record import RecordUnreadable
from seatrial.local.process import detect_capabilities

from .system import (
    PASSWORD,
    Writers,
    assert_nothing_left,
    binaries,
    build,
    connect,
    each_postgres,
    folder,
    list_tree,
    make_spec,
    running,
)

__all__ = ["binaries", "folder"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


async def eventually(read, holds, seconds=60):
    """Read until what was read is as it should be."""
    async with asyncio.timeout(seconds):
        while not holds(found := await read()):
            await asyncio.sleep(0.02)
    return found


async def ask(system, question, address=None, **words):
    async with await system.connect(address, **words) as connection:
        cursor = await connection.execute(question)
        return await cursor.fetchall() if cursor.description else []


@each_postgres
def test_as_rds_the_master_user_owns_its_database_and_is_no_superuser(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, zones=("a",), parameters={"work_mem": "12MB"})
        async with running(binaries, folder, spec) as system:
            assert system.writer == spec.addresses[0]
            [row] = await ask(
                system,
                "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication "
                "FROM pg_roles WHERE rolname = current_user",
            )
            assert row == (False, True, True, False)
            [row] = await ask(
                system,
                "SELECT pg_get_userbyid(datdba) FROM pg_database "
                "WHERE datname = current_database()",
            )
            assert row == ("app",)
            assert await ask(system, "SHOW work_mem") == [("12MB",)]
            assert await ask(system, "SHOW unix_socket_directories") == [("",)]
            assert await ask(system, "SHOW dynamic_shared_memory_type") == [("mmap",)]
            assert await ask(system, "SHOW data_checksums") == [("on",)]
            await ask(system, "CREATE TABLE t (id int)")
            await ask(system, "CREATE ROLE other LOGIN PASSWORD 'x'")
            await ask(system, "CREATE DATABASE another")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await ask(system, "SELECT pg_read_file('/etc/passwd')")
            with pytest.raises(psycopg.OperationalError, match="password"):
                await ask(system, "SELECT 1", password="wrong")
            with pytest.raises(FailoverRefused):
                await system.database.fail_over()

    asyncio.run(scenario())


def test_no_password_is_on_a_command_line_or_in_a_log(binaries, folder):
    async def scenario():
        parameters = {"log_statement": "all", "log_min_duration_statement": "0"}
        spec = make_spec(binaries, readers=("c",), parameters=parameters)
        async with running(binaries, folder, spec) as system:
            await system.settle()
            secrets = [PASSWORD, *(folder / "db" / "passwords.json").read_text().split('"')[3::4]]
            assert len(secrets) == 3
            pids = [pid for node in system.database.nodes for pid in list_tree(node.pid)]
            assert len(pids) > 10
            told = [" ".join(psutil.Process(pid).cmdline()) for pid in pids]
            told += [" ".join(psutil.Process(pid).environ().values()) for pid in pids[:1]]
            logs = [path.read_text() for path in (folder / "logs").iterdir()]
            assert any("CREATE" in log or "SELECT" in log for log in logs), "nothing was logged"
            told += logs
            for secret in secrets:
                assert not any(secret in text for text in told)
            for path in (folder / "db").glob("*/*"):
                if path.is_file():
                    assert path.stat().st_mode & 0o077 == 0, path

    asyncio.run(scenario())


@each_postgres
def test_data_stays_over_a_stop_and_a_start(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, readers=("c",))
        async with running(binaries, folder, spec) as system:
            await system.settle()
            await ask(system, "CREATE TABLE t AS SELECT 42 AS answer")
            await system.database.stop()
            assert {node.state for node in system.database.nodes} == {"stopped"}
            assert_nothing_left(folder, system.segments)
            await system.database.start()
            again = asyncio.create_task(system.database.run())
            await system.settle()
            assert await ask(system, "SELECT answer FROM t") == [(42,)]
            # In step all the while: nothing had to be given up.
            assert "degraded" not in dict(system.events)
            await system.database.stop()
            await again

    asyncio.run(scenario())


def test_a_running_database_is_taken_up_as_it_is(binaries, folder):
    async def scenario():
        spec = make_spec(binaries)
        async with running(binaries, folder, spec) as system:
            await system.settle()
            before = [node.pid for node in system.database.nodes]
            held = await system.connect()
            await system.database.close()
            system.host.close()
            other = build(binaries, folder, spec)
            await other.database.start()
            assert [node.pid for node in other.database.nodes] == before
            assert other.writer == spec.addresses[0]
            await held.execute("SELECT 1")
            await held.close()
            watch = asyncio.create_task(other.database.run())
            await other.database.fail_over()
            assert other.writer == spec.addresses[1]
            await other.settle()
            await other.database.stop()
            await watch
            # What is left to look after is the one that took over.
            system.database, system.host = other.database, other.host

    asyncio.run(scenario())


def test_both_nodes_killed_while_nobody_watched(binaries, folder):
    async def scenario():
        spec = make_spec(binaries)
        async with running(binaries, folder, spec) as system:
            await system.settle()
            await ask(system, "CREATE TABLE t AS SELECT 42 AS answer")
            await system.database.kill()
            assert_nothing_left(folder, system.segments)
            await system.database.start()
            assert await ask(system, "SELECT answer FROM t") == [(42,)]
            again = asyncio.create_task(system.database.run())
            await system.settle()
            await system.database.stop()
            await again

    asyncio.run(scenario())


@each_postgres
def test_a_forced_failover_moves_the_writer_and_the_readers_follow(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, readers=("c",))
        async with running(binaries, folder, spec) as system:
            await system.settle()
            await system.until(lambda: system.reader == spec.addresses[2])
            await ask(system, "CREATE TABLE t (id int)")
            for number in range(3):
                old = system.view("primary")
                await system.database.fail_over()
                assert system.view("primary").name != old.name
                assert system.writer == system.view("primary").address
                await ask(system, f"INSERT INTO t VALUES ({number})")
                await system.settle()

                async def caught_up(number=number):
                    return len(await ask(system, "SELECT id FROM t", system.reader)) == number + 1

                async with asyncio.timeout(30):
                    while system.reader is None or not await caught_up():
                        await asyncio.sleep(0.05)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await ask(system, "INSERT INTO t VALUES (9)", system.reader)

    asyncio.run(scenario())


def test_a_killed_reader_comes_back(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries, readers=("c",))) as system:
            await system.settle()
            await system.until(lambda: system.reader is not None)
            reader = system.view("reader")
            os.kill(reader.pid, signal.SIGKILL)
            await system.until(lambda: system.reader is None)
            await system.until(lambda: system.reader == reader.address)
            assert system.view("reader").pid != reader.pid
            assert "degraded" not in dict(system.events)

    asyncio.run(scenario())


def test_a_reader_that_is_ahead_of_the_new_primary_is_taken_back(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, readers=("c",))
        async with running(binaries, folder, spec) as system:
            await system.settle()
            await ask(system, "CREATE TABLE t (id int)")
            for address in spec.addresses[1:]:
                await eventually(
                    lambda address=address: list_tables(system, address),
                    lambda rows: rows == [("t",)],
                )
            # Nobody watches while the standby alone is cut off from the primary.
            await system.database.close()
            standby, reader = system.view("standby"), spec.addresses[2]
            settings = folder / "db" / standby.name / "postgresql.conf"
            lines = [
                "primary_conninfo = ''" if line.startswith("primary_conninfo") else line
                for line in settings.read_text().splitlines()
            ]
            settings.write_text("\n".join(lines))
            os.kill(standby.pid, signal.SIGHUP)
            stand = "SELECT pg_last_wal_replay_lsn()"
            receivers = "SELECT FROM pg_stat_wal_receiver"
            await eventually(lambda: ask(system, receivers, standby.address), lambda rows: not rows)
            [before] = await ask(system, stand, reader)
            writer = await system.connect()
            never_acknowledged = asyncio.create_task(writer.execute("INSERT INTO t VALUES (1)"))
            await eventually(lambda: ask(system, stand, reader), lambda rows: rows != [before])
            os.kill(system.view("primary").pid, signal.SIGKILL)
            with pytest.raises(psycopg.Error):
                await never_acknowledged
            await writer.close()
            await asyncio.sleep(0.3)
            await system.database.start()
            again = asyncio.create_task(system.database.run())
            assert system.writer == standby.address
            await ask(system, "INSERT INTO t VALUES (2)")
            await system.settle()
            await eventually(lambda: read_reader(system), lambda rows: rows == [(2,)])
            await system.database.stop()
            await again

    async def list_tables(system, address):
        with suppress(psycopg.OperationalError):
            return await ask(system, "SELECT relname FROM pg_class WHERE relname = 't'", address)

    async def read_reader(system):
        with suppress(psycopg.OperationalError):
            return await ask(system, "SELECT id FROM t", system.reader) if system.reader else None

    asyncio.run(scenario())


def test_multi_az_and_readers_may_change_between_two_runs(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            await system.settle()
            await ask(system, "CREATE TABLE t (id int)")
            await ask(system, "INSERT INTO t VALUES (1)")
            await system.database.fail_over()
            await ask(system, "INSERT INTO t VALUES (2)")
        async with running(binaries, folder, make_spec(binaries, zones=("a",))) as system:
            assert await ask(system, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]
            await ask(system, "INSERT INTO t VALUES (3)")
        async with running(binaries, folder, make_spec(binaries, readers=("c",))) as system:
            await system.settle()
            assert await ask(system, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
            await system.until(lambda: system.reader)
            assert await ask(system, "SELECT count(*) FROM t", system.reader) == [(3,)]
            await system.database.fail_over()
            assert await ask(system, "SELECT count(*) FROM t") == [(3,)]

    asyncio.run(scenario())


def test_a_lost_zone_stays_down_until_it_is_back(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries)) as system:
            await system.settle()
            old = system.view("primary")
            await system.database.zone_lost(old.zone)
            await system.until(lambda: system.view("primary").name != old.name)
            await system.until(lambda: system.writer != old.address)
            await asyncio.sleep(1)
            assert system.view("standby").state == "down"
            await system.database.zone_back(old.zone)
            await system.settle()

    asyncio.run(scenario())


def test_who_takes_over_starts_nothing_in_a_lost_zone(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, zones=("a",))
        async with running(binaries, folder, spec) as system:
            await ask(system, "CREATE TABLE t AS SELECT 1 AS kept")
        again = build(binaries, folder, spec, lost=("a",))
        try:
            async with asyncio.timeout(60):
                await again.database.start()
            assert again.writer is None
            watch = asyncio.create_task(again.database.run())
            await asyncio.sleep(0.3)
            assert again.view("primary").pid is None
            await again.database.zone_back("a")
            await again.until(lambda: again.writer is not None)
            assert await ask(again, "SELECT kept FROM t") == [(1,)]
            await again.database.stop()
            await watch
        finally:
            await again.database.kill()
            await again.host.sweep()
            again.host.close()

    asyncio.run(scenario())


def test_metrics_have_the_names_and_units_of_cloudwatch(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, zones=("a",), readers=("b",), vcpus=2.0, storage=20 * 2**30)
        async with running(binaries, folder, spec) as system:
            await system.settle()
            first = await system.database.metrics()
            async with asyncio.timeout(30):
                while first["ReplicaLag"]:  # a new reader has some to catch up
                    await asyncio.sleep(0.2)
                    first |= {"ReplicaLag": (await system.database.metrics())["ReplicaLag"]}
            assert first["DatabaseConnections"] == 0
            assert 19 * 2**30 < first["FreeStorageSpace"] < 20 * 2**30
            assert first["ReplicaLag"] == 0
            assert "WriteIOPS" not in first, "a rate needs two readings"
            async with await system.connect() as held:
                await held.execute(
                    "CREATE TABLE t AS SELECT g, repeat('x', 500) FROM generate_series(1, 40000) g"
                )
                second = await system.database.metrics()
            assert second["DatabaseConnections"] == 1
            assert 0 < second["CPUUtilization"] <= 100
            written = second["WriteIOPS"]
            # The server tells its writes late: by its own statistics, or at a checkpoint.
            async with asyncio.timeout(30):
                while not written:
                    await ask(system, "INSERT INTO t SELECT g, repeat('y', 500) FROM t LIMIT 4000")
                    await asyncio.sleep(0.5)
                    written = (await system.database.metrics())["WriteIOPS"]
            assert second["FreeStorageSpace"] < first["FreeStorageSpace"] - 10 * 2**20
            assert second["ReadIOPS"] >= 0

    asyncio.run(scenario())


def test_a_changed_secret_is_the_password_after_the_next_start(binaries, folder):
    async def scenario():
        spec = make_spec(binaries, zones=("a",))
        async with running(binaries, folder, spec) as system:
            await system.database.close()
            other = build(binaries, folder, replace(spec, password="rotated"), host=system.host)
            await other.database.start()
            async with await connect(spec.addresses[0], password="rotated"):
                pass
            with pytest.raises(psycopg.OperationalError, match="password"):
                await connect(spec.addresses[0])
            await other.database.stop()
            system.database = other.database

    asyncio.run(scenario())


def test_nothing_is_decided_without_a_readable_record(binaries, folder):
    async def scenario():
        async with running(binaries, folder, make_spec(binaries, zones=("a",))) as system:
            await system.database.stop()
            record = folder / "db" / "record.json"
            kept = record.read_bytes()
            record.write_text("{")
            with pytest.raises(RecordUnreadable):
                await system.database.start()
            record.write_bytes(kept)

    asyncio.run(scenario())


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs servers as another user")
def test_servers_run_as_nobody_where_there_are_no_user_namespaces(binaries, folder):
    async def scenario():
        capabilities = replace(detect_capabilities(), namespaces=False)
        assert capabilities.unprivileged == "nobody"
        spec = make_spec(binaries)
        async with running(binaries, folder, spec, capabilities) as system:
            await system.settle()
            for node in system.database.nodes:
                assert psutil.Process(node.pid).uids().effective == 65534
            writers = Writers(lambda: system.writer)
            await writers.prepare()
            writers.start()
            await asyncio.sleep(0.2)
            old = system.view("primary")
            os.kill(old.pid, signal.SIGKILL)
            await system.until(lambda: system.view("primary").name != old.name)
            await system.settle()
            await writers.stop()
            await writers.check()

    asyncio.run(scenario())

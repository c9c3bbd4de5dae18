"""The whole fastapi-app on this machine: tasks, load balancer, database, and their failures."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from demo.traffic import Traffic
from tests.local.running import Running, running

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]
BROKEN = 'raise RuntimeError("no such setting: COLOUR")\n'
READY = '    return {"status": "ok"}'


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # Grace period and stop timeout are contracts that no pace shortens: short ones for the tests.
    health = 'health=Health(path="/healthz", grace=5), stop_timeout=5'
    changes = {'health="/healthz"': health, "import ": "import Health, "}
    with running(tmp_path_factory.mktemp("up"), "fastapi-app", "staging", changes) as system:
        yield system


def pids(system: Running) -> set[int]:
    return {task["pid"] for task in system.tasks()}


def nodes(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["role"]: node for node in status["databases"][0]["nodes"]}


def whole(status: dict[str, Any]) -> bool:
    states = [node["state"] for node in status["databases"][0]["nodes"]]
    return bool(status["healthy"]) and states == ["running", "running"]


def answers(system: Running) -> None:
    """Wait until the application has its database again: its pool finds that out by itself."""
    system.until(lambda _: system.ask("/readyz") == 200, "the application did not reconnect")


def quiet(system: Running) -> dict[str, Any]:
    return system.until(whole, "it is not whole")


def test_everything_is_healthy_over_two_zones(system: Running) -> None:
    status = quiet(system)
    tasks = status["services"][0]["tasks"]
    assert sorted(task["zone"] for task in tasks) == ["us-east-1a", "us-east-1b"]
    assert len({task["address"] for task in tasks}) == 2
    both = nodes(status)
    assert both["primary"]["zone"] != both["standby"]["zone"]
    assert system.ask("/healthz") == 200
    answers(system)


def test_everything_listens_on_loopback_only(system: Running) -> None:
    quiet(system)
    ours = sockets_of(system)
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            local, state, inode = words[1], words[3], words[9]
            if state != "0A" or inode not in ours:
                continue
            host = local.partition(":")[0]
            address = socket.inet_ntop(socket.AF_INET, bytes.fromhex(host)[::-1])
            assert address.startswith("127."), line


def sockets_of(system: Running) -> set[str]:
    status = system.status()
    owned = pids(system) | {engine["pid"] for engine in status["engines"]}
    owned |= {node["pid"] for node in status["databases"][0]["nodes"]}
    found = set()
    for pid in owned:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def test_secrets_reach_the_task_and_nothing_else(system: Running) -> None:
    status = quiet(system)
    environ = Path(f"/proc/{min(pids(system))}/environ").read_bytes().decode().split("\0")
    values = dict(line.split("=", 1) for line in environ if "=" in line)
    password, key = values["PGPASSWORD"], values["JWT_SECRET"]
    assert len(password) >= 32
    assert values["DATABASE_URL"].startswith(f"postgresql://app:{password}@")
    for file in system.state.rglob("*"):
        if file.is_file() and (file.suffix in (".log", ".jsonl") or file.name == "state.json"):
            text = file.read_text(errors="replace")
            assert password not in text, file
            assert key not in text, file
    assert password not in str(status)
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert password.encode() not in entry.read_bytes()
        except OSError:
            continue
    assert (system.state / "secrets.json").stat().st_mode & 0o077 == 0


def test_connections_are_libpqs(system: Running) -> None:
    quiet(system)
    environ = Path(f"/proc/{min(pids(system))}/environ").read_bytes().decode().split("\0")
    values = dict(line.split("=", 1) for line in environ if "=" in line)
    with psycopg.connect(
        host=values["PGHOST"],
        port=values["PGPORT"],
        dbname=values["PGDATABASE"],
        user=values["PGUSER"],
        password=values["PGPASSWORD"],
    ) as connection:
        assert connection.execute("select count(*) from users").fetchone() is not None
        (superuser,) = connection.execute(
            "select rolsuper from pg_roles where rolname = current_user"
        ).fetchone() or (None,)
        assert superuser is False


def test_a_killed_task_is_replaced_in_its_zone(system: Running) -> None:
    quiet(system)
    victim = system.tasks()[0]
    os.kill(victim["pid"], signal.SIGKILL)
    system.until(lambda s: victim["pid"] not in {t["pid"] for t in s["services"][0]["tasks"]}, "")
    status = quiet(system)
    zones = [task["zone"] for task in status["services"][0]["tasks"]]
    assert sorted(zones) == ["us-east-1a", "us-east-1b"]


def test_a_hanging_task_is_taken_out_and_replaced(system: Running) -> None:
    status = quiet(system)
    # The grace period of a fresh task is a contract: it is waited for, not shortened.
    victim = min(status["services"][0]["tasks"], key=lambda task: task["started"])
    os.kill(victim["pid"], signal.SIGSTOP)
    system.until(
        lambda s: victim["pid"] not in {t["pid"] for t in s["services"][0]["tasks"]},
        "the hanging task is still there",
    )
    quiet(system)
    assert system.ask("/healthz") == 200


def test_the_database_fails_over_and_nothing_acknowledged_is_lost(system: Running) -> None:
    before = nodes(quiet(system))
    traffic = Traffic(system.status()["address"], clients=4, rate=20)
    traffic.start()
    time.sleep(3)
    os.kill(before["primary"]["pid"], signal.SIGKILL)
    system.until(
        lambda s: s["healthy"] and nodes(s)["primary"]["name"] == before["standby"]["name"],
        "the standby did not take over",
    )
    quiet(system)
    time.sleep(2)
    truth = traffic.stop()
    assert truth.holds, truth


def test_killed_engines_and_supervisors_come_back(system: Running) -> None:
    for name in ("envoy", "ministack", "supervisor", "warden"):
        status = quiet(system)
        (victim,) = (each for each in status["engines"] if each["name"] == name)
        os.kill(victim["pid"], signal.SIGKILL)
        status = system.until(
            lambda s, victim=victim: (
                s["healthy"]
                and all(each["pid"] and each["pid"] != victim["pid"] for each in s["engines"])
            ),
            f"{name} did not come back",
        )
        assert pids(system) == {task["pid"] for task in status["services"][0]["tasks"]}
        quiet(system)
        answers(system)


def test_supervisor_and_warden_killed_at_once_are_found_again(system: Running) -> None:
    status = quiet(system)
    before = {task["pid"] for task in status["services"][0]["tasks"]}
    for engine in status["engines"]:
        if engine["name"] in ("supervisor", "warden"):
            os.kill(engine["pid"], signal.SIGKILL)
    system.seatrial("status", code=1)
    system.up()
    status = quiet(system)
    assert before.isdisjoint({task["pid"] for task in status["services"][0]["tasks"]})
    for pid in before:
        assert not Path(f"/proc/{pid}").exists()
    answers(system)


def test_a_lost_zone_is_survived(system: Running) -> None:
    from seatrial.local.session import Session
    from seatrial.local.store import Store

    session = Session(Store(system.state))
    lost = nodes(quiet(system))["primary"]["zone"]
    session.ask({"do": "lose-zone", "zone": lost})
    status = system.until(
        lambda s: s["healthy"] and nodes(s)["primary"]["zone"] != lost, "the zone's loss"
    )
    assert {task["zone"] for task in status["services"][0]["tasks"]}.isdisjoint({lost})
    answers(system)
    session.ask({"do": "return-zone", "zone": lost})
    # Zone rebalancing brings one task back.
    system.until(
        lambda s: whole(s) and len({t["zone"] for t in s["services"][0]["tasks"]}) == 2,
        "the zone did not come back",
    )


def test_a_changed_file_is_a_rolling_deployment_without_a_failed_request(system: Running) -> None:
    before = quiet(system)["services"][0]
    traffic = Traffic(system.status()["address"], clients=4, rate=40)
    traffic.start()
    system.edit("app/app/routes.py", READY, '    return {"status": "ok", "version": "2"}')
    system.up()
    truth = traffic.stop()
    after = quiet(system)["services"][0]
    assert after["version"] != before["version"]
    assert truth.holds, truth
    assert truth.failed == 0, truth.failures
    system.edit("app/app/routes.py", '    return {"status": "ok", "version": "2"}', READY)
    system.up()
    assert quiet(system)["services"][0]["version"] == before["version"]


def test_a_version_that_never_gets_healthy_is_rolled_back_and_says_why(system: Running) -> None:
    before = quiet(system)["services"][0]["version"]
    system.edit("app/app/main.py", "import logging\n", f"{BROKEN}import logging\n")
    done = system.up(code=1)
    assert "no such setting: COLOUR" in done.stderr
    assert "failed, back to version" in done.stderr
    assert quiet(system)["services"][0]["version"] == before
    answers(system)
    system.edit("app/app/main.py", BROKEN, "")
    system.up()


def test_a_failing_migration_changes_nothing(system: Running) -> None:
    before = quiet(system)["services"][0]
    system.edit("system.py", '"upgrade", "head"', '"upgrade", "nowhere"')
    system.edit("app/app/routes.py", READY, '    return {"status": "fine"}')
    done = system.up(code=1)
    assert "migrate" in done.stderr
    assert "nowhere" in done.stderr
    after = quiet(system)["services"][0]
    assert after["version"] == before["version"]
    assert {t["pid"] for t in after["tasks"]} == {t["pid"] for t in before["tasks"]}
    system.edit("system.py", '"upgrade", "nowhere"', '"upgrade", "head"')
    system.edit("app/app/routes.py", '    return {"status": "fine"}', READY)
    system.up()


def test_data_and_secrets_survive_down_and_up(system: Running) -> None:
    traffic = Traffic(quiet(system)["address"], clients=2, rate=20)
    traffic.start()
    time.sleep(2)
    truth = traffic.stop()
    assert truth.holds
    assert truth.failed == 0
    system.seatrial("down", "--env", "staging")
    assert not (system.state / "socket").exists()
    system.seatrial("status", code=1)
    system.up()
    client = traffic.clients[0]
    client.log_in()
    found = client.read_back()
    assert set(client.acknowledged) <= set(found)
    client.close()

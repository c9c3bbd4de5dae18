"""A web service and its Redis on this machine: failover, zones, a supervisor's death, the end."""

import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.local.session import Session
from seatrial.local.store import Store
from tests.local.running import Running, list_left

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]
SYSTEM = Path(__file__).parent / "cached"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    target = tmp_path_factory.mktemp("up") / "cached"
    shutil.copytree(SYSTEM, target, ignore=shutil.ignore_patterns("__pycache__"))
    system = Running(target, "production")
    try:
        system.up()
        yield system
    finally:
        system.seatrial("down", "--env", system.environment, code=None)
        left = list_left(target)
        shutil.rmtree(target)
        assert not left, f"left running: {left}"


def whole(status: dict[str, Any]) -> bool:
    nodes = status["caches"][0]["nodes"] if status["caches"] else []
    return bool(status["healthy"]) and [each["state"] for each in nodes] == ["running"] * 2


def quiet(system: Running) -> dict[str, Any]:
    return system.until(whole, "it is not whole")


def nodes(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["role"]: node for node in status["caches"][0]["nodes"]}


def ask(system: Running, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{system.status()['address']}{path}", timeout=20) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def counts(system: Running) -> int:
    """Wait until the service counts again: its pool finds out by itself."""
    found: list[int] = []

    def counted(_: object) -> bool:
        try:
            found.append(ask(system, "/count")["count"])
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        return bool(found)

    system.until(counted, "the service does not count")
    return found[0]


def test_the_service_has_its_redis_over_two_zones(system: Running) -> None:
    both = nodes(quiet(system))
    assert both["primary"]["zone"] != both["replica"]["zone"]
    first = counts(system)
    assert counts(system) == first + 1
    assert ask(system, "/seen")["count"] == first + 1  # by host, port and password
    # The second sample of each second has what was counted since the first.
    metrics = system.until(
        lambda s: (
            "EngineCPUUtilization" in nodes(s)["primary"]["metrics"]
            and "ReplicationLag" in nodes(s)["replica"]["metrics"]
        ),
        "nothing is measured",
    )
    found = nodes(metrics)["primary"]["metrics"]
    assert found["CurrConnections"] >= 2
    assert 0 < found["DatabaseMemoryUsagePercentage"] < 5
    table = system.seatrial("status", "--env", system.environment).stdout
    assert "cache-001" in table
    assert "replica" in table


def test_what_elasticache_refuses_is_refused(system: Running) -> None:
    quiet(system)
    assert "permission" in ask(system, "/configure")["refused"].lower()


def test_the_token_is_nowhere_but_where_it_belongs(system: Running) -> None:
    status = quiet(system)
    (task,) = system.tasks()
    environ = Path(f"/proc/{task['pid']}/environ").read_bytes().decode().split("\0")
    values = dict(line.split("=", 1) for line in environ if "=" in line)
    token = values["CACHE_PASSWORD"]
    endpoint = status["caches"][0]["endpoint"]
    assert values["REDIS_URL"] == f"redis://:{token}@{endpoint}/0?socket_timeout=2"
    assert token not in str(status)
    for file in system.state.rglob("*"):
        if file.is_file() and token in file.read_text(errors="replace"):
            assert file.stat().st_mode & 0o077 == 0, file
            assert file.suffix not in (".log", ".jsonl", ".conf"), file
    for node in status["caches"][0]["nodes"]:
        words = Path(f"/proc/{node['pid']}/cmdline").read_bytes()
        assert token.encode() not in words
        settings = system.state / "data" / status["caches"][0]["id"] / node["name"] / "valkey.conf"
        assert settings.stat().st_mode & 0o777 == 0o600


def test_the_primary_is_killed_and_the_service_goes_on(system: Running) -> None:
    before = nodes(quiet(system))
    counted = counts(system)
    os.kill(before["primary"]["pid"], signal.SIGKILL)
    system.until(
        lambda s: nodes(s)["primary"]["name"] == before["replica"]["name"] and s["healthy"],
        "the replica did not take over",
    )
    assert counts(system) > counted
    quiet(system)


def test_a_lost_zone_is_survived(system: Running) -> None:
    session = Session(Store(system.state))
    before = nodes(quiet(system))
    counted = counts(system)
    lost = before["primary"]["zone"]
    session.ask({"do": "lose-zone", "zone": lost})
    status = system.until(lambda s: nodes(s)["primary"]["zone"] != lost, "the zone's loss")
    assert nodes(status)["replica"]["state"] == "down"
    assert counts(system) > counted
    session.ask({"do": "return-zone", "zone": lost})
    quiet(system)


def test_a_killed_supervisor_takes_the_servers_on_again(system: Running) -> None:
    status = quiet(system)
    pids = {node["pid"] for node in status["caches"][0]["nodes"]}
    counted = counts(system)
    (victim,) = (each for each in status["engines"] if each["name"] == "supervisor")
    os.kill(victim["pid"], signal.SIGKILL)
    system.until(
        lambda s: (
            whole(s)
            and any(
                each["name"] == "supervisor" and each["pid"] != victim["pid"]
                for each in s["engines"]
            )
        ),
        "no supervisor took over",
    )
    assert {node["pid"] for node in quiet(system)["caches"][0]["nodes"]} == pids
    assert counts(system) == counted + 1


def test_down_keeps_what_it_holds_and_delete_data_removes_it(system: Running) -> None:
    quiet(system)
    counted = counts(system)
    system.seatrial("down", "--env", system.environment)
    assert not list_left(system.folder)
    system.up()
    assert counts(system) == counted + 1
    system.seatrial("down", "--env", system.environment, "--delete-data")
    assert not system.state.exists()
    system.up()
    assert counts(system) == 1

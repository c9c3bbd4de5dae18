"""A producer and its readers over the local Kafka: records flow whatever is killed."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.running import Running, running

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    with running(folder, "kafka_app", "development", home=Path(__file__).parent) as system:
        yield system


def lines(system: Running, service: str, word: str) -> set[str]:
    """Give what all tasks of a service, also former ones, have printed after a word."""
    found = set()
    for log in (system.state / "logs").glob(f"{service}-*.log"):
        for line in log.read_text(errors="replace").splitlines():
            first, _, rest = line.partition(" ")
            if first == word and rest:
                found.add(rest)
    return found


def flows(system: Running) -> None:
    """Wait until what is sent from now on is read, and everything that was sent before."""
    before = len(lines(system, "producer", "sent"))
    system.until(
        lambda _: len(lines(system, "producer", "sent")) > before + 50, "nothing more is sent"
    )
    sent = lines(system, "producer", "sent")
    system.until(
        lambda _: sent <= lines(system, "consumer", "got"), "records were lost or are late"
    )


def kafka(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the processes of the cluster by their names, the store's too."""
    (cluster,) = status["clusters"]
    found = {each["name"]: each for each in cluster["nodes"]}
    (store,) = (each for each in status["engines"] if each["name"] == "kafka-storage")
    return {**found, "kafka-storage": store}


def waiting(status: dict[str, Any]) -> int:
    """Give how many records wait; -1 where nobody knows."""
    return sum(each["total"] for each in lags(status)) if lags(status) else -1


def lags(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the lag of each group and topic."""
    return list(status["clusters"][0]["lags"])


def quiet(system: Running) -> dict[str, Any]:
    return system.until(
        lambda s: s["healthy"] and all(each["pid"] for each in kafka(s).values()), "it is not whole"
    )


def test_records_flow_from_one_service_to_the_other(system: Running) -> None:
    status = quiet(system)
    nodes = status["clusters"][0]["nodes"]
    assert [each["zone"] for each in nodes] == ["us-east-1a", "us-east-1b"]
    assert [each["role"] for each in nodes] == ["leader", "broker"]
    assert status["clusters"][0]["topics"] == {"events": 4}
    flows(system)


def test_lag_is_measured_as_cloudwatch_names_it(system: Running) -> None:
    quiet(system)
    flows(system)
    status = system.until(lambda s: s["clusters"][0]["lags"], "no lag is measured")
    (lag,) = status["clusters"][0]["lags"]
    assert (lag["group"], lag["topic"]) == ("readers", "events")
    # A frozen reader's share waits, until it is read by the other one.
    victims = [each["pid"] for each in status["services"][1]["tasks"]]
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    system.until(lambda s: waiting(s) > 100, "no lag grows")
    for pid in victims:
        os.kill(pid, signal.SIGCONT)
    system.until(lambda s: 0 <= waiting(s) < 50, "the lag does not shrink")


def test_nothing_acknowledged_is_lost_whatever_is_killed(system: Running) -> None:
    for name in ("kafka-1", "kafka-storage", "supervisor"):
        status = quiet(system)
        victims = {each["name"]: each for each in status["engines"]} | kafka(status)
        pid = victims[name]["pid"]
        os.kill(pid, signal.SIGKILL)

        def back(status: dict[str, Any], name: str = name, pid: int = pid) -> bool:
            now = {each["name"]: each for each in status["engines"]} | kafka(status)
            return bool(now[name]["pid"]) and now[name]["pid"] != pid

        system.until(back, f"{name} did not come back")
        flows(system)


def test_a_lost_zone_is_survived(system: Running) -> None:
    from seatrial.local.session import Session
    from seatrial.local.store import Store

    session = Session(Store(system.state))
    (cluster,) = quiet(system)["clusters"]
    (lead,) = (each for each in cluster["nodes"] if each["role"] == "leader")
    session.ask({"do": "lose-zone", "zone": lead["zone"]})
    system.until(
        lambda s: any(
            each["role"] == "leader" and each["zone"] != lead["zone"]
            for each in s["clusters"][0]["nodes"]
        ),
        "no other broker took over",
    )
    flows(system)
    session.ask({"do": "return-zone", "zone": lead["zone"]})
    quiet(system)
    flows(system)


def test_records_and_offsets_survive_down_and_up(system: Running) -> None:
    quiet(system)
    flows(system)
    system.seatrial("down", "--env", "development")
    time.sleep(1)
    sent = lines(system, "producer", "sent")
    system.up()
    quiet(system)
    flows(system)
    assert sent <= lines(system, "consumer", "got")

import subprocess
from pathlib import Path

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    Forward,
    HttpListener,
    Network,
    TargetGroup,
    TcpEndpoint,
)
from seatrial.local.engines.envoy.binary import find_envoy
from seatrial.local.engines.envoy.configuration import (
    write_assignment,
    write_clusters,
    write_listeners,
)
from seatrial.local.engines.envoy.publication import Publication
from seatrial.local.engines.envoy.state import State

NETWORK = Network(
    (HttpListener("front", Address("127.0.0.1", 8080), Forward("web")),),
    (
        TargetGroup("web"),
        TargetGroup("safe", protocol="HTTPS", algorithm="least_outstanding_requests"),
    ),
    (TcpEndpoint("db", Address("127.0.0.1", 5432)),),
    idle_timeout=90.0,
)


def clusters(folder: Path) -> dict[str, dict[str, object]]:
    written = write_clusters(NETWORK.groups, NETWORK.endpoints, 90.0, folder, "1")
    return {each["name"]: each for each in written["resources"]}


def test_nothing_is_kinder_than_aws(tmp_path: Path) -> None:
    for cluster in clusters(tmp_path).values():
        assert cluster["common_lb_config"] == {"healthy_panic_threshold": {"value": 0}}
        assert cluster["connect_timeout"] == "10.0s"
        assert "outlier_detection" not in cluster
        assert "health_checks" not in cluster


def test_idle_timeouts_hold_on_both_sides(tmp_path: Path) -> None:
    listeners = write_listeners(NETWORK, tmp_path, {}, "1")
    manager = listeners["resources"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    assert manager["stream_idle_timeout"] == "90.0s"
    assert manager["common_http_protocol_options"]["idle_timeout"] == "90.0s"
    assert "'idle_timeout': '90.0s'" in str(clusters(tmp_path)["group-web"])


def test_a_new_generation_changes_only_its_endpoint(tmp_path: Path) -> None:
    first = write_listeners(NETWORK, tmp_path, {}, "1")["resources"]
    second = write_listeners(NETWORK, tmp_path, {"db": 1}, "1")["resources"]
    assert first[0] == second[0]
    assert first[1] != second[1]
    first[1]["filter_chains"][0]["name"] = second[1]["filter_chains"][0]["name"]
    assert first[1] == second[1]


def test_assignments_say_who_is_live() -> None:
    live, old = Address("127.0.0.1", 1), Address("127.0.0.2", 2)
    written = write_assignment("group-web", [live], [old], "7")
    hosts = written["resources"][0]["endpoints"][0]["lb_endpoints"]
    assert [each["health_status"] for each in hosts] == ["HEALTHY", "DRAINING"]
    nowhere = write_assignment("endpoint-db", [None], [], "7")
    assert "pipe" in str(nowhere)


@pytest.mark.engine
def test_envoy_finds_nothing_unknown_in_it(tmp_path: Path) -> None:
    publication, state = Publication(tmp_path), State()
    state.keep_only(["web", "safe"], ["db"])
    path = publication.bootstrap(Address("127.0.0.1", 1))
    publication.assignments(state)
    publication.clusters(NETWORK)
    publication.routes(NETWORK)
    publication.listeners(NETWORK, state)
    subprocess.run([find_envoy(), "--mode", "validate", "-c", path], check=True)

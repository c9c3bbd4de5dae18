import json
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import Forward, HttpListener, Network, TargetGroup, TcpEndpoint
from seatrial.local.engines.envoy.publication import Publication
from seatrial.local.engines.envoy.state import State

NETWORK = Network(
    (HttpListener("front", Address("127.0.0.1", 8080), Forward("web")),),
    (TargetGroup("web"),),
    (TcpEndpoint("db", Address("127.0.0.1", 5432)),),
)


def publish(folder: Path) -> dict[str, int]:
    publication, state = Publication(folder), State()
    state.keep_only(["web"], ["db"])
    return (
        publication.assignments(state)
        | publication.clusters(NETWORK)
        | publication.routes(NETWORK)
        | publication.listeners(NETWORK, state)
    )


def test_each_file_has_the_version_that_is_waited_for(tmp_path: Path) -> None:
    versions = publish(tmp_path)
    files = {
        "cluster.group-web": "group-web.json",
        "cluster.endpoint-db": "endpoint-db.json",
        "cluster_manager.cds": "cds.json",
        "http.front.rds.front": "routes-front.json",
        "listener_manager.lds": "lds.json",
    }
    assert set(versions) == set(files)
    for name, file in files.items():
        assert json.loads((tmp_path / file).read_text())["version_info"] == str(versions[name])


def test_versions_grow_also_after_another_supervisor(tmp_path: Path) -> None:
    first, second = publish(tmp_path), publish(tmp_path)
    assert min(second.values()) > max(first.values())
    assert len(set(first.values())) == len(first)


def test_what_left_the_network_leaves_the_folder(tmp_path: Path) -> None:
    publish(tmp_path)
    Publication(tmp_path).withdraw(NETWORK, Network(groups=NETWORK.groups))
    assert {each.name for each in tmp_path.iterdir()} == {"group-web.json", "cds.json", "lds.json"}

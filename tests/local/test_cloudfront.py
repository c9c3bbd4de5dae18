"""Distributions of the graph: files, behaviours, headers, what is shared with the load balancer."""

from pathlib import Path
from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import Secret
from seatrial.local.addresses import Address
from seatrial.local.cloudfront import read_edges
from seatrial.local.engines.envoy import Edge
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

HERE, BALANCER = Address("127.0.0.2", 80), Address("127.0.0.3", 80)
TEXT = (
    'api = Service("api", "app", ["run"], port=80)\n'
    'site = Website("site", "web", {"/v1/*": api}, build=[], output=".", '
    'policy="default-src *", cache={"/*": "1 hour", "/static/*": "1 day"})\n'
    'system = System("shop", site)\n'
)


def read(graph: Graph, folder: Path | None = None, services: Address | None = BALANCER) -> Edge:
    def secret(symbol: Secret) -> str:
        assert symbol.id == "EdgeKey"
        return "k3y"

    folders = {"SiteBucket": folder} if folder else {}
    (edge,) = read_edges(graph, folders, lambda id: HERE, services, secret)
    return edge


def test_files_are_told_as_s3_would(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.js").write_text("x")
    (tmp_path / "data").write_bytes(b"\x00")
    edge = read(graph_of(TEXT), tmp_path)
    assert [(page.path, page.content_type) for page in edge.pages] == [
        ("/data", "binary/octet-stream"),
        ("/static/a.js", "text/javascript"),
    ]
    assert edge.pages[1].etag == '"9dd4e461268c8034f5c8564e155c67a6"'
    assert edge.pages[1].modified.endswith("GMT")
    assert edge.root == "index.html"


def test_behaviours_are_in_order_and_know_their_origin() -> None:
    edge = read(graph_of(TEXT))
    assert [(each.pattern, each.services, each.index) for each in edge.behaviours] == [
        ("/static/*", False, None),
        ("/v1/*", True, None),
        ("*", False, "/index.html"),
    ]
    assert edge.services == BALANCER
    assert edge.sent == (("X-Edge-Key", "k3y"),)
    assert edge.read_timeout == 60.0
    assert edge.pages == ()


def test_the_policys_headers_are_whole() -> None:
    headers = {
        each.name: (each.value, each.override)
        for each in read(graph_of(TEXT)).behaviours[0].headers
    }
    assert headers == {
        "strict-transport-security": ("max-age=63072000", True),
        "x-content-type-options": ("nosniff", True),
        "x-frame-options": ("DENY", False),
        "referrer-policy": ("strict-origin-when-cross-origin", False),
        "content-security-policy": ("default-src *", False),
    }


def test_a_site_without_routes_knows_no_load_balancer() -> None:
    worker = 'work = Service("work", "app", ["run"])\nsystem = System("shop", site, work)\n'
    edge = read(graph_of(f'site = Website("site", "web")\n{worker}'))
    assert (edge.services, edge.sent) == (None, ())


def test_another_function_is_refused() -> None:
    graph = graph_of(TEXT)
    properties: dict[str, Any] = graph["SiteSinglePage"].properties
    properties["FunctionCode"] = "function handler(event) { return other(event); }"
    with pytest.raises(Mistake, match="site: the local cloud cannot run the function"):
        read(graph)

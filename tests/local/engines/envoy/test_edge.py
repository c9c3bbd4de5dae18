"""A distribution as routes: which path is answered by what, in which order, with which headers."""

import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import Behaviour, Edge, Header, Network, Page
from seatrial.local.engines.envoy.edge import (
    NO_FILE,
    list_clusters,
    write_edge_listener,
    write_edge_routes,
)
from seatrial.local.engines.envoy.pattern import Json

HERE, THERE = Address("127.0.0.2", 80), Address("127.0.0.3", 80)
EVERYTHING = Behaviour("*", index="/index.html")


def edge(folder: Path, *behaviours: Behaviour, files: tuple[str, ...], **words: Any) -> Edge:
    pages = []
    for path in files:
        file = folder / path.strip("/").replace("/", "_")
        file.write_text(path)
        pages.append(Page(path, file, "text/plain", f'"{path}"', "Thu, 01 Jan 1970 00:00:00 GMT"))
    return Edge("site", HERE, behaviours or (EVERYTHING,), tuple(pages), "index.html", **words)


def matches(route: Json, path: str, method: str, headers: dict[str, str]) -> bool:
    """Do what Envoy does with the matchers that are written here."""
    match = route["match"]
    if "path" in match and match["path"] != path:
        return False
    if "prefix" in match and not path.startswith(match["prefix"]):
        return False
    if "safe_regex" in match and not re.fullmatch(match["safe_regex"]["regex"], path):
        return False
    asked = {":method": method, **headers}
    for each in match.get("headers", ()):
        value, wanted = asked.get(each["name"]), each["string_match"]
        if value is None:
            return False
        if "contains" in wanted and wanted["contains"] not in value:
            return False
        if "safe_regex" in wanted and not re.fullmatch(wanted["safe_regex"]["regex"], value):
            return False
    return True


def answer(found: Edge, path: str, method: str = "GET", **headers: str) -> Json:
    routes = write_edge_routes(found)["virtual_hosts"][0]["routes"]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return next(each for each in routes if matches(each, path, method, named))


def body(route: Json) -> str:
    return Path(route["direct_response"]["body"]["filename"]).read_text()


def said(route: Json) -> dict[str, tuple[str, bool]]:
    return {
        each["header"]["key"]: (
            each["header"]["value"],
            each["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD",
        )
        for each in route["response_headers_to_add"]
    }


def test_a_file_is_answered_by_its_own_route(tmp_path: Path) -> None:
    found = edge(tmp_path, files=("/index.html", "/a/b c.txt"))
    assert body(answer(found, "/a/b%20c.txt")) == "/a/b c.txt"
    assert body(answer(found, "/a/b%20c.txt", "HEAD")) == "/a/b c.txt"
    known = answer(found, "/a/b%20c.txt", if_none_match='W/"x", "/a/b c.txt"')
    assert known["direct_response"] == {"status": 304}
    assert said(known)["etag"] == ('"/a/b c.txt"', True)


def test_what_names_no_file_is_the_index_and_what_does_is_refused(tmp_path: Path) -> None:
    found = edge(tmp_path, files=("/index.html",))
    for path in ("/", "/about", "/a/b/c", "/a.b/"):
        assert body(answer(found, path)) == "/index.html"
    for path, method in (("/x.js", "GET"), ("/", "POST"), ("/index.html", "DELETE")):
        assert answer(found, path, method)["direct_response"]["status"] == 403


def test_without_the_function_only_the_root_is_the_index(tmp_path: Path) -> None:
    found = edge(tmp_path, Behaviour("*"), files=("/index.html",))
    assert body(answer(found, "/")) == "/index.html"
    assert answer(found, "/about")["direct_response"]["status"] == 403


def test_the_first_behaviour_that_matches_decides(tmp_path: Path) -> None:
    header = Header("x-of", "static 100%", override=False)
    found = edge(
        tmp_path,
        Behaviour("/static/*", headers=(header,)),
        Behaviour("/v1/*", services=True, visitor=True),
        EVERYTHING,
        files=("/index.html", "/static/a.js", "/v1/hidden.txt"),
        services=THERE,
        sent=(("X-Edge-Key", "50%"),),
        read_timeout=60.0,
    )
    static = answer(found, "/static/a.js")
    assert body(static) == "/static/a.js"
    assert said(static)["x-of"] == ("static 100%%", False)
    assert answer(found, "/static/deep")["direct_response"]["status"] == 403
    routed = answer(found, "/v1/hidden.txt", "PUT")
    assert routed["route"]["idle_timeout"] == "60s"
    sent = {
        each["header"]["key"]: each["header"]["value"] for each in routed["request_headers_to_add"]
    }
    assert sent["X-Edge-Key"] == "50%%"
    assert sent["true-client-ip"].startswith("%DOWNSTREAM")
    (cluster,) = list_clusters([found])
    assert routed["route"]["cluster"] == cluster["name"]
    assert "127.0.0.3" in str(cluster)
    assert "50%" not in repr(found)


def test_a_site_without_routes_leads_nowhere(tmp_path: Path) -> None:
    found = edge(tmp_path, files=())
    assert list_clusters([found]) == []
    assert answer(found, "/")["direct_response"]["status"] == 403
    assert Network(edges=(found,)).addresses == [HERE]
    assert write_edge_listener(found)["address"]["socket_address"]["address"] == "127.0.0.2"


def test_every_file_fits_into_an_answer(tmp_path: Path) -> None:
    found = edge(tmp_path, files=("/large.bin",))
    found.pages[0].file.write_bytes(b"x" * 100_000)
    assert write_edge_routes(found)["max_direct_response_body_size_bytes"] == 100_000


PATHS = st.lists(st.sampled_from(["a", "b.c", "", "index.html"]), min_size=1, max_size=4)


@given(PATHS)
def test_a_path_names_a_file_when_its_last_part_has_a_dot(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert bool(re.fullmatch(NO_FILE, path)) is ("." not in path.rpartition("/")[2])

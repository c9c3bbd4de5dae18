"""A website, its service and a bucket on this machine: who answers which path, and how."""

import http.client
import json
import os
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local.running import Running, list_left

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]
SYSTEM = Path(__file__).parent / "published"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    target = tmp_path_factory.mktemp("up") / "published"
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


def ask(
    address: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask once; give status, headers in lower case, and the body."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


def site(system: Running) -> str:
    address: str = system.status()["address"]
    return address


def service(system: Running, path: str) -> dict[str, Any]:
    system.until(lambda s: s["healthy"], "it is not healthy")
    status, _, body = ask(site(system), path)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def test_the_site_is_found_first(system: Running) -> None:
    status = system.status()
    assert status["address"] != status["load_balancer"]
    heading = system.seatrial("status", "--env", system.environment).stdout
    assert heading.index(status["address"]) < heading.index(status["load_balancer"])
    assert system.up().stderr.count(status["address"]) >= 1


def test_files_come_as_they_were_built(system: Running) -> None:
    status, headers, body = ask(site(system), "/static/app.js?v=3")
    assert (status, body) == (200, b"console.log('x');\n")
    assert headers["content-type"] == "text/javascript"
    assert headers["content-length"] == str(len(body))
    assert headers["x-cache"] == "Hit from cloudfront"
    assert "server" not in headers
    status, _, body = ask(site(system), "/static/large.css")
    assert (status, len(body)) == (200, 20000)
    assert ask(site(system), "/a%20page.txt")[2] == b"with a space"
    status, headers, body = ask(site(system), "/static/app.js", "HEAD")
    assert (status, body) == (200, b"")


def test_a_copy_that_is_still_right_is_not_sent_again(system: Running) -> None:
    _, headers, _ = ask(site(system), "/static/app.js")
    status, again, body = ask(site(system), "/static/app.js", If_None_Match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    assert ask(site(system), "/static/app.js", If_None_Match='"another"')[0] == 200


def test_the_pages_own_paths_are_the_index(system: Running) -> None:
    for path in ("/", "/about", "/a/b/", "/a.b/c?x=1"):
        status, headers, body = ask(site(system), path)
        assert (status, headers["content-type"]) == (200, "text/html"), path
        assert body == b"<!doctype html><title>100 % page</title>"


def test_what_is_not_there_is_refused_as_s3_does(system: Running) -> None:
    for path, method in (("/nothing.js", "GET"), ("/static/", "GET"), ("/about", "POST")):
        status, headers, body = ask(site(system), path, method)
        assert (status, headers["content-type"]) == (403, "application/xml"), path
        assert b"AccessDenied" in body


def test_every_answer_has_the_policys_headers(system: Running) -> None:
    service(system, "/v1/x")
    for path in ("/", "/nothing.js", "/v1/x"):
        _, headers, _ = ask(site(system), path)
        assert headers["strict-transport-security"] == "max-age=63072000"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'self'"
        # The service says otherwise, and the policy lets it.
        assert headers["x-frame-options"] == ("SAMEORIGIN" if path == "/v1/x" else "DENY")


def test_routes_lead_to_the_service_and_nobody_else_gets_in(system: Running) -> None:
    told = service(system, "/v1/x")["headers"]
    assert told["host"] == urlsplit(site(system)).netloc
    assert told["x-forwarded-for"].count(",") == 1  # the visitor, then the edge
    assert len(told["x-edge-key"]) == 48
    _, headers, _ = ask(site(system), "/v1/x")
    assert headers["x-cache"] == "Miss from cloudfront"
    status, _, body = ask(system.status()["load_balancer"], "/v1/x")
    assert (status, body) == (403, b"Forbidden")
    for file in system.state.rglob("*"):
        if file.is_file() and told["x-edge-key"] in file.read_text(errors="replace"):
            assert file.stat().st_mode & 0o077 == 0, file
            assert file.suffix not in (".log", ".jsonl"), file


def test_a_bucket_is_there_for_plain_clients_and_presigned_urls(system: Running) -> None:
    service(system, "/v1/x")
    status, _, body = ask(site(system), "/v1/notes", "PUT", b"hello")
    assert (status, json.loads(body)) == (200, {"kept": 5})
    assert service(system, "/v1/versions") == {
        "versioning": "Enabled",
        "bucket": "published-production-filesbucket",
    }
    with urllib.request.urlopen(service(system, "/v1/url")["url"], timeout=20) as answer:
        assert answer.read() == b"hello"


def test_the_site_stays_when_the_emulator_of_s3_is_killed(system: Running) -> None:
    (victim,) = (each for each in system.status()["engines"] if each["name"] == "ministack")
    os.kill(victim["pid"], signal.SIGKILL)
    assert ask(site(system), "/about")[0] == 200
    system.until(
        lambda s: all(each["pid"] and each["pid"] != victim["pid"] for each in s["engines"]),
        "it did not come back",
    )
    with urllib.request.urlopen(service(system, "/v1/url")["url"], timeout=20) as answer:
        assert answer.read() == b"hello"


def test_a_changed_page_is_there_after_up_and_a_broken_build_changes_nothing(
    system: Running,
) -> None:
    system.edit("web/build.py", "100 % page", "another page")
    system.up()
    assert b"another page" in ask(site(system), "/")[2]
    system.edit("web/build.py", 'print("built")', 'raise SystemExit("no such module")')
    done = system.up(code=1)
    assert "no such module" in done.stderr
    assert b"another page" in ask(site(system), "/")[2]

"""chat's suites, run as the pipeline runs them, against its stand-ins on this machine.

A front stands where the distribution and the load balancer stand on AWS: it leads the description's
own routes to the services' own handlers, and everything else to the website's folder. The suites
pass, and each wrong answer fails those of them that are to see it.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from seatrial.language import Website
from seatrial.language.loading import load
from seatrial.pipeline.source import DEPLOYED
from tests.golden.systems import ROOT
from tests.pipeline.systems import of_example

CHAT = ROOT / "examples/chat"
(WEB,) = [each for each in load(CHAT).parts() if isinstance(each, Website)]
ROUTES = {pattern: service.name for pattern, service in WEB.routes.items()}
PAGE = (CHAT / WEB.source / "index.html").read_bytes()
Handlers = dict[str, type[BaseHTTPRequestHandler]]


def stand_ins() -> Handlers:
    """Give the handler of each service, out of its own program."""
    return {name: runpy.run_path(f"{CHAT}/{name}/main.py")["Handler"] for name in ROUTES.values()}


def answering(status: int, body: bytes = b"", server: str = "") -> type[BaseHTTPRequestHandler]:
    """Give a handler that answers everything so."""

    class Answers(BaseHTTPRequestHandler):
        def version_string(self) -> str:
            return server or super().version_string()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Answers


def leading(routes: Mapping[str, int], site: int) -> type[BaseHTTPRequestHandler]:
    """Give the handler of the front: it passes a question and its answer on as they are."""

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            port = next((at for pattern, at in routes.items() if fnmatchcase(path, pattern)), site)
            asked = HTTPConnection("127.0.0.1", port, timeout=10)
            asked.request("GET", self.path)
            answer = asked.getresponse()
            body = answer.read()
            asked.close()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Front


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def deployed(
    services: Handlers, page: type[BaseHTTPRequestHandler], routes: Mapping[str, str]
) -> Iterator[str]:
    """Give the address of the environment."""
    with ExitStack() as stack:
        ports = {name: stack.enter_context(served(each)) for name, each in services.items()}
        site = stack.enter_context(served(page))
        front = leading({pattern: ports[name] for pattern, name in routes.items()}, site)
        yield f"http://127.0.0.1:{stack.enter_context(served(front))}"


def run(folder: str, url: str | None) -> subprocess.CompletedProcess[str]:
    """Run a suite in its folder; it knows the environment by its variables alone."""
    told = {} if url is None else {"SEATRIAL_URL": url, "SEATRIAL_ENVIRONMENT": "test"}
    plain = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=CHAT / folder,
        env=plain | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failing(
    services: Handlers,
    page: type[BaseHTTPRequestHandler] | None = None,
    routes: Mapping[str, str] = ROUTES,
) -> set[str]:
    """Give the suites that fail: by a test of theirs, not because they cannot run."""
    failed = set()
    with deployed(services, page or answering(200, PAGE), routes) as url:
        for folder in DEPLOYED:
            ran = run(folder, url)
            assert ran.returncode in {0, 1}, ran.stdout + ran.stderr
            assert "error" not in ran.stdout.splitlines()[-1], ran.stdout
            if ran.returncode:
                failed.add(folder)
    return failed


def test_both_suites_pass_against_what_the_services_are_today() -> None:
    with deployed(stand_ins(), answering(200, PAGE), ROUTES) as url:
        done = {folder: run(folder, url) for folder in DEPLOYED}
    for ran in done.values():
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [ran.stdout.splitlines()[-1].split(" in ")[0].strip("= ") for ran in done.values()] == [
        "8 passed",
        "2 passed",
    ]


@pytest.mark.parametrize("service", ROUTES.values())
def test_a_service_that_fails_is_seen_by_both(service: str) -> None:
    assert failing(stand_ins() | {service: answering(500)}) == set(DEPLOYED)


WRONG: Mapping[str, tuple[Callable[[], set[str]], set[str]]] = {
    "a service is well with everything": (
        lambda: failing(stand_ins() | {"chat-service": answering(200)}),
        set(DEPLOYED),
    ),
    "a service says more than it does today": (
        lambda: failing(stand_ins() | {"auth-service": answering(404, b"no such page")}),
        set(DEPLOYED),
    ),
    "the load balancer answers in a service's place": (
        lambda: failing(stand_ins() | {"user-service": answering(404, b"", "awselb/2.0")}),
        {"integration"},
    ),
    "a route is not there": (
        lambda: failing(stand_ins(), routes={k: v for k, v in ROUTES.items() if k != "/users/*"}),
        set(DEPLOYED),
    ),
    "the page is another": (
        lambda: failing(stand_ins(), answering(200, b"<title>Default</title>")),
        {"end_to_end"},
    ),
    "the website's bucket is empty": (
        lambda: failing(stand_ins(), answering(403, b"<Error/>", "AmazonS3")),
        {"end_to_end"},
    ),
    "a service shows its health": (
        lambda: failing(stand_ins(), routes=ROUTES | {"/health": "api-gateway"}),
        {"end_to_end"},
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_seen_by_the_suites_that_ask_for_it(wrong: str) -> None:
    ask, seeing = WRONG[wrong]
    assert ask() == seeing


@pytest.mark.parametrize("folder", DEPLOYED)
def test_a_suite_without_an_address_does_not_pass(folder: str) -> None:
    ran = run(folder, None)
    assert ran.returncode not in {0, 5}
    assert "SEATRIAL_URL" in ran.stdout


def test_the_suite_asks_every_path_that_the_smoke_test_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEATRIAL_URL", "http://127.0.0.1")
    asked = runpy.run_path(str(Path(CHAT, "integration/test_services.py")))["ROUTED"]
    questions = of_example("chat").stages[0].questions
    assert questions is not None
    assert asked == questions.answered

"""The proxy: a real HAProxy reads its configuration and answers as the load balancer does."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seatrial.lower import compose_proxy
from tests.lower.machines import compose_file, configuration, machine

HAPROXY = shutil.which("haproxy")
KEY = "aVerySecretKey0123"
needs_haproxy = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed")


class App(BaseHTTPRequestHandler):
    """Says what it was asked, and is well."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        text = f"{self.path} {self.headers.get('X-Edge-Key')} {self.headers['X-Forwarded-For']}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def proxy(text: str, app: int) -> Iterator[int]:
    """Run the configuration as the container does, with this machine's addresses in it."""
    assert HAPROXY
    port = free_port()
    text = text.replace(f"bind :{compose_proxy.PORT}", f"bind 127.0.0.1:{port}")
    text = text.replace("api:8000", f"127.0.0.1:{app}")
    text = text.replace(" resolvers docker init-addr none", "")  # Docker's names are not here
    environment = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
        compose_proxy.KEY: KEY,
        compose_proxy.CONFIGURATION: text,
    }
    started = subprocess.Popen(
        ["/bin/sh", "-c", compose_proxy.START], env=environment, stdout=subprocess.PIPE
    )
    try:
        for _ in range(200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert started.poll() is None
            time.sleep(0.05)
        yield port
    finally:
        started.terminate()
        started.communicate(timeout=10)


@pytest.fixture
def app() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@needs_haproxy
@pytest.mark.engine
def test_only_who_has_the_key_is_answered_and_only_where_a_route_leads(app: int) -> None:
    with proxy(configuration(machine()), app) as port:
        assert ask(port, "/api/x")[0] == 403
        assert ask(port, "/api/x", X_Edge_Key="wrong")[0] == 403
        assert ask(port, "/api/x", X_Edge_Key=KEY) == (200, "/api/x None 127.0.0.1")
        assert ask(port, "/v1/feed", X_Edge_Key=KEY)[0] == 200
        assert ask(port, "/v12/feed", X_Edge_Key=KEY)[0] == 404
        assert ask(port, "/apix", X_Edge_Key=KEY)[0] == 404
        assert ask(port, "/other", X_Edge_Key=KEY)[0] == 404


@needs_haproxy
@pytest.mark.engine
def test_who_is_not_there_is_503(app: int) -> None:
    with proxy(configuration(machine()).replace("api:8000", "127.0.0.1:1"), app) as port:
        assert ask(port, "/api/x", X_Edge_Key=KEY)[0] == 503


@needs_haproxy
@pytest.mark.engine
@pytest.mark.parametrize("api", [", tasks=2, sticky='1 hour'", ', hosts=["*.example.com", "a?b"]'])
def test_haproxy_takes_every_shape_of_it(api: str) -> None:
    assert HAPROXY
    ran = subprocess.run(
        [HAPROXY, "-c", "-f", "/dev/stdin"],
        input=configuration(machine(api=api)),
        env={**os.environ, compose_proxy.KEY: KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@needs_haproxy
@pytest.mark.engine
def test_a_host_is_held_to_its_pattern(app: int) -> None:
    with proxy(configuration(machine(api=', hosts=["*.example.com"]')), app) as port:
        assert ask(port, "/api/x", X_Edge_Key=KEY, Host="a.example.com")[0] == 200
        assert ask(port, "/api/x", X_Edge_Key=KEY, Host="a.example.com.evil.org")[0] == 404


def test_the_key_stands_in_no_text() -> None:
    service = compose_file(machine())["services"]["proxy"]
    assert '-m str "${EDGE_KEY}"' in configuration(machine())
    assert compose_proxy.KEY not in service["environment"]


def test_the_longest_path_goes_first_and_the_key_before_all() -> None:
    text = configuration(machine())
    assert text.index("deny_status 403") < text.index("use_backend api")
    assert "{ path -m reg '^/api/.*$' '^/v./feed$' }" in text
    assert "server-template api 1 api:8000 check inter 30s rise 2 fall 3" in text
    assert "http-check expect status 200-299" in text
    assert "cookie" not in text


def test_a_sticky_visitor_has_a_cookie() -> None:
    text = configuration(machine(api=", tasks=2, sticky='1 hour'"))
    assert "cookie TASK insert indirect nocache dynamic maxlife 3600s" in text
    assert "server-template api 2 api:8000" in text

"""The JSON protocol, against a small server of the test's own."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.ministack.wire import AwsError, Wire


class _Server(BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, str, Any]]] = []

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/_ministack/health" else 404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        target = self.headers["X-Amz-Target"]
        self.asked.append((target, self.headers["Authorization"], body))
        if target.endswith("Refuse"):
            problem = {"__type": "com.amazonaws#ResourceNotFoundException", "Message": "no"}
            self._answer(400, problem)
        else:
            self._answer(200, {"echo": body})

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def wire() -> Iterator[Wire]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Wire(Address("127.0.0.1", server.server_port), "eu-west-1", "local")
        server.shutdown()
        thread.join()


def test_a_call_names_action_region_and_service(wire: Wire) -> None:
    answer = asyncio.run(wire.call("secretsmanager", "GetSecretValue", SecretId="a"))
    assert answer == {"echo": {"SecretId": "a"}}
    target, authorization, _ = _Server.asked[-1]
    assert target == "secretsmanager.GetSecretValue"
    assert "/eu-west-1/secretsmanager/aws4_request" in authorization


def test_a_refusal_keeps_its_code(wire: Wire) -> None:
    with pytest.raises(AwsError, match="no") as error:
        asyncio.run(wire.call("secretsmanager", "Refuse"))
    assert error.value.code == "ResourceNotFoundException"


def test_health_is_asked_without_raising(wire: Wire) -> None:
    assert asyncio.run(wire.healthy())
    assert not asyncio.run(Wire(Address("127.0.0.1", 1), "us-east-1", "local").healthy())

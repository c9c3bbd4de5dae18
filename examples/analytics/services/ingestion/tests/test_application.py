"""The HTTP interface, on a publisher in memory."""

import asyncio
import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from ingestion.application import Application
from ingestion.publisher import KafkaAway
from ingestion.tracking import BATCH_BYTES

KEY = "a key"
AUTHORIZATION = (b"authorization", b"Basic " + b64encode(b"a key:"))
TRACK = {"event": "Signed Up", "userId": "ada"}


class MemoryPublisher:
    """Keeps what is published; `away` stands for brokers that do not answer."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.away = False
        self.steps: list[str] = []

    async def open(self) -> None:
        self.steps.append("open")

    async def close(self) -> None:
        self.steps.append("close")

    async def publish(self, records: list[bytes]) -> None:
        if self.away:
            raise KafkaAway("_MSG_TIMED_OUT")
        self.records += records


class Client:
    """Speaks ASGI to the application."""

    def __init__(self) -> None:
        self.publisher = MemoryPublisher()
        self.application = Application(self.publisher, {KEY})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *headers: tuple[bytes, bytes],
        chunk: int = 0,
    ) -> tuple[int, dict[str, Any], dict[bytes, bytes]]:
        chunk = chunk or len(body) or 1
        pieces = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
        received = [
            {"type": "http.request", "body": each, "more_body": number < len(pieces)}
            for number, each in enumerate(pieces, 1)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return received.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        asyncio.run(self.application(scope, receive, send))
        text = sent[1]["body"]
        return sent[0]["status"], json.loads(text) if text else {}, dict(sent[0]["headers"])

    def post(self, path: str, body: object, *headers: tuple[bytes, bytes]) -> tuple[int, Any, Any]:
        return self.ask("POST", path, json.dumps(body).encode(), AUTHORIZATION, *headers)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.mark.parametrize("call", ["track", "identify", "page", "screen", "group", "alias"])
def test_each_call_becomes_a_record(client: Client, call: str) -> None:
    status, body, headers = client.post(f"/v1/{call}", TRACK)
    assert (status, body) == (200, {"success": True})
    assert headers[b"access-control-allow-origin"] == b"*"
    [record] = client.publisher.records
    assert json.loads(record)["type"] == call


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b"])
def test_a_batch_becomes_as_many_records(client: Client, path: str) -> None:
    events = [{**TRACK, "type": "track"}, {"type": "page", "anonymousId": "1"}]
    assert client.post(path, {"batch": events})[0] == 200
    assert [json.loads(each)["type"] for each in client.publisher.records] == ["track", "page"]


def test_gzip_and_a_body_in_pieces(client: Client) -> None:
    body = gzip.compress(json.dumps(TRACK).encode())
    encoding = (b"content-encoding", b"gzip")
    assert client.ask("POST", "/v1/t", body, AUTHORIZATION, encoding, chunk=7)[0] == 200
    assert len(client.publisher.records) == 1


def test_the_key_may_be_in_the_body_and_no_other_opens(client: Client) -> None:
    right, wrong = ({**TRACK, "writeKey": each} for each in (KEY, "another"))
    assert client.ask("POST", "/v1/track", json.dumps(right).encode())[0] == 200
    for body in (wrong, TRACK):
        status, said, _ = client.ask("POST", "/v1/track", json.dumps(body).encode())
        assert (status, said["code"]) == (401, "invalid_write_key")
    assert len(client.publisher.records) == 1


def test_while_kafka_is_away_the_client_is_asked_to_come_back(client: Client) -> None:
    client.publisher.away = True
    status, body, headers = client.post("/v1/track", TRACK)
    assert (status, body["success"]) == (503, False)
    assert int(headers[b"retry-after"]) > 0
    assert client.ask("GET", "/health")[0] == 200


def test_a_body_that_is_too_large_is_not_read(client: Client) -> None:
    declared = (b"content-length", str(BATCH_BYTES + 1).encode())
    assert client.ask("POST", "/v1/batch", b"{}", AUTHORIZATION, declared)[0] == 413
    assert client.ask("POST", "/v1/batch", b"x" * (BATCH_BYTES + 1), chunk=99_999)[0] == 413


def test_a_refusal_says_what_is_wrong(client: Client) -> None:
    status, body, _ = client.post("/v1/track", {"event": "x"})
    assert status == 400
    assert body["code"] == "no_user_anon_id"
    assert "userId" in body["message"]


def test_other_paths_and_methods(client: Client) -> None:
    assert client.ask("GET", "/v1/nothing")[0] == 404
    assert client.ask("GET", "/v1/batch")[0] == 405
    status, _, headers = client.ask("OPTIONS", "/v1/t")
    assert status == 204
    assert b"authorization" in headers[b"access-control-allow-headers"]


def test_the_publisher_lives_as_long_as_the_server(client: Client) -> None:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        said.append(message["type"])

    asyncio.run(client.application({"type": "lifespan"}, receive, send))
    assert client.publisher.steps == ["open", "close"]
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

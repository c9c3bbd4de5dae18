"""The function behind the custom resource: CloudFormation always hears from it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from seatrial.lower.kafka import ANSWERS
from seatrial.lower.shipped.msk_bootstrap import respond

ARN = "arn:aws:kafka:us-east-1:123456789012:cluster/a/b"


class Msk:
    """What boto3's client answers for a TLS cluster."""

    def get_bootstrap_brokers(self, ClusterArn: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        assert ClusterArn == ARN
        return {"BootstrapBrokerStringTls": "b-1:9094,b-2:9094"}


@pytest.fixture
def cloudformation() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """An address like the signed one that CloudFormation gives, and what was sent to it."""
    sent: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", sent
    server.shutdown()
    thread.join()
    server.server_close()


def event(url: str, kind: str = "Create", answer: str = ANSWERS["none"]) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "KafkaBootstrap",
        "ResourceProperties": {"ClusterArn": ARN, "Answer": answer},
    }


def test_it_tells_the_brokers(cloudformation: tuple[str, list[tuple[str, Any]]]) -> None:
    url, sent = cloudformation
    respond(event(url), "log", Msk())
    ((kind, told),) = sent
    assert kind == ""  # the address is signed for none
    assert told["Status"] == "SUCCESS"
    assert told["Data"] == {"Servers": "b-1:9094,b-2:9094"}
    assert (told["PhysicalResourceId"], told["RequestId"]) == (ARN, "r")


def test_it_tells_why_there_are_none(cloudformation: tuple[str, list[tuple[str, Any]]]) -> None:
    url, sent = cloudformation
    respond(event(url, answer=ANSWERS["iam"]), "stream-7", Msk())
    ((_, told),) = sent
    assert told["Status"] == "FAILED"
    assert "BootstrapBrokerStringSaslIam" in told["Reason"]
    assert "stream-7" in told["Reason"]


def test_deleting_asks_nothing(cloudformation: tuple[str, list[tuple[str, Any]]]) -> None:
    url, sent = cloudformation
    respond(event(url, kind="Delete"), "log", None)
    assert sent[0][1]["Status"] == "SUCCESS"

"""Each path that is routed comes to a running service.

The services are stand-ins. Only their health path answers with success, and no route leads to it;
to every other path they give an empty 404, all alike. So this shows that distribution, firewall and
load balancer lead to a service that runs. It does not show which one, nor anything of a chat.
"""

import os
from email.message import Message
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

URL = os.environ["SEATRIAL_URL"]
ROUTED = ("/api/", "/auth/", "/users/", "/chat/")


def ask(path: str) -> tuple[int, Message, bytes]:
    try:
        answer = urlopen(URL + path, timeout=10)
    except HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("path", ROUTED)
def test_a_service_answers(path: str) -> None:
    status, headers, body = ask(path)
    # Python's own server: the load balancer, the bucket and CloudFront name themselves otherwise.
    assert headers["Server"].startswith("BaseHTTP/")
    assert (status, body) == (404, b"")


@pytest.mark.parametrize("path", ROUTED)
def test_what_lies_below_comes_to_it_too(path: str) -> None:
    status, headers, body = ask(f"{path}some/where?page=2")
    assert headers["Server"].startswith("BaseHTTP/")
    assert (status, body) == (404, b"")

"""A visitor opens the page, follows a link into it, and the page calls its services.

The page and the services are stand-ins: nobody can sign in and nothing can be said. What is held is
that page and services answer at one address, and that neither takes the other's paths.
"""

import os
from urllib.error import HTTPError
from urllib.request import urlopen

URL = os.environ["SEATRIAL_URL"]


def ask(path: str) -> tuple[int, str, bytes]:
    """Give an answer's status, type and body."""
    try:
        answer = urlopen(URL + path, timeout=10)
    except HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.headers.get_content_type(), answer.read()


def test_a_visit() -> None:
    status, kind, page = ask("/")
    assert (status, kind) == (200, "text/html")
    assert b"<title>Chat</title>" in page
    # A link that somebody was sent: the page's own path, which no service has.
    assert ask("/conversations/42") == (status, kind, page)
    # In the order of a visit. Each will say more once there is an application to say it.
    for path in ("/auth/token", "/users/me", "/chat/conversations", "/api/messages"):
        status, _, body = ask(path)
        assert (status, body) == (404, b""), path


def test_no_service_shows_its_health() -> None:
    _, _, page = ask("/")
    assert ask("/health")[2] == page

from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from threading import Thread

from main import Handler


def status(path: str) -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        asked = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        asked.request("GET", path)
        told = asked.getresponse().status
        asked.close()
        server.shutdown()
    return told


def test_health_answers() -> None:
    assert status("/health") == 200


def test_nothing_else_does() -> None:
    assert status("/") == 404

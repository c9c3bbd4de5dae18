"""The website as its distribution serves it: files, and `/query/*` from the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.request import urlopen


class _Site(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, api: str, **named: object) -> None:
        self.api = api
        super().__init__(*args, **named)  # type: ignore[arg-type]  # the server's own arguments

    def do_GET(self) -> None:
        if not self.path.startswith("/query/"):
            super().do_GET()
            return
        try:
            with urlopen(self.api + self.path, timeout=30) as answer:
                status, body = answer.status, answer.read()
        except HTTPError as error:
            status, body = error.code, error.read()
        except URLError:
            status, body = 503, b'{"detail": "The service does not answer."}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_site(folder: Path, api: str) -> Iterator[str]:
    """Serve while the block runs; give the address."""
    handler = partial(_Site, directory=str(folder), api=api)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

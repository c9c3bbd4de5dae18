"""A stand-in for api-gateway: it answers its health path, and ends on SIGTERM."""

import argparse
import signal
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers /health with 200 and every other path with 404."""

    def do_GET(self) -> None:
        """Answer one request."""
        self.send_response(200 if self.path == "/health" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        ThreadingHTTPServer((told.host, told.port), Handler) as server,
        suppress(KeyboardInterrupt),
    ):
        server.serve_forever()


if __name__ == "__main__":
    main()

"""Stand-in: answers the health path until the application is written."""

import argparse
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    """Say that the process is well, and that nothing else is here yet."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()


def main() -> None:
    """Serve on --host and --port until SIGTERM."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--host")
    wanted.add_argument("--port", type=int)
    given = wanted.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((given.host, given.port), Answer).serve_forever()


if __name__ == "__main__":
    main()

"""A stand-in for the assistant's API: its health pages, and a graceful end."""

import json
import os
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

VERSION = "1.0.0"
PATIENCE = 2.0  # seconds that a connection may take


def reaches(host: str, port: int) -> bool:
    """Say whether something answers there now."""
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError:
        return False
    return True


def check() -> dict[str, object]:
    """Ask the database and the vector index; the status follows what they say."""
    index = urlsplit(os.environ.get("PINECONE_URL", ""))
    database = reaches(os.environ.get("PGHOST", ""), int(os.environ.get("PGPORT", "5432")))
    vectors = reaches(index.hostname or "", index.port or 443)
    return {
        "status": "healthy" if database and vectors else "degraded",
        "timestamp": datetime.now(UTC).isoformat(),
        "version": VERSION,
        "database": database,
        "vector_db": vectors,
    }


class Page(BaseHTTPRequestHandler):
    """`/healthz` for the load balancer, which asks nobody else; `/health` for people."""

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, {"status": "up"})
        elif self.path == "/health":
            found = check()
            self.answer(200 if found["status"] == "healthy" else 503, found)
        else:
            self.answer(404, {"error": "not written yet"})

    def answer(self, code: int, body: dict[str, object]) -> None:
        """Send JSON."""
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Keep the log for what matters."""


if __name__ == "__main__":
    server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page)
    server.daemon_threads = False  # so that the end waits for requests in flight

    def end(*_: object) -> None:
        """Take no more requests; ECS sends SIGTERM and waits."""
        print("ending gracefully", flush=True)
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    server.serve_forever(0.1)
    server.server_close()
    sys.exit(0)

"""Takes events over HTTP and publishes them to Kafka: a stand-in."""

import argparse
import json
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Answer(BaseHTTPRequestHandler):
    """Answers the health path; there is no application behind the others yet."""

    def do_GET(self) -> None:
        well = self.path == "/health"
        body = json.dumps({"status": "ok"} if well else {"error": "not written yet"}).encode()
        self.send_response(200 if well else 501)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    server = ThreadingHTTPServer((asked.host, asked.port), Answer)
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    server.serve_forever()

"""Count requests in Redis, as a program does that knows nothing of where it runs."""

import argparse
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

# A write is not repeated by itself: who asked is told that it failed.
cache = redis.Redis.from_url(os.environ["REDIS_URL"], retry=Retry(ExponentialBackoff(), 0))
again = redis.Redis(
    host=os.environ["CACHE_HOST"],
    port=int(os.environ["CACHE_PORT"]),
    password=os.environ["CACHE_PASSWORD"],
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/healthz":
            return self.answer(200, {})
        try:
            if self.path == "/count":
                return self.answer(200, {"count": cache.incr("count")})
            if self.path == "/seen":
                return self.answer(200, {"count": int(again.get("count") or 0)})
            return self.answer(200, {"refused": self.configure()})
        except redis.RedisError as error:
            return self.answer(503, {"error": type(error).__name__})

    def configure(self) -> str:
        try:
            cache.config_set("maxmemory", "1")
        except redis.RedisError as error:
            return str(error)
        return ""

    def answer(self, code: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    ThreadingHTTPServer((chosen.host, chosen.port), Handler).serve_forever()

"""The assistant's stand-in answers as its document has it, and ends gracefully."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

MAIN = Path(__file__).resolve().parents[2] / "examples/assistant/api/main.py"
HANG = 30.0
"""Seconds after which something hangs; a guard, not a measure."""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(database: int, vectors: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    environ = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(database),
        "PINECONE_URL": f"https://127.0.0.1:{vectors}",
    }
    with subprocess.Popen([sys.executable, str(MAIN)], env=environ, stdout=subprocess.PIPE) as api:
        try:
            end = time.monotonic() + HANG
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < end
                    time.sleep(0.02)
            yield api, f"http://127.0.0.1:{port}"
        finally:
            api.kill()


def get(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=HANG) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_health_page_tells_what_it_reaches() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        with running(port, port) as (_, url):
            code, page = get(f"{url}/health")
    assert code == 200
    assert page["status"] == "healthy"
    assert page["version"] == "1.0.0"
    assert (page["database"], page["vector_db"]) == (True, True)
    assert datetime.fromisoformat(str(page["timestamp"])).utcoffset() == timedelta(0)


def test_the_status_follows_the_checks_and_the_load_balancers_page_does_not() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as there,
        running(there.getsockname()[1], free_port()) as (_, url),
    ):
        code, page = get(f"{url}/health")
        assert (code, page["status"]) == (503, "degraded")
        assert (page["database"], page["vector_db"]) == (True, False)
        assert get(f"{url}/healthz") == (200, {"status": "up"})


def test_sigterm_is_told_and_ends_with_code_0() -> None:
    with running(free_port(), free_port()) as (api, _):
        api.send_signal(signal.SIGTERM)
        told, _ = api.communicate(timeout=HANG)
        assert api.returncode == 0
        assert b"gracefully" in told

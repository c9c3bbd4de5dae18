"""Against the PostgreSQL that PGHOST names: migration, data, and the service as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg
import pytest

from tests.conftest import PERSON

pytestmark = pytest.mark.skipif("PGHOST" not in os.environ, reason="PGHOST names no PostgreSQL")
HERE = Path(__file__).parent.parent


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """A database of this test's own."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(autocommit=True, dbname="postgres") as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield {**os.environ, "PGDATABASE": name, "JWT_SECRET": "s" * 40}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrate(environ: dict[str, str], to: str = "head") -> subprocess.Popen[str]:
    direction = "downgrade" if to == "base" else "upgrade"
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", direction, to],
        cwd=HERE,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def _tables(environ: dict[str, str]) -> set[str]:
    with psycopg.connect(dbname=environ["PGDATABASE"]) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


def test_migrations_may_run_twice_and_four_at_once(environ: dict[str, str]) -> None:
    for process in [_migrate(environ) for _ in range(4)]:
        _finish(process)
    _finish(_migrate(environ))
    assert _tables(environ) == {"users", "items", "alembic_version"}
    _finish(_migrate(environ, "base"))
    assert _tables(environ) == {"alembic_version"}


class Service:
    """The service as a process, on a free port."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        with log.open("w") as lines:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    *f"uvicorn app.main:app --host 127.0.0.1 --port {port}".split(),
                ],
                cwd=HERE,
                env=environ,
                stdout=lines,
            )
        self.wait_for("/healthz", 200)

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, object]]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, headers or {}, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def wait_for(self, path: str, status: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", path)[0] == status:
                    return
            except URLError:
                assert self.process.poll() is None, "the service has ended"
            time.sleep(0.05)
        raise AssertionError(f"{path} never answered {status}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


@pytest.fixture
def service(environ: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    _finish(_migrate(environ))
    running = Service(environ, tmp_path / "log")
    yield running
    running.stop()
    text = (tmp_path / "log").read_text()
    for line in text.splitlines():
        assert isinstance(json.loads(line), dict), line
    for secret in (PERSON["password"], environ["JWT_SECRET"], "Bearer", "$argon2"):
        assert secret not in text
    assert '"event": "stopped"' in text


def test_the_whole_path_and_a_database_that_throws_everyone_out(
    service: Service, environ: dict[str, str]
) -> None:
    assert service.ask("GET", "/readyz")[0] == 200
    assert service.ask("POST", "/users", PERSON)[0] == 201
    assert service.ask("POST", "/users", PERSON)[0] == 409
    assert service.ask("POST", "/token", {**PERSON, "password": "wrong"})[0] == 401
    _, token = service.ask("POST", "/token", PERSON)
    headers = {"Authorization": f"Bearer {token['access_token']}", "Idempotency-Key": str(uuid4())}
    lamp = {"name": "lamp", "description": "it's green; --"}
    status, first = service.ask("POST", "/items", lamp, headers)
    assert status == 201
    assert service.ask("POST", "/items", lamp, headers) == (201, first)
    assert service.ask("POST", "/items", {"name": "desk"}, headers)[0] == 422
    assert service.ask("GET", f"/items/{first['id']}", None, headers) == (200, first)
    assert service.ask("GET", f"/items/{2**63 - 1}", None, headers)[0] == 404

    # Every pooled connection dies, as in a failover: the very next request works.
    with psycopg.connect(autocommit=True, dbname="postgres") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (environ["PGDATABASE"],),
        )
    assert service.ask("GET", "/items", None, headers) == (200, {"items": [first], "next": None})

    # A user who is gone leaves a token that opens nothing.
    with psycopg.connect(autocommit=True, dbname=environ["PGDATABASE"]) as connection:
        connection.execute("DELETE FROM users")
    headers["Idempotency-Key"] = str(uuid4())
    assert service.ask("POST", "/items", lamp, headers)[0] == 401


def test_a_database_that_refuses_for_a_while_gives_503_and_then_works_again(
    service: Service, environ: dict[str, str], tmp_path: Path
) -> None:
    name = environ["PGDATABASE"]
    with psycopg.connect(autocommit=True, dbname="postgres") as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        assert service.ask("GET", "/readyz")[0] == 503
        assert service.ask("POST", "/users", PERSON)[0] == 503
        assert service.ask("GET", "/healthz")[0] == 200
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    service.wait_for("/readyz", 200)
    assert service.ask("POST", "/users", PERSON)[0] == 201
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    away = [line for line in lines if line.get("event") == "database_connection_error"]
    assert away
    assert {line["level"] for line in away} == {"ERROR"}

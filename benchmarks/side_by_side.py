"""A plain script that starts what `up` starts, side by side, and waits until it is healthy.

PostgreSQL with a synchronous standby, Envoy, ministack, the migration, two
tasks: the same programs, versions and settings that matter, with no supervisor,
no limits, no records and nothing that would bring one back.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from seatrial.local.engines.postgres import find_binaries
from seatrial.local.source import environment
from tests.local.running import EXAMPLES

APP = EXAMPLES / "fastapi-app" / "app"
UNPRIVILEGED = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]


def envoy_binary() -> str:
    """Find the packaged Envoy."""
    import envoy  # noqa: PLC0415 - a package of the engines

    return str(Path(envoy.__file__).parent / "_bin" / "envoy")


def free_port(host: str = "127.0.0.1") -> int:
    """Find a free port."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def bare_configuration(port: int, targets: list[str]) -> str:
    """Give the least Envoy needs: one listener, one route, one cluster, round robin."""
    endpoints = [
        {"endpoint": {"address": {"socket_address": {"address": host, "port_value": int(port)}}}}
        for host, port in (target.rsplit(":", 1) for target in targets)
    ]
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network"
        ".http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bare",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "targets"}}],
                }
            ]
        },
        "http_filters": [
            {
                "name": "router",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                },
            }
        ],
    }
    return json.dumps(
        {
            "static_resources": {
                "listeners": [
                    {
                        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                    }
                ],
                "clusters": [
                    {
                        "name": "targets",
                        "type": "STATIC",
                        "load_assignment": {
                            "cluster_name": "targets",
                            "endpoints": [{"lb_endpoints": endpoints}],
                        },
                    }
                ],
            }
        }
    )


class BareEnvoy:
    """A bare Envoy in front of some targets."""

    def __init__(self, folder: Path, targets: list[str]) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        file = folder / "bare-envoy.json"
        file.write_text(bare_configuration(port, targets))
        self._argv = [envoy_binary(), "-c", str(file), "--disable-hot-restart", "-l", "off"]
        self._argv += ["--concurrency", "2"]

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._argv)
        wait_for(f"{self.address}/healthz")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def wait_for(url: str) -> None:
    """Wait until a URL answers 200."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)


class PlainPostgres:
    """A primary and a synchronous standby, started as a script would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = find_binaries(15).folder
        self._as = UNPRIVILEGED if os.geteuid() == 0 else []
        self.port, self._standby_port = free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs to its end."""
        subprocess.run(
            [*self._as, str(self._programs / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Make and start both."""
        primary, standby = self._folder / "primary", self._folder / "standby"
        self.run("initdb", "-D", str(primary), "-U", "app", "-A", "trust", "--no-sync")
        self._serve(primary, self.port)
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "app", "app")
        self.run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.port), "-U", "app", "-R",
            "-D", str(standby), "--checkpoint=fast", "--no-sync",
        )  # fmt: skip
        self._serve(standby, self._standby_port)

    def _serve(self, data: Path, port: int) -> None:
        words = [str(self._programs / "postgres"), "-D", str(data), "-p", str(port)]
        words += ["-h", "127.0.0.1", "-k", ""]
        log = (self._folder / f"{data.name}.log").open("wb")
        self.processes.append(subprocess.Popen([*self._as, *words], stdout=log, stderr=log))
        while True:
            ready = subprocess.run(
                [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)],
                check=False,
            )
            if ready.returncode == 0:
                return
            time.sleep(0.01)


def start_side_by_side(folder: Path) -> float:
    """Start everything, give the seconds until both tasks answer through Envoy, end everything."""
    programs = environment(APP)
    began = time.monotonic()
    database = PlainPostgres(folder)
    ports = [free_port() for _ in range(2)]
    ministack_port = free_port()
    others: list[subprocess.Popen[bytes]] = []
    log = (folder / "programs.log").open("wb")

    def begin(argv: list[str], environ: dict[str, str]) -> None:
        others.append(subprocess.Popen(argv, cwd=APP, env=environ, stdout=log, stderr=log))

    try:
        begin(ministack_argv(), ministack_environ(ministack_port, folder))
        bare = BareEnvoy(folder, [f"127.0.0.1:{port}" for port in ports])
        others.append(subprocess.Popen(bare._argv))
        database.start()
        environ = app_environ(programs, database.port)
        for port in ports:
            serve = [str(programs / "uvicorn"), "app.main:app", "--host", "127.0.0.1"]
            begin([*serve, "--port", str(port), "--timeout-keep-alive", "75"], environ)
        migrate = subprocess.run(
            [str(programs / "alembic"), "upgrade", "head"],
            cwd=APP,
            env=environ,
            stdout=log,
            stderr=log,
            check=False,
        )
        assert migrate.returncode == 0, (folder / "programs.log").read_text()
        for port in ports:
            wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_for(f"http://127.0.0.1:{ministack_port}/_ministack/health")
        wait_for(f"{bare.address}/healthz")
        return time.monotonic() - began
    finally:
        for process in others:
            process.terminate()
        for process in reversed(database.processes):
            process.send_signal(signal.SIGQUIT)
        for process in [*others, *database.processes]:
            process.wait()
        log.close()


def app_environ(programs: Path, port: int) -> dict[str, str]:
    """Give what the example needs."""
    return {
        "PATH": f"{programs}:{os.defpath}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": "app",
        "PGPASSWORD": "none",
        "PGDATABASE": "app",
        "PGSSLMODE": "disable",
        "JWT_SECRET": "x" * 48,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def ministack_argv() -> list[str]:
    """Give ministack's command line, in the environment that the local cloud made for it."""
    import seatrial.local.engines.ministack as package  # noqa: PLC0415 - its folder is wanted

    programs = environment(Path(package.__file__).parent / "packages")
    return [str(programs / "python"), "-m", "ministack"]


def ministack_environ(port: int, folder: Path) -> dict[str, str]:
    """Give ministack's settings: loopback only, its state in the folder."""
    return {
        "PATH": os.defpath,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(folder / "ministack"),
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "HOME": str(folder),
    }

"""The emulator as a test sees it: started in a folder of its own, asked through its APIs."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from seatrial.local.engines.ministack.engine import PACKAGES
from seatrial.local.source import environment

HERE = Path(__file__).parent
ACCOUNT = "123456789012"
_START = 60.0
_LOOK = 0.05


class Refused(Exception):
    """A service refused: `code` is AWS's name of the error."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code


class Cloud:
    """One running emulator."""

    def __init__(self, endpoint: str, stubs: Path, log: Path, asker: subprocess.Popen[str]) -> None:
        self.endpoint = endpoint
        self.stubs = stubs
        self.log = log
        self._asker = asker

    def ask(self, service: str, region: str, operation: str, /, **parameters: Any) -> Any:
        """Call e.g. `ec2`, `DescribeVpcs` and give all pages of the answer. Refused."""
        asked = {
            "service": service,
            "region": region,
            "operation": operation,
            "parameters": parameters,
        }
        _of(self._asker.stdin).write(json.dumps(asked) + "\n")
        _of(self._asker.stdin).flush()
        told = json.loads(_of(self._asker.stdout).readline())
        if "answer" not in told:
            raise Refused(f"{service} {operation}", told["code"], told["message"])
        return told["answer"]

    def reset(self) -> None:
        """Forget everything in every service."""
        request = urllib.request.Request(f"{self.endpoint}/_ministack/reset", method="POST")
        with urllib.request.urlopen(request, timeout=60):
            pass
        for record in self.stubs.iterdir():
            record.unlink()

    def kept_by_stubs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Give what the stubs hold: (type, physical id) to properties."""
        records = [json.loads(each.read_text()) for each in self.stubs.iterdir()]
        return {(each["type"], each["id"]): each["properties"] for each in records}


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream
    return stream


@contextmanager
def running(folder: Path, *, plain: bool = False) -> Iterator[Cloud]:
    """Run an emulator whose every file is in `folder`; end it and what asks it."""
    python = environment(PACKAGES) / "python"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    log, stubs = folder / "emulator.log", folder / "stubs"
    for each in (stubs, folder / "tmp"):
        each.mkdir()
    environ = {
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": f"unix://{folder / 'no-docker'}",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": "127.0.0.1",
        "PATH": os.defpath,
        "PYTHONPATH": str(HERE / "runtime"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        "STUBS": str(stubs),
        "TMPDIR": str(folder / "tmp"),
    }
    if plain:
        environ["PLAIN"] = "1"
    with log.open("w") as output:
        emulator = subprocess.Popen(
            [python, "-s", HERE / "program.py"],
            cwd=folder,
            env=environ,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        asker = subprocess.Popen(
            [python, "-s", HERE / "asker.py"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    try:
        _wait(endpoint, emulator, log)
        yield Cloud(endpoint, stubs, log, asker)
    finally:
        _of(asker.stdin).close()
        asker.wait(10)
        _of(asker.stdout).close()
        _end(emulator)


def _end(emulator: subprocess.Popen[bytes]) -> None:
    """End it and the workers of its Lambda functions."""
    emulator.terminate()
    with suppress(subprocess.TimeoutExpired):
        emulator.wait(3)
    with suppress(ProcessLookupError):
        os.killpg(emulator.pid, signal.SIGKILL)
    emulator.wait(10)


def _wait(endpoint: str, emulator: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + _START
    while True:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            if emulator.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"no emulator:\n{log.read_text()[-4000:]}") from None
            time.sleep(_LOOK)

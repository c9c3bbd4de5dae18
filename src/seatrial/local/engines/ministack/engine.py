"""ministack as one process of the local cloud.

Takes a state folder, a process host and an address; gives a running AWS API
endpoint on loopback whose secrets and S3 objects survive `kill -9`. Never
listens beyond loopback, never reaches AWS and never touches a container engine.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.local.engines.ministack.buckets import make_bucket
from seatrial.local.engines.ministack.listening import list_exposed
from seatrial.local.engines.ministack.wire import AwsError, Wire
from seatrial.local.process import Command
from seatrial.local.source import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatrial.local.addresses import Address
    from seatrial.local.process import Process, ProcessHost

NAME = "ministack"
PACKAGES = Path(__file__).parent / "packages"
PROGRAM = Path(__file__).parent / "durable.py"
# ministack's account for keys that are not twelve digits.
ACCOUNT = "000000000000"
# Any text serves as a key: nothing checks it.
ACCESS_KEY = "local"
_LOOK = 0.02
_LAST_LOG = 2000


class MinistackEnded(Exception):
    """It ended before it was ready; the message has the end of its log."""


class ListensBeyondLoopback(Exception):
    """It listened where other machines can reach it, and was ended."""


class SecretMissing(Exception):
    """There is no secret of this name."""


def _silent(_line: str) -> None:
    """Drop a line of progress."""


class Ministack:
    """One ministack: its life, and the secrets that the local cloud keeps in it.

    `environments` is where virtual environments are cached, by default
    `seatrial.local.source`'s own place. `progress` gets the installer's lines.
    """

    def __init__(
        self,
        directory: Path,
        host: ProcessHost,
        address: Address,
        environments: Path | None = None,
        progress: Callable[[str], None] = _silent,
        region: str = "us-east-1",
    ) -> None:
        self.directory = directory
        self.address = address
        self.region = region
        self.process: Process | None = None
        self._host = host
        self._environments = environments
        self._progress = progress
        self._wire = Wire(address, region, ACCESS_KEY)
        self._creating = asyncio.Lock()

    @property
    def endpoint(self) -> str:
        """The URL for `AWS_ENDPOINT_URL`."""
        return f"http://{self.address}"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.directory / "ministack.log"

    @property
    def environ(self) -> Mapping[str, str]:
        """What a task needs so that plain boto3 reaches this engine: endpoint, keys, region."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        }

    async def start(self) -> None:
        """Make ministack's environment if need be and start it; does not wait until ready."""
        binaries = await asyncio.to_thread(
            environment, PACKAGES, self._environments, progress=self._progress
        )
        for folder in (self.directory, self.directory / "tmp"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = await self._host.start(
            Command(
                NAME,
                (str(binaries / "python"), "-I", str(PROGRAM)),
                self.directory,
                self._own_environ(),
                self.log,
            )
        )

    async def ready(self, timeout: float = 30.0) -> None:
        """Wait until it answers and listens on loopback only.

        MinistackEnded, ListensBeyondLoopback (then it has been ended), TimeoutError.
        """
        process = self._running()
        async with asyncio.timeout(timeout):
            while not await self._wire.healthy():
                if not process.running:
                    raise MinistackEnded(f"ministack ended at its start:\n{self._read_log_end()}")
                await asyncio.sleep(_LOOK)
        if exposed := await asyncio.to_thread(list_exposed, process.identity.pid):
            await process.kill()
            raise ListensBeyondLoopback(f"ministack listened on {', '.join(exposed)}")

    async def stop(self, grace: float = 5.0) -> None:
        """Stop it: SIGTERM, then SIGKILL after `grace` seconds; nothing if it does not run."""
        if self.process:
            await self.process.stop(grace)
            self.process = None

    async def adopt(self) -> bool:
        """Take over a ministack that an earlier supervisor left running; tell if there is one."""
        self.process = self._host.adopt(NAME)
        return self.process is not None

    async def secret(self, name: str) -> str:
        """Give the current value of a secret. SecretMissing."""
        try:
            answer = await self._wire.call("secretsmanager", "GetSecretValue", SecretId=name)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise SecretMissing(name) from None
            raise
        return str(answer["SecretString"])

    async def ensure_secret(self, name: str, value_factory: Callable[[], str]) -> str:
        """Give a secret's value, creating it once for the life of the state folder."""
        async with self._creating:
            try:
                return await self.secret(name)
            except SecretMissing:
                value = value_factory()
                await self._create(name, value)
                return value

    async def put_secret(self, name: str, value: str) -> None:
        """Write a value, durably; a value that is there already makes no new version."""
        async with self._creating:
            try:
                if await self.secret(name) == value:
                    return
            except SecretMissing:
                await self._create(name, value)
            else:
                put = self._wire.call
                await put("secretsmanager", "PutSecretValue", SecretId=name, SecretString=value)

    async def ensure_bucket(self, name: str, *, versioned: bool) -> None:
        """Make a bucket unless it is there; what it holds stays."""
        await asyncio.to_thread(make_bucket, self.address, name, versioned=versioned)

    async def _create(self, name: str, value: str) -> None:
        await self._wire.call("secretsmanager", "CreateSecret", Name=name, SecretString=value)

    def _own_environ(self) -> dict[str, str]:
        return {
            "BIND_HOST": self.address.host,
            "DOCKER_HOST": f"unix://{self.directory / 'no-docker'}",
            "GATEWAY_PORT": str(self.address.port),
            "HOME": str(self.directory),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "MINISTACK_HOST": self.address.host,
            "MINISTACK_REGION": self.region,
            "PATH": os.defpath,
            "S3_DATA_DIR": str(self.directory / "s3"),
            "S3_PERSIST": "1",
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self.directory / "state"),
            "TMPDIR": str(self.directory / "tmp"),
        }

    def _running(self) -> Process:
        if self.process is None:
            raise RuntimeError("ministack has not been started")
        return self.process

    def _read_log_end(self) -> str:
        try:
            return self.log.read_text(errors="replace")[-_LAST_LOG:]
        except FileNotFoundError:
            return ""

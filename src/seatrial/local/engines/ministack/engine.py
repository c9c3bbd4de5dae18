"""ministack as one process of the local cloud.

Takes a state folder, a process host and an address; gives a running AWS API
endpoint on loopback whose secrets and S3 objects survive `kill -9`. Never
listens beyond loopback and never reaches AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from seatrial.local.addresses import Address
    from seatrial.local.process import ProcessHost


class Ministack:
    """One ministack: its life, and the secrets that the local cloud keeps in it."""

    def __init__(
        self,
        directory: Path,
        host: ProcessHost,
        address: Address,
        environments: Path | None = None,
        progress: Callable[[str], None] = print,
    ) -> None:
        raise NotImplementedError

    @property
    def endpoint(self) -> str:
        """The URL for `AWS_ENDPOINT_URL`."""
        raise NotImplementedError

    @property
    def environ(self) -> Mapping[str, str]:
        """What a task needs so that plain boto3 reaches this engine: endpoint, keys, region."""
        raise NotImplementedError

    async def start(self) -> None:
        """Make ministack's environment if need be and start it; does not wait until ready."""
        raise NotImplementedError

    async def ready(self, timeout: float = 30.0) -> None:
        """Wait until it answers and listens on loopback only."""
        raise NotImplementedError

    async def stop(self, grace: float = 5.0) -> None:
        """Stop it: SIGTERM, then SIGKILL after `grace` seconds."""
        raise NotImplementedError

    async def adopt(self) -> bool:
        """Take over a ministack that an earlier supervisor left running; say whether there was one."""
        raise NotImplementedError

    async def secret(self, name: str) -> str:
        """Give the current value of a secret. Raises `SecretMissing`."""
        raise NotImplementedError

    async def ensure_secret(self, name: str, value_factory: Callable[[], str]) -> str:
        """Give a secret's value, creating it once for the life of the state folder."""
        raise NotImplementedError

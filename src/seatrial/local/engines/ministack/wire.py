"""Speak AWS's JSON protocol to the emulator.

Takes an address, gives answers or `AwsError`s. It signs nothing: the emulator
reads the account and the region from the signature's scope and checks no more.
It must never be pointed at AWS.
"""

import asyncio
import http.client
import json
from datetime import UTC, datetime
from typing import Any

from seatrial.local.addresses import Address

TIMEOUT = 10.0


class AwsError(Exception):
    """The service refused: `code` is AWS's name of the error, e.g. ResourceNotFoundException."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Wire:
    """One emulator, asked as one account in one region; every call is its own connection."""

    def __init__(self, address: Address, region: str, access_key: str) -> None:
        self._address = address
        self._region = region
        self._access_key = access_key

    async def call(self, service: str, action: str, **parameters: object) -> dict[str, Any]:
        """Call e.g. `secretsmanager`, `GetSecretValue`; AwsError, OSError if nobody answers."""
        return await asyncio.to_thread(self._call, service, action, parameters)

    async def healthy(self) -> bool:
        """Tell whether it answers at all."""
        try:
            status, _ = await asyncio.to_thread(self._ask, "GET", "/_ministack/health", None, {})
        except (OSError, http.client.HTTPException):
            return False
        return status == http.HTTPStatus.OK

    def _call(self, service: str, action: str, parameters: dict[str, object]) -> dict[str, Any]:
        day = datetime.now(UTC).strftime("%Y%m%d")
        scope = f"{self._access_key}/{day}/{self._region}/{service}/aws4_request"
        status, body = self._ask(
            "POST",
            "/",
            json.dumps(parameters).encode(),
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"{service}.{action}",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={scope},"
                f" SignedHeaders=host, Signature={'0' * 64}",
            },
        )
        answer: dict[str, Any] = json.loads(body or b"{}")
        if status != http.HTTPStatus.OK:
            code = str(answer.get("__type", status)).rpartition("#")[2]
            raise AwsError(code, str(answer.get("message") or answer.get("Message", "")))
        return answer

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        host, port = self._address.host, self._address.port
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

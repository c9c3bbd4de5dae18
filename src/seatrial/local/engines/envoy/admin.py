"""Envoy's admin interface, over a unix socket or a loopback address.

Takes a path, gives the answer's body. It never waits longer than it is told,
and changes nothing: all of Envoy's configuration goes through files.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from seatrial.local.addresses import Address

LIMIT = 64 * 1024 * 1024


class NotAnswering(Exception):
    """Envoy's admin interface does not answer: it starts, or it is gone."""


class Admin:
    """Asks one Envoy."""

    def __init__(self, where: Path | Address) -> None:
        self._where = where

    async def get(self, path: str, timeout: float = 5.0) -> bytes:
        """Get a page; NotAnswering without a 200 within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await self._get(path)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError) as error:
            raise NotAnswering(f"{self._where}: {error or type(error).__name__}") from error

    async def _get(self, path: str) -> bytes:
        if isinstance(self._where, Path):
            reader, writer = await asyncio.open_unix_connection(str(self._where))
        else:
            reader, writer = await asyncio.open_connection(self._where.host, self._where.port)
        try:
            request = f"GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise ValueError(head.split(b"\r\n", 1)[0].decode("latin-1"))
            if b"transfer-encoding: chunked" in head.lower():
                return await _read_chunks(reader)
            return await reader.read(LIMIT)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    return bytes(body)

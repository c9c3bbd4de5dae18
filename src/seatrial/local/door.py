"""How commands speak with a running supervisor: one JSON request and answer a line.

The door is a unix socket in the state folder, so only its owner comes in.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from seatrial.local.store import socket_path
from seatrial.mistake import Mistake, Place

Answer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
LONGEST = 64 * 1024 * 1024


class NotRunning(Exception):
    """No supervisor answers."""


class Door:
    """The supervisor's side."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._folder = folder
        self._answer = answer
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen; a socket that a dead supervisor left is replaced."""
        with suppress(FileNotFoundError):
            (self._folder / "socket").unlink()
        with socket_path(self._folder) as path:
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST)
        (self._folder / "socket").chmod(0o600)

    async def close(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
        with suppress(FileNotFoundError):
            (self._folder / "socket").unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(await self._reply(json.loads(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.IncompleteReadError):
            pass  # the visitor has gone, or does not speak JSON
        finally:
            writer.close()

    async def _reply(self, request: Any) -> bytes:
        try:
            answer = await self._answer(request if isinstance(request, dict) else {})
            return json.dumps(answer).encode()
        except Mistake as mistake:
            refused = mistake
        except Exception as error:
            said = f"the supervisor failed ({type(error).__name__}: {error})."
            refused = Mistake(said, right="This is Seatrial's mistake, not yours.")
        return json.dumps(_refusal(refused)).encode()


def _refusal(mistake: Mistake) -> dict[str, Any]:
    where = mistake.where
    return {
        "mistake": mistake.what,
        "right": mistake.right,
        "where": [where.file, where.line] if where else None,
    }


class Visitor:
    """A command's side: asks and waits for the answer."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            with socket_path(folder) as path:
                self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise NotRunning(str(folder)) from None
        self._lines = self._socket.makefile("rb")

    def ask(self, request: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Ask one thing; NotRunning when the supervisor goes away, Mistake when it refuses."""
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            line = self._lines.readline()
        except OSError:
            raise NotRunning("no answer") from None
        if not line:
            raise NotRunning("the supervisor has gone")
        answer: dict[str, Any] = json.loads(line)
        if "mistake" in answer:
            where = Place(*answer["where"]) if answer["where"] else None
            raise Mistake(answer["mistake"], where, answer["right"])
        return answer

    def close(self) -> None:
        """Leave."""
        self._lines.close()
        self._socket.close()

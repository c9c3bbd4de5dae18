"""Ask one server something over Redis's protocol (RESP2).

Takes words, gives the answer: text, a number, None or a list of these. A
connection on which an answer did not come is closed: a late one could be taken
for that of the next question. It never repeats a question.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from seatrial.local.addresses import Address

Answer = str | int | None | list["Answer"]
READ_LIMIT = 2**20


class NoAnswer(Exception):
    """The server is not there, does not answer in time, or does not speak the protocol."""


class Refused(Exception):
    """The server answered with an error; the text is its own."""


class Connection:
    """One open connection, logged in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def open(
        cls, address: Address, user: str, password: str, *, timeout: float
    ) -> "Connection":
        """Connect and log in; NoAnswer, or Refused for a wrong password."""
        try:
            async with asyncio.timeout(timeout):
                streams = await asyncio.open_connection(
                    address.host, address.port, limit=READ_LIMIT
                )
        except (TimeoutError, OSError) as error:
            raise NoAnswer(f"{address}: {type(error).__name__}") from error
        connection = cls(*streams)
        try:
            await connection.ask("AUTH", user, password, timeout=timeout)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def closed(self) -> bool:
        """Tell whether the connection is known to be gone."""
        return self._writer.is_closing() or self._reader.at_eof()

    async def ask(self, *words: str, timeout: float) -> Answer:
        """Give the answer; Refused, or NoAnswer after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._turn:
                self._writer.write(_encode(words))
                await self._writer.drain()
                return await self._read()
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            self.close()
            raise NoAnswer(type(error).__name__) from error
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """End the connection; a server that is gone is no error."""
        with suppress(OSError, RuntimeError):
            self._writer.transport.abort()

    async def _read(self) -> Answer:
        line = (await self._reader.readuntil(b"\r\n"))[:-2].decode(errors="replace")
        kind, rest = line[:1], line[1:]
        match kind:
            case "+":
                return rest
            case "-":
                raise Refused(rest)
            case ":":
                return int(rest)
            case "$" if rest == "-1":
                return None
            case "$":
                text = await self._reader.readexactly(int(rest) + 2)
                return text[:-2].decode(errors="replace")
            case "*" if rest == "-1":
                return None
            case "*":
                return [await self._read() for _ in range(int(rest))]
        raise ValueError(f"{kind!r} begins no answer")


class Line:
    """A connection to one server that is opened when it is needed, and again once it is lost."""

    def __init__(self, address: Address, user: str, password: str) -> None:
        self._address = address
        self._user = user
        self._password = password
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def ask(self, *words: str, timeout: float) -> Answer:
        """Give the answer; Refused, or NoAnswer after at most twice `timeout` seconds."""
        async with self._opening:
            if self._connection is None or self._connection.closed:
                self._connection = await Connection.open(
                    self._address, self._user, self._password, timeout=timeout
                )
            connection = self._connection
        return await connection.ask(*words, timeout=timeout)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def read_sections(text: Answer) -> dict[str, str]:
    """Read what INFO answers: names and values."""
    lines = str(text).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica as its primary sees it; `lag` in seconds since it last told how far it is."""

    address: Address
    online: bool
    lag: float


def read_replicas(told: Mapping[str, str]) -> list[Replica]:
    """Read a primary's replicas from what it says of its replication."""
    found = []
    for key, value in told.items():
        if key.startswith("slave") and key[5:].isdigit():
            said = dict(each.split("=", 1) for each in value.split(","))
            address = Address(said["ip"], int(said["port"]))
            found.append(Replica(address, said.get("state") == "online", float(said["lag"])))
    return found


def _encode(words: tuple[str, ...]) -> bytes:
    coded = [word.encode() for word in words]
    parts = [b"*%d\r\n" % len(coded), *(b"$%d\r\n%b\r\n" % (len(each), each) for each in coded)]
    return b"".join(parts)

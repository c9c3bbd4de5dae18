"""Talk to one server: an open administrator's connection, and a probe that needs none.

Every question has a time limit that holds against a stopped server too. Nothing
here retries, and no password ever reaches a message.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, sql

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres.settings import ADMIN, ADMIN_DATABASE

# PostgreSQL's SSLRequest; a server without TLS answers N, for which it must accept and fork.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")

APPLICATION = "seatrial"

Question = LiteralString | sql.Composed


class NoAnswer(Exception):
    """A server did not answer in time, refused, or ended the connection."""


class Refused(Exception):
    """A server answered with an error; its SQLSTATE and message."""


class Session:
    """One connection as the administrator, in autocommit, that outlives the questions."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection
        # One question at a time: a second one must not fall into the first one's time limit.
        self._turn = asyncio.Lock()

    @classmethod
    async def open(
        cls, address: Address, password: str, *, timeout: float, database: str = ADMIN_DATABASE
    ) -> "Session":
        """Connect; NoAnswer if that fails or takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                connection = await AsyncConnection.connect(
                    host=address.host,
                    hostaddr=address.host,
                    port=address.port,
                    user=ADMIN,
                    password=password,
                    dbname=database,
                    sslmode="disable",
                    gssencmode="disable",
                    application_name=APPLICATION,
                    # What we do must not wait for a standby that we are looking after, and
                    # must not put a password's verifier into the log.
                    options="-c synchronous_commit=local -c log_statement=none",
                    autocommit=True,
                    prepare_threshold=None,
                )
        except (TimeoutError, OSError, psycopg.Error) as error:
            raise NoAnswer(f"{address}: {type(error).__name__}") from error
        return cls(connection)

    @property
    def closed(self) -> bool:
        """Tell whether the connection is known to be gone."""
        return self._connection.closed

    async def ask(
        self, question: Question, values: Sequence[Any] = (), *, timeout: float
    ) -> list[tuple[Any, ...]]:
        """Give the rows, none for a command; Refused, or NoAnswer after `timeout` seconds.

        After NoAnswer the session is closed: an answer that comes later could
        be taken for that of the next question.
        """
        asking = asyncio.ensure_future(self._ask(question, values))
        try:
            done, _ = await asyncio.wait({asking}, timeout=timeout)
        except asyncio.CancelledError:
            await self._break_off(asking)
            raise
        if not done:
            await self._break_off(asking)
            raise NoAnswer(f"no answer within {timeout:g} s")
        try:
            return asking.result()
        except psycopg.Error as error:
            if self._connection.closed or error.sqlstate is None:
                raise NoAnswer(type(error).__name__) from error
            raise Refused(f"{error.sqlstate}: {error.diag.message_primary}") from error
        except OSError as error:
            raise NoAnswer(type(error).__name__) from error

    def encrypt(self, user: str, password: str) -> str:
        """Give the SCRAM verifier to keep in place of a password, made on this side."""
        connection = self._connection.pgconn
        algorithm = b"scram-sha-256"
        return connection.encrypt_password(password.encode(), user.encode(), algorithm).decode()

    async def close(self) -> None:
        """End the connection; a server that is gone is no error, and a question fails at once."""
        if self._turn.locked():
            self._shut()
        # libpq crashes when its connection goes away under a question that is on its way.
        async with self._turn:
            with suppress(psycopg.Error, OSError):
                await self._connection.close()

    async def _ask(self, question: Question, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with self._turn:
            cursor = await self._connection.execute(question, values or None)
            return await cursor.fetchall() if cursor.description else []

    async def _break_off(self, asking: "asyncio.Future[list[tuple[Any, ...]]]") -> None:
        # Cancelling would ask the server to cancel and wait for it, five seconds
        # if it is stopped; ending the socket lets the question fail at once.
        self._shut()
        with suppress(psycopg.Error, OSError):
            await asking
        await self.close()

    def _shut(self) -> None:
        """End the socket under the connection."""
        with (
            suppress(psycopg.Error, OSError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as shared,
        ):
            shared.shutdown(socket.SHUT_RDWR)


class Line:
    """A session to one server that is opened when it is needed, and again once it is lost."""

    def __init__(self, open_session: Callable[[float], Awaitable[Session]]) -> None:
        self._open = open_session
        self._session: Session | None = None
        self._opening = asyncio.Lock()

    async def session(self, timeout: float) -> Session:
        """Give the open session; NoAnswer if there can be none."""
        async with self._opening:
            if self._session is None or self._session.closed:
                self._session = await self._open(timeout)
            return self._session

    async def ask(
        self, question: Question, values: Sequence[Any] = (), *, timeout: float
    ) -> list[tuple[Any, ...]]:
        """Give the rows; Refused, or NoAnswer after `timeout` seconds."""
        session = await self.session(timeout)
        return await session.ask(question, values, timeout=timeout)

    async def close(self) -> None:
        """End the session, one that is just being opened too."""
        async with self._opening:
            session, self._session = self._session, None
            if session is not None:
                await session.close()


async def probe(address: Address, *, timeout: float) -> bool:
    """Tell whether a server accepts a connection and has a backend answer on it."""

    async def converse() -> bool:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        try:
            writer.write(SSL_REQUEST)
            return await reader.readexactly(1) in (b"N", b"S")
        finally:
            writer.transport.abort()

    try:
        async with asyncio.timeout(timeout):
            return await converse()
    except (TimeoutError, OSError, asyncio.IncompleteReadError):
        return False

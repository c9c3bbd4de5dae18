"""One server of a database: its process, its files and open connections to it.

Takes what the node is to be when it is started; gives answers to questions. It
never chooses its role, and it never starts as anything but a standby unless it
is told that it is the primary.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres.binaries import Binaries
from seatrial.local.engines.postgres.folder import NodeFolder
from seatrial.local.engines.postgres.program import ENVIRON, run_program
from seatrial.local.engines.postgres.session import Line, NoAnswer, Question, Session
from seatrial.local.engines.postgres.settings import (
    ADMIN,
    REPLICATION,
    render_access,
    render_passfile,
    render_settings,
    render_upstream,
)
from seatrial.local.engines.server import Server
from seatrial.local.process import Command, ProcessHost

START_TIMEOUT = 120.0
ASK_TIMEOUT = 5.0
CHECKPOINT_TIMEOUT = 120.0


# What is run on a node's data while its server is down.
PROGRAMS = ("pg_rewind", "pg_basebackup")


class NotStarted(Exception):
    """A server ended, or did not answer, while it was being started; its log says why."""


class Node(Server):
    """A server, running or not. `passwords` are the administrator's and replication's."""

    def __init__(
        self,
        name: str,
        zone: str,
        address: Address,
        folder: NodeFolder,
        log: Path,
        *,
        host: ProcessHost,
        binaries: Binaries,
        parameters: Mapping[str, str],
        passwords: Mapping[str, str],
    ) -> None:
        super().__init__(name, zone, address, host)
        self.folder = folder
        self.log = log
        self.passwords = passwords
        self._binaries = binaries
        self._parameters = parameters
        # The administrator's password as the server knows it; a template's has another one.
        self.password = passwords[ADMIN]
        self._act = Line(self._open)
        self._watch = Line(self._open)

    @property
    def major(self) -> int:
        """Give the server's major version."""
        return self._binaries.major

    async def start(
        self,
        *,
        upstream: "Node | None",
        synchronous: str | None = None,
        password: str | None = None,
    ) -> None:
        """Start the server: as a standby of `upstream`, or as the primary if that is None.

        Returns when it answers; NotStarted otherwise. `password` is the
        administrator's where it is not yet the database's own.
        """
        if upstream is not None:
            self.folder.mark_standby()
        self.write_settings(upstream=upstream, synchronous=synchronous)
        argv = (
            self._binaries.program("postgres"),
            "-D",
            str(self.folder.data),
            "-c",
            f"config_file={self.folder.settings}",
        )
        self.process = await self._host.start(
            Command(
                self.name,
                argv,
                cwd=self.folder.path,
                environ=ENVIRON,
                log=self.log,
                unprivileged=True,
            )
        )
        await self.connect(password)

    def write_settings(self, *, upstream: "Node | None", synchronous: str | None) -> None:
        """Write everything the server reads at its start and when it is told to read again."""
        folder = self.folder
        words = None
        if upstream is not None:
            words = render_upstream(upstream.address, str(folder.passfile), self.name)
        folder.write(folder.passfile, render_passfile(self.passwords))
        folder.write(folder.access, render_access())
        folder.write(
            folder.settings,
            render_settings(
                self._parameters,
                self.address,
                str(folder.access),
                upstream=words,
                synchronous=synchronous,
            ),
        )

    async def reload(self, *, upstream: "Node | None", synchronous: str | None) -> None:
        """Let the running server take other settings; the answers show when it has."""
        self.write_settings(upstream=upstream, synchronous=synchronous)
        await self.ask("SELECT pg_reload_conf()")

    async def connect(self, password: str | None = None) -> None:
        """Open the connections as soon as the server lets us; NotStarted if it never does."""
        self.password = password or self.passwords[ADMIN]
        process = self.process
        try:
            async with asyncio.timeout(START_TIMEOUT):
                while process is not None and process is self.process and process.running:
                    # Knocking before it is ready would fill its log.
                    if self.folder.is_ready(process.identity.pid) and await self._reconnect():
                        return
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pass
        raise NotStarted(f"{self.name} does not answer; see {self.log}")

    async def session(self) -> Session:
        """Give the open connection for actions; NoAnswer if there can be none."""
        return await self._act.session(ASK_TIMEOUT)

    async def ask(
        self,
        question: Question,
        values: Sequence[Any] = (),
        *,
        timeout: float = ASK_TIMEOUT,
    ) -> list[tuple[Any, ...]]:
        """Put a question that belongs to an action; NoAnswer or Refused."""
        return await self._act.ask(question, values, timeout=timeout)

    async def checkpoint(self) -> None:
        """Take a checkpoint, on a connection of its own since that can last."""
        session = await self._open(ASK_TIMEOUT)
        try:
            await session.ask("CHECKPOINT", timeout=CHECKPOINT_TIMEOUT)
        finally:
            await session.close()

    async def look(self, question: Question, *, timeout: float) -> list[tuple[Any, ...]]:
        """Put a question of the watch, on a connection that no action keeps busy."""
        return await self._watch.ask(question, timeout=timeout)

    async def kill(self) -> None:
        """SIGKILL everything of the server and see that nothing is left, no shared memory either.

        Works on a stopped server, on one that is gone, and on what one left behind.
        A program of an earlier run that still writes to the data is ended with it.
        """
        process, self.process = self.process, None
        if process is not None:
            await process.kill()
        known = self._host.names()
        for name in (self.name, *(f"{self.name}.{program}" for program in PROGRAMS)):
            if name in known:
                await self._end(name)
        await self._leave()

    async def stop(self, grace: float) -> None:
        """Shut the server down cleanly (PostgreSQL's fast mode), or kill it after the grace."""
        process, self.process = self.process, None
        await self._disconnect()
        if process is not None:
            await process.stop(grace, signal.SIGINT)
            await self._leave()

    async def let_go(self) -> None:
        """Close our connections; the server runs on."""
        await self._disconnect()

    async def mourn(self) -> None:
        """Clear up after a server that ended by itself or by another's hand."""
        self.process = None
        await self._leave()

    async def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs on this node's data; ProgramFailed."""
        self.folder.write(self.folder.passfile, render_passfile(self.passwords))
        await run_program(
            self._host,
            f"{self.name}.{program}",
            (self._binaries.program(program), *words),
            cwd=self.folder.path,
            log=self.log,
            environ=ENVIRON | {"PGPASSFILE": str(self.folder.passfile)},
        )

    def connection_words(self, user: str = REPLICATION) -> str:
        """Give libpq's words for a program that connects to this node, without a password."""
        return (
            f"host={self.address.host} port={self.address.port} user={user} "
            "dbname=postgres sslmode=disable connect_timeout=5"
        )

    async def _open(self, timeout: float) -> Session:
        if not self.running:
            raise NoAnswer(f"{self.name} does not run")
        return await Session.open(self.address, self.password, timeout=timeout)

    async def _reconnect(self) -> bool:
        """Open both lines anew; False if the server refuses."""
        await self._disconnect()
        try:
            await self._act.session(ASK_TIMEOUT)
            await self._watch.session(ASK_TIMEOUT)
        except NoAnswer:
            return False
        return True

    async def _leave(self) -> None:
        await self._disconnect()
        self.folder.release()

    async def _disconnect(self) -> None:
        await self._act.close()
        await self._watch.close()

    async def _end(self, name: str) -> None:
        """End what runs under a recorded name, also what outlived its first process."""
        process = self._host.adopt(name)
        if process is None:
            # The host clears a name before it starts anything under it.
            process = await self._host.start(
                Command(
                    name,
                    (self._binaries.program("postgres"), "--version"),
                    cwd=self.folder.path,
                    environ=ENVIRON,
                    log=Path(os.devnull),
                    unprivileged=True,
                )
            )
        await process.kill()

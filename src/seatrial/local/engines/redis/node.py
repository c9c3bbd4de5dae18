"""One server of a cache: its process, its files and open connections to it.

Takes what the node is to be when it is started; gives answers to questions. It
never chooses its role: it starts as a replica, or as a primary when it is told to.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from seatrial.local.addresses import Address
from seatrial.local.engines.redis.settings import ADMIN, describe_user, render_settings
from seatrial.local.engines.redis.wire import Answer, Line, NoAnswer, Refused, read_sections
from seatrial.local.engines.server import Server
from seatrial.local.process import Command, Process, ProcessHost

START_TIMEOUT = 60.0
ASK_TIMEOUT = 2.0
ENVIRON = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
LOADING = ("LOADING", "MASTERDOWN", "BUSY")
"""Errors of a server that is well but busy."""


class NotStarted(Exception):
    """A server ended, or did not answer, while it was being started; its log says why."""


class Node(Server):
    """A server, running or not. `turn` is held by whoever changes what the node is."""

    def __init__(
        self,
        name: str,
        zone: str,
        address: Address,
        folder: Path,
        log: Path,
        *,
        host: ProcessHost,
        program: Path,
        parameters: Mapping[str, str],
        memory: int,
        password: str,
        admin: str,
    ) -> None:
        super().__init__(name, zone, address, host)
        self.folder = folder
        self.log = log
        self.turn = asyncio.Lock()
        self._program = program
        self._parameters = parameters
        self._memory = memory
        self._password = password
        self._admin = admin
        self._act = Line(address, ADMIN, admin)
        self._watch = Line(address, ADMIN, admin)

    @property
    def snapshot(self) -> Path:
        """Where a clean stop leaves what the node held."""
        return self.folder / "dump.rdb"

    async def start(self, *, upstream: Address | None, load: bool = False) -> None:
        """Start the server: as a replica of `upstream`, or as the primary if that is None.

        It begins with nothing unless it is to `load` what a clean stop saved.
        Returns when it answers; NotStarted otherwise.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not load:
            self.forget()
        settings = self._write_settings(upstream)
        self.process = await self._host.start(
            Command(
                self.name,
                (str(self._program), str(settings)),
                cwd=self.folder,
                environ=ENVIRON,
                log=self.log,
            )
        )
        await self._see_answering(self.process)
        # A later start is to begin with nothing: what was saved is old from now on.
        self.forget()

    def forget(self) -> None:
        """Remove what a clean stop saved."""
        self.snapshot.unlink(missing_ok=True)

    async def ask(self, *words: str, timeout: float = ASK_TIMEOUT) -> Answer:
        """Put a question that belongs to an action; NoAnswer or Refused."""
        if not self.running:
            raise NoAnswer(f"{self.name} does not run")
        return await self._act.ask(*words, timeout=timeout)

    async def look(self, *words: str, timeout: float) -> Answer:
        """Put a question of the watch, on a connection that no action keeps busy."""
        if not self.running:
            raise NoAnswer(f"{self.name} does not run")
        return await self._watch.ask(*words, timeout=timeout)

    async def info(self, *sections: str, timeout: float = ASK_TIMEOUT) -> dict[str, str]:
        """Read what the server says of itself; NoAnswer or Refused."""
        return read_sections(await self.look("INFO", *sections, timeout=timeout))

    async def use_token(self) -> None:
        """Let a server that an earlier run started know today's token. NoAnswer or Refused."""
        await self.ask("ACL", "SETUSER", *describe_user(self._password))

    async def kill(self) -> None:
        """SIGKILL the server and see that nothing is left; works on a stopped one too."""
        process, self.process = self.process, None
        self.let_go()
        if process is None:
            process = self._host.adopt(self.name)
        if process is not None:
            await process.kill()

    async def stop(self, grace: float) -> None:
        """Let the server save what it holds and end, or kill it after the grace."""
        process, self.process = self.process, None
        self.let_go()
        if process is not None:
            await process.stop(grace, signal.SIGTERM)

    def mourn(self) -> None:
        """Clear up after a server that ended by itself or by another's hand."""
        self.process = None
        self.let_go()

    def let_go(self) -> None:
        """Close our connections; the server runs on."""
        self._act.close()
        self._watch.close()

    def _write_settings(self, upstream: Address | None) -> Path:
        path = self.folder / "valkey.conf"
        text = render_settings(
            self.address,
            str(self.folder),
            self._parameters,
            password=self._password,
            admin=self._admin,
            memory=self._memory,
            upstream=upstream,
        )
        new = path.with_name(f"{path.name}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        new.replace(path)
        return path

    async def _see_answering(self, process: Process) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT):
                while process is self.process and process.running:
                    try:
                        await self.ask("PING", timeout=1.0)
                    except NoAnswer:
                        await asyncio.sleep(0.005)
                    except Refused as refused:
                        if not str(refused).startswith(LOADING):
                            raise NotStarted(f"{self.name}: {refused}") from refused
                        await asyncio.sleep(0.02)
                    else:
                        return
        except TimeoutError:
            pass
        raise NotStarted(f"{self.name} does not answer; see {self.log}")

"""Run one of PostgreSQL's own programs to its end, in the host's care.

Takes a process host and a command line; the outcome is the program's. One that
an earlier run of ours left behind is ended first.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from seatrial.local.process import Command, ProcessHost

# The whole environment of every PostgreSQL program: no PG* variable of the user's reaches it.
ENVIRON = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


class ProgramFailed(Exception):
    """One of PostgreSQL's programs ended with an error; its last lines say why."""

    def __init__(self, name: str, code: int | None, said: str) -> None:
        super().__init__(f"{name} failed with exit code {code}: {said}")
        self.said = said


async def run_program(
    host: ProcessHost,
    name: str,
    argv: tuple[str, ...],
    *,
    cwd: Path,
    log: Path,
    environ: Mapping[str, str] = ENVIRON,
) -> None:
    """Run a program; ProgramFailed if it ends with an error. It is ended when cancelled."""
    left = host.adopt(name)
    if left is not None:
        await left.kill()
    before = _measure(log)
    process = await host.start(
        Command(name, argv, cwd=cwd, environ=environ, log=log, unprivileged=True)
    )
    try:
        end = await process.wait()
    except asyncio.CancelledError:
        with suppress(asyncio.CancelledError):
            await asyncio.shield(process.kill())
        raise
    if end.code != 0:
        raise ProgramFailed(name, end.code, _read_end(log, before))


def _measure(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _read_end(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read()[-2000:].decode(errors="replace").strip().splitlines()
    return " / ".join(lines[-4:])

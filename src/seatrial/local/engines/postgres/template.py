"""A fresh data folder per PostgreSQL version, made once and then copied.

Takes the programs and a cache folder; gives the folder to copy. initdb costs
a second of a busy machine, a copy a tenth; a cluster that was never started may be
copied as a primary and as its standby alike. All copies carry one system
identifier, so what keeps a standby from a stranger's primary is that each
database has its own replication password. Nothing here is ever started.
"""

import asyncio
import hashlib
import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.local.engines.postgres.binaries import Binaries
from seatrial.local.engines.postgres.folder import flush
from seatrial.local.engines.postgres.program import ProgramFailed, run_program
from seatrial.local.engines.postgres.settings import ADMIN
from seatrial.local.process import ProcessHost

# RDS sorts by en_US.UTF-8; not every machine has it. The built-in C.UTF-8 knows
# upper and lower case of all letters, C only those of ASCII.
LOCALES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("en_US.UTF-8", ("--locale=en_US.UTF-8",), 1),
    (
        "C.UTF-8 (builtin)",
        ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        17,
    ),
    ("C.UTF-8", ("--locale=C.UTF-8",), 1),
    ("C", ("--locale=C",), 1),
)
OPTIONS = (
    f"--username={ADMIN}",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--data-checksums",
    "--no-instructions",
    # One call for the whole file system follows.
    "--no-sync",
)
ABANDONED = 600.0
PASSFILE = "password"


@dataclass(frozen=True, slots=True)
class Template:
    """A data folder to copy, the administrator's first password, and the locale it sorts by."""

    data: Path
    password: str
    locale: str


async def prepare_template(
    binaries: Binaries, host: ProcessHost, cache: Path, owner: int | None, log: Path
) -> Template:
    """Give the cached template, made first if there is none; ProgramFailed if that fails."""
    told = repr((str(binaries.folder), binaries.version, LOCALES, OPTIONS, owner))
    key = hashlib.sha256(told.encode()).hexdigest()[:12]
    folder = cache / f"postgres-{binaries.version}-{key}"
    if not folder.exists():
        new = _begin(cache, folder.name, owner)
        try:
            await _make(new, binaries, host, log)
            # Somebody else's finished first: theirs is as good.
            with suppress(OSError):
                new.rename(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return Template(
        folder / "data", (folder / PASSFILE).read_text(), (folder / "locale").read_text()
    )


def _remove_abandoned(cache: Path) -> None:
    """Remove what a killed run had begun; one that still runs is never this old."""
    for folder in cache.glob(".postgres-*"):
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def _begin(cache: Path, name: str, owner: int | None) -> Path:
    """Make a folder of our own in the cache, with a password in it."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_abandoned(cache)
    folder = cache / f".{name}.{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    passfile = folder / PASSFILE
    passfile.touch(mode=0o600)
    passfile.write_text(secrets.token_urlsafe(32))
    if owner is not None:
        for path in (cache, folder, passfile):
            os.chown(path, owner, -1)
    return folder


async def _make(folder: Path, binaries: Binaries, host: ProcessHost, log: Path) -> None:
    failure: ProgramFailed | None = None
    for locale, options, since in LOCALES:
        if binaries.major < since:
            continue
        argv = (
            binaries.program("initdb"),
            f"--pgdata={folder / 'data'}",
            f"--pwfile={folder / PASSFILE}",
            *OPTIONS,
            *options,
        )
        try:
            await run_program(host, f"initdb{folder.name}", argv, cwd=folder, log=log)
        except ProgramFailed as error:
            failure = error
            continue
        (folder / "locale").write_text(locale)
        await asyncio.to_thread(flush, folder)
        return
    assert failure
    raise failure

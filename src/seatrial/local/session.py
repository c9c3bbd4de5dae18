"""A command's view of a running system: begin it, ask it, end it.

Works on the state folder alone; the supervisor does the rest. After a kill -9
of everything the folder still says what to find and end.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from seatrial.local.door import NotRunning, Visitor
from seatrial.local.files import LOCK, FolderLock, Locked, is_held
from seatrial.local.process import ProcessHost
from seatrial.local.store import Store
from seatrial.local.warden import LOCK as WARDEN_LOCK
from seatrial.local.warden import start_warden
from seatrial.mistake import Mistake

PATIENCE = 60.0
"""Seconds that a supervisor may need to open its door or to end."""


def supervisor_argv(folder: Path) -> list[str]:
    """Give the command line of a state folder's supervisor."""
    return [sys.executable, "-m", "seatrial.local.supervisor", str(folder)]


class Session:
    """One system in one environment, as a command sees it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def running(self) -> bool:
        """Say whether a supervisor answers, or is about to."""
        try:
            Visitor(self.store.folder).close()
        except NotRunning:
            return self._held()
        return True

    def _held(self) -> bool:
        """Say whether a supervisor lives, or a warden that is about to start one again."""
        if not self.store.folder.is_dir():
            return False
        return is_held(self.store / WARDEN_LOCK) or is_held(self.store / LOCK)

    def begin(self, wanted: Mapping[str, Any]) -> None:
        """Start a supervisor for what is wanted; return when its door is open."""
        (self.store / "ending").unlink(missing_ok=True)
        self.store.write("system.json", wanted)
        start_warden(self.store.folder, supervisor_argv(self.store.folder))
        self.ask({"do": "events"}, PATIENCE)

    def ask(self, request: Mapping[str, Any], patience: float = 5.0) -> dict[str, Any]:
        """Ask the supervisor; one that dies or is being started again is waited for.

        Every request may be asked twice. NotRunning when none answers within
        `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                visitor = Visitor(self.store.folder)
                try:
                    return visitor.ask(request)
                finally:
                    visitor.close()
            except NotRunning:
                if time.monotonic() > deadline:
                    raise NotRunning(str(self.store.folder)) from None
                time.sleep(0.02)

    def end(self) -> bool:
        """End the system and wait until nothing of it runs; say whether anything did."""
        with suppress(NotRunning):
            self.ask({"do": "end"}, patience=PATIENCE if self._held() else 0.0)
        deadline = time.monotonic() + PATIENCE
        while self._held():
            if time.monotonic() > deadline:
                self._kill()
            time.sleep(0.02)
        return bool(self.sweep())

    def _kill(self) -> None:
        """End a supervisor that does not end by itself; the mark that it is to end stays."""
        try:
            with FolderLock(self.store.folder):
                return
        except Locked as locked:
            if locked.holder:
                with suppress(ProcessLookupError):
                    os.kill(locked.holder.pid, signal.SIGKILL)

    def sweep(self) -> list[str]:
        """End every process that the state folder knows of; for when no supervisor lives."""
        wanted = self.store.read("system.json")
        if not wanted:
            return []
        name = f"{wanted['graph']['system']}-{wanted['graph']['environment']}"

        async def swept() -> list[str]:
            host = ProcessHost(self.store / "processes", name)
            try:
                return await host.sweep()
            finally:
                host.close()

        return asyncio.run(swept())


def not_running(folder: Path) -> Mistake:
    """Say that nothing runs, and how to begin."""
    return Mistake(f"nothing runs here ({folder.name}).", right="Start it with: seatrial up")


def not_answering(folder: Path) -> Mistake:
    """Say that the supervisor does not come up, with the last that was heard of it."""
    log = folder / "warden.log"
    lines = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
    said = "".join(f"\n    {line}" for line in lines)
    return Mistake(f"the supervisor does not answer; the end of {log}:{said}")

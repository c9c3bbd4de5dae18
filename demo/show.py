"""One run of a demo: the system, the live table, what is done to it, and what is seen of it."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from seatrial.cli.following import Ended, ending_by_signals
from seatrial.cli.starting import bring_up, say
from seatrial.cli.table import system_table
from seatrial.local.door import NotRunning
from seatrial.local.session import Session
from seatrial.mistake import Mistake

PACE = 60.0
PATIENCE = 90.0
"""Seconds until something that does not happen is told."""


class NotHealed(Exception):
    """The system did not come back."""


class Show:
    """One run: the system, the traffic, what is done to it, and what is seen of it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.notes: list[str] = []
        self._live: Live | None = None

    def status(self) -> dict[str, Any]:
        """Ask how it is."""
        while True:
            status = self.session.ask({"do": "status"}, patience=PATIENCE)
            if "starting" not in status:
                return status
            time.sleep(0.05)

    def look(self) -> dict[str, Any]:
        """Ask how it is and show it."""
        status = self.status()
        if self._live:
            notes = [Text(note, style="bold yellow") for note in self.notes[-3:]]
            self._live.update(Group(system_table(status), *notes), refresh=True)
        return status

    def until(
        self,
        holds: Callable[[dict[str, Any]], bool],
        what: str,
        patience: float = PATIENCE,
    ) -> float:
        """Watch until something holds; give the seconds it took."""
        began = time.monotonic()
        while not holds(self.look()):
            if time.monotonic() - began > patience:
                raise NotHealed(what)
            time.sleep(0.1)
        return time.monotonic() - began

    def watch(self, seconds: float) -> None:
        """Watch for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.1)

    def note(self, text: str) -> None:
        """Say what is done, beneath the table or as a line."""
        self.notes.append(text)
        if not self._live:
            say(f"  {text}")

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Show the live table where there is a terminal."""
        if not sys.stdout.isatty():
            yield
            return
        self._live = Live(Text("starting"), console=Console(), auto_refresh=False)
        try:
            with self._live:
                yield
        finally:
            self._live = None

    def stay(self) -> None:
        """Watch until somebody ends it."""
        with self.live():
            self.watch(float("inf"))


def once() -> bool:
    """Say whether one pass is asked for, whose truth is the exit code."""
    return os.environ.get("ONCE") == "1"


def has_pid(status: dict[str, Any], pid: int) -> bool:
    """Say whether any task has this process."""
    return any(task["pid"] == pid for each in status["services"] for task in each["tasks"])


def writer(status: dict[str, Any]) -> dict[str, Any]:
    """Give the database node that takes writes."""
    nodes: list[dict[str, Any]] = status["databases"][0]["nodes"]
    return next((node for node in nodes if node["role"] == "primary"), {"name": "", "pid": 0})


def bring_up_and(example: Path, environment: str, go_on: Callable[["Show"], int]) -> int:
    """Bring an example up, go on with it, and end everything; give the exit code."""
    session: Session | None = None
    try:
        with ending_by_signals():
            session, begun = bring_up(example, environment, PACE)
            if not begun:
                say(
                    f"it runs already; end it with: .venv/bin/seatrial down examples/{example.name}"
                )
                session = None
                return 1
            show = Show(session)
            took = show.until(lambda s: s["healthy"], "it never became healthy")
            status = show.status()
            say(f"up at {status['address']} over {len(status['zones'])} zones after {took:.1f} s")
            return go_on(show)
    except Ended:
        return 130 if once() else 0
    except (NotHealed, NotRunning) as error:
        say(f"it did not heal: {error}")
        return 1
    except Mistake as mistake:
        say(f"error: {mistake}")
        return 1
    finally:
        if session:
            say("ending everything")
            session.end()

"""`make demo`: the fastapi-app over two zones under traffic; a task and the database are killed.

With ONCE=1 one pass, and the exit code says whether the truth holds; otherwise
the system stays up, under traffic, until Ctrl-C.
"""

import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from demo.traffic import Traffic, Truth
from seatrial.cli.following import Ended, ending_by_signals
from seatrial.cli.starting import bring_up, say
from seatrial.cli.table import system_table
from seatrial.local.door import NotRunning
from seatrial.local.session import Session
from seatrial.mistake import Mistake

EXAMPLE = Path(__file__).parent.parent / "examples" / "fastapi-app"
ENVIRONMENT = "staging"
STEADY = 6.0
"""Seconds of undisturbed traffic before and after each blow."""
PATIENCE = 90.0


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

    def until(self, holds: Callable[[dict[str, Any]], bool], what: str) -> float:
        """Watch until something holds; give the seconds it took."""
        began = time.monotonic()
        while True:
            status = self.status()
            if self._live:
                notes = [Text(note, style="bold yellow") for note in self.notes[-3:]]
                self._live.update(Group(system_table(status), *notes), refresh=True)
            if holds(status):
                return time.monotonic() - began
            if time.monotonic() - began > PATIENCE:
                raise NotHealed(what)
            time.sleep(0.1)

    def watch(self, seconds: float) -> None:
        """Watch for a while."""
        end = time.monotonic() + seconds
        self.until(lambda _: time.monotonic() >= end, "time itself")

    def note(self, text: str) -> None:
        """Say what is done, beneath the table or as a line."""
        self.notes.append(text)
        if not self._live:
            say(f"  {text}")

    def run(self) -> dict[str, float]:
        """Do the blows, one after the other; give the seconds to heal from each."""
        healed: dict[str, float] = {}
        self.watch(STEADY)
        task = next(
            task for task in self.status()["services"][0]["tasks"] if task["state"] == "running"
        )
        self.note(f"killing task {task['name']} in {task['zone']} (kill -9 {task['pid']})")
        os.kill(task["pid"], signal.SIGKILL)
        self.until(lambda s: not has_pid(s, task["pid"]), "the dead task is still listed")
        healed["task killed"] = self.until(lambda s: s["healthy"], "the task was not replaced")
        self.note(f"healed after {healed['task killed']:.1f} s")
        self.watch(STEADY)
        primary = writer(self.status())
        self.note(f"killing the primary database in {primary['zone']} (kill -9 {primary['pid']})")
        os.kill(primary["pid"], signal.SIGKILL)
        healed["primary killed"] = self.until(
            lambda s: s["healthy"] and writer(s)["name"] != primary["name"],
            "the standby did not take over",
        )
        self.note(
            f"the standby in {writer(self.status())['zone']} took over after "
            f"{healed['primary killed']:.1f} s"
        )
        healed["standby back"] = self.until(
            lambda s: any(
                node["role"] == "standby" and node["state"] == "running"
                for node in s["databases"][0]["nodes"]
            ),
            "the old primary did not come back as the standby",
        )
        self.watch(STEADY)
        return healed

    def live(self) -> Live:
        """Show the live table where there is a terminal."""
        self._live = Live(Text("starting"), console=Console(), auto_refresh=False)
        return self._live


def has_pid(status: dict[str, Any], pid: int) -> bool:
    """Say whether any task has this process."""
    return any(task["pid"] == pid for each in status["services"] for task in each["tasks"])


def writer(status: dict[str, Any]) -> dict[str, Any]:
    """Give the database node that takes writes."""
    nodes: list[dict[str, Any]] = status["databases"][0]["nodes"]
    return next((node for node in nodes if node["role"] == "primary"), {"name": "", "pid": 0})


def tell(truth: Truth, healed: dict[str, float]) -> None:
    """Say what was requested, failed, acknowledged and found again."""
    failures = ", ".join(f"{count} x {why}" for why, count in truth.failures.most_common())
    latencies = sorted(truth.latencies) or [0.0]
    print()
    for blow, seconds in healed.items():
        print(f"{blow:<16} {seconds:8.1f} s until whole again (measured here, at pace 60)")
    print(f"{'sign-ups':<16} {truth.sign_ups:8,}   log-ins {truth.log_ins:,}")
    print(f"{'requested':<16} {truth.requests:8,}")
    print(f"{'failed':<16} {truth.failed:8,}   {failures or 'none'}")
    print(f"{'median answer':<16} {statistics.median(latencies) * 1000:8.1f} ms")
    print(f"{'acknowledged':<16} {truth.acknowledged:8,}   writes, each under its own key")
    print(f"{'found again':<16} {truth.found:8,}")
    print(f"{'lost':<16} {truth.lost:8,}")
    print(f"{'doubled':<16} {truth.doubled:8,}")
    verdict = "Every acknowledged write is there, once." if truth.holds else "THE TRUTH IS BROKEN."
    print(verdict)


def main() -> int:
    """Bring it up, break it, tell the truth."""
    once = os.environ.get("ONCE") == "1"
    session: Session | None = None
    try:
        with ending_by_signals():
            session, begun = bring_up(EXAMPLE, ENVIRONMENT, 60.0)
            if not begun:
                say("it runs already; end it with: .venv/bin/seatrial down examples/fastapi-app")
                return 1
            return _show(session, once=once)
    except Ended:
        return 130 if once else 0
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


def _show(session: Session, *, once: bool) -> int:
    show = Show(session)
    took = show.until(lambda s: s["healthy"], "it never became healthy")
    status = show.status()
    say(f"up at {status['address']} over {len(status['zones'])} zones after {took:.1f} s")
    traffic = Traffic(status["address"])
    traffic.start()
    ended = threading.Event()
    try:
        if sys.stdout.isatty():
            with show.live():
                healed = show.run()
        else:
            healed = show.run()
        if not once:
            say("it stays up, under traffic, until Ctrl-C")
            _stay(show)
    except Ended:
        ended.set()
        healed = {}
    truth = traffic.stop()
    tell(truth, healed)
    if ended.is_set() and not once:
        return 0
    return 0 if truth.holds and healed else 1


def _stay(show: Show) -> None:
    if sys.stdout.isatty():
        with show.live():
            show.watch(float("inf"))
    while True:
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())

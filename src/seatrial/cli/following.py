"""Follow a system that comes up or runs: a live table at a terminal, else plain lines.

Ctrl-C ends the system where this command began it, and only leaves otherwise.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seatrial.cli.starting import say
from seatrial.local.door import NotRunning
from seatrial.local.session import Session, not_answering
from seatrial.mistake import Mistake

LOOK = 0.25
INTERRUPTED = 130
"""The exit code that a shell gives for Ctrl-C."""


class Ended(Exception):
    """The user or the machine asked this command to end."""


@contextmanager
def ending_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into the same end as Ctrl-C."""

    def end(_number: int, _frame: object) -> None:
        raise Ended

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def follow(session: Session, *, begun: bool, detach: bool, live: bool) -> int:
    """Follow until healthy (`detach`) or until Ctrl-C; give the exit code."""
    up = False
    try:
        with ending_by_signals():
            code = _until_healthy(session)
            if code or detach:
                if code and begun:
                    _end(session)
                return code
            up = True
            if live and sys.stdout.isatty():
                _live(session)
            else:
                _lines(session)
    except Ended:
        pass
    except Mistake:
        if begun:
            _end(session)
        raise
    except NotRunning:
        mistake = not_answering(session.store.folder)
        if begun:
            _end(session)
        raise mistake from None
    if begun:
        _end(session)
    else:
        say("left it running; end it with: seatrial down")
    return 0 if up else INTERRUPTED


def _end(session: Session) -> None:
    say("ending everything; data is kept")
    session.end()


def _until_healthy(session: Session) -> int:
    """Print what happens until all is healthy, or a deployment has failed."""
    seen = 0
    while True:
        status = session.ask({"do": "status"}, patience=30.0)
        if "starting" not in status:
            seen = _print_new(status, seen)
            asked = [each["asked"]["status"] for each in status["services"] if each["asked"]]
            if "FAILED" in asked:
                return _failed(session, seen)
            if status["healthy"]:
                say(_summary(status))
                return 0
        time.sleep(0.05)


def _failed(session: Session, seen: int) -> int:
    """Wait for a rollback to complete, then tell that the deployment failed."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = session.ask({"do": "status"}, patience=30.0)
        seen = _print_new(status, seen)
        if status["healthy"] or not any(
            each["deployment"]["status"] == "IN_PROGRESS" for each in status["services"]
        ):
            break
        time.sleep(LOOK)
    say("the new version did not become healthy")
    return 1


def _print_new(status: dict[str, Any], seen: int) -> int:
    for event in status["events"]:
        if event["number"] > seen and event["at"] >= status["since"] - 1:
            when = time.strftime("%H:%M:%S", time.localtime(event["at"]))
            say(f"{when}  {event['part']:<12} {event['text']}")
        seen = max(seen, event["number"])
    return seen


def _summary(status: dict[str, Any]) -> str:
    tasks = sum(len(each["tasks"]) for each in status["services"])
    zones = len(status["zones"])
    where = f" at {status['address']}" if status["address"] else ""
    return f"{status['system']} is up{where}: {tasks} tasks in {zones} zones, all healthy"


def _lines(session: Session) -> None:
    status = session.ask({"do": "status"})
    seen = max((each["number"] for each in status["events"]), default=0)
    while True:
        time.sleep(LOOK)
        try:
            status = session.ask({"do": "status"}, patience=30.0)
        except NotRunning:
            say("it was ended from elsewhere")
            raise Ended from None
        seen = _print_new(status, seen)


def _live(session: Session) -> None:
    from rich.live import Live

    from seatrial.cli.table import system_table

    with Live(system_table(session.ask({"do": "status"})), auto_refresh=False) as live:
        while True:
            time.sleep(LOOK)
            try:
                status = session.ask({"do": "status"}, patience=30.0)
            except NotRunning:
                say("it was ended from elsewhere")
                raise Ended from None
            live.update(system_table(status), refresh=True)

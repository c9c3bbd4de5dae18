"""The analytics example over three zones: real events, a zone lost before your eyes, the truth.

Segment's own client sends the events (`examples/analytics/load.py`). While they
come in, the consumers hang: events wait, and more consumers come, by lag. Then a
zone is lost. With
ONCE=1 one pass, and the exit code says whether every acknowledged event is in
PostgreSQL once and shown by the query API; otherwise the system stays up, under
a trickle of events, until Ctrl-C. EVENTS says how many the pass sends.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from demo.show import Show, bring_up_and, once
from seatrial.cli.following import Ended
from seatrial.cli.starting import say
from seatrial.local.store import Store

EXAMPLE = Path(__file__).parent.parent / "examples" / "analytics"
ENVIRONMENT = "production"
EVENTS = 100_000
TRICKLE = 20
"""Events a second while it stays up."""
STEADY = 3.0
"""Seconds of undisturbed traffic before the zone is lost, and while it is away."""
NO_SCALE_IN = "the consumers did not scale in"
SLOW = 300.0
"""Seconds until an event that is not stored is given up."""


class Load:
    """Events on their way in, noted in a folder: what was acknowledged, what was given up."""

    def __init__(self, address: str, store: Store, notes: Path) -> None:
        self._address = address
        self._notes = notes
        secrets = store.read("secrets.json") or {}
        self._key = secrets[f"analytics-{ENVIRONMENT}/write-key"]
        self._database: Mapping[str, Any] = json.loads(secrets[f"analytics-{ENVIRONMENT}/db"])
        self._number = 0

    @contextlib.contextmanager
    def sending(self, events: int, rate: float = 0) -> Iterator[subprocess.Popen[str]]:
        """Send events, `rate` a second (0: as fast as they are taken); end with the block."""
        self._number += 1
        asked = ["--events", str(events), "--rate", str(rate), "--days", "0"]
        asked += ["--record", str(self._notes), "--seed", str(self._number)]
        sender = self._start("send", *asked)
        try:
            yield sender
        finally:
            sender.terminate()
            sender.wait()

    def noted(self, what: str) -> int:
        """Count the events of which something was noted so far."""
        return sum(each.read_text().count("\n") for each in self._notes.glob(f"{what}-*"))

    def check(self) -> dict[str, Any]:
        """Wait for the last event, then compare with the database and the query API."""
        asked = ["--record", str(self._notes), "--wait", str(SLOW)]
        said, _ = self._start("check", *asked).communicate()
        found: dict[str, Any] = json.loads(said)
        return found

    def _start(self, do: str, *asked: str) -> subprocess.Popen[str]:
        # What is secret goes by the environment, where the process list does not show it.
        names = {"host": "HOST", "port": "PORT", "dbname": "DATABASE", "username": "USER"}
        names["password"] = "PASSWORD"
        own = {f"PG{name}": str(self._database[key]) for key, name in names.items()}
        return subprocess.Popen(
            [sys.executable, str(EXAMPLE / "load.py"), do, self._address, *asked],
            env={**os.environ, **own, "PGSSLMODE": "disable", "WRITE_KEY": self._key},
            stdout=subprocess.PIPE,
            text=True,
        )


def consumer(status: Mapping[str, Any]) -> dict[str, Any]:
    """Give the consumer's status."""
    return next(each for each in status["services"] if each["name"] == "consumer")


def lag(status: Mapping[str, Any]) -> int:
    """Give how many events wait in Kafka."""
    return int(sum(each["total"] for of in status["clusters"] for each in of["lags"]))


def blows(show: Show, load: Load) -> dict[str, float]:
    """Lose a zone in a burst of events; give the seconds to heal, and how far it scaled."""
    zone = show.status()["zones"][-1]["name"]
    least = consumer(show.status())["scaling"]["min"]
    show.note(f"nothing comes in: consumers scale in to {least}")
    show.until(lambda s: consumer(s)["desired"] == least, NO_SCALE_IN, SLOW)
    most = waiting = 0

    def all_in(status: Mapping[str, Any]) -> bool:
        nonlocal most, waiting
        most, waiting = max(most, consumer(status)["desired"]), max(waiting, lag(status))
        return sender.poll() is not None

    asked = int(os.environ.get("EVENTS", EVENTS))
    show.note(f"{asked:,} events come in, by Segment's client")
    with load.sending(asked) as sender:
        tasks = consumer(show.status())["tasks"]
        hung = [task["pid"] for task in tasks if task["state"] == "running"]
        show.note(f"the {len(hung)} consumers hang (SIGSTOP): events wait in Kafka")
        _signal(hung, signal.SIGSTOP)
        try:
            show.until(lambda s: consumer(s)["desired"] > least, "they did not scale out by lag")
        finally:
            _signal(hung, signal.SIGCONT)
        waiting = lag(show.status())
        show.note(f"{waiting:,} events wait: scaling out by lag; the hung ones go on")
        show.watch(STEADY)
        show.note(f"zone {zone} is lost: everything in it is killed, nothing starts there")
        show.session.ask({"do": "lose-zone", "zone": zone})
        lost = show.until(lambda s: s["healthy"], f"the others did not take over from {zone}")
        show.note(f"whole again without {zone} after {lost:.1f} s")
        show.watch(STEADY)
        show.session.ask({"do": "return-zone", "zone": zone})
        show.note(f"zone {zone} is back")
        show.until(all_in, "not every event was taken", SLOW)
    show.until(lambda s: s["healthy"] and not lag(s), "what was taken was not stored", SLOW)
    show.note(f"consumers were {most} at most; they scale in again")
    show.until(lambda s: consumer(s)["desired"] == least, NO_SCALE_IN, SLOW)
    return {"zone lost": lost, "least": least, "most": most, "most waiting": waiting}


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def tell(found: Mapping[str, Any], seen: Mapping[str, float]) -> None:
    """Say what was sent, acknowledged, stored and shown."""
    print()
    if seen:
        healed = seen["zone lost"]
        print(f"{'zone lost':<16} {healed:8.1f} s until whole again (measured here, at pace 60)")
        print(f"{'consumers':<16} {seen['most']:8,.0f}   at most, by lag, from {seen['least']:.0f}")
        print(f"{'waiting':<16} {seen['most waiting']:8,.0f}   events in Kafka at most")
    print(f"{'acknowledged':<16} {found['acknowledged']:8,}   events, each under its own id")
    print(f"{'given up':<16} {found['given_up']:8,}   by the client, so never acknowledged")
    print(f"{'missing':<16} {found['missing']:8,}   of the acknowledged")
    print(f"{'stored':<16} {found['stored']:8,}   with those of earlier runs")
    print(f"{'stored twice':<16} {found['twice']:8,}")
    print(f"{'shown':<16} {found.get('shown', 0):8,}   by the query API")
    print("Every acknowledged event is there, once." if found["true"] else "THE TRUTH IS BROKEN.")


def under_events(show: Show) -> int:
    """Break it under events and tell the truth."""
    seen: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="seatrial-events-") as folder:
        load = Load(show.status()["address"], show.session.store, Path(folder))
        try:
            with show.live():
                seen = blows(show, load)
            if not once():
                say(f"the dashboard: {show.status()['address']}; it stays up until Ctrl-C")
                with load.sending(10**9, TRICKLE):
                    show.stay()
        except Ended:
            if once():
                raise
        found = load.check()
    tell(found, seen)
    return 0 if found["true"] else 1


if __name__ == "__main__":
    sys.exit(bring_up_and(EXAMPLE, ENVIRONMENT, under_events))

"""Kill everything, twenty times each, under traffic: python -m benchmarks.kills [SYSTEM].

Every process that `status` lists (each task, database and cache node, broker,
Envoy, ministack, warden, supervisor) is killed with -9 in turn, and the system
has to become whole again by itself. Bar: no acknowledged write or event lost or
doubled; failed requests are reported, not hidden. Exit code 1 when it does not
hold. SYSTEM is fastapi-app (requests) or analytics (events by Segment's client,
which tries again by itself: what failed is what it gave up).
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from demo.analytics import Load
from demo.traffic import Traffic
from seatrial.local.store import Store
from tests.local.running import Running, running


class Requests:
    """The fastapi-app's traffic."""

    environment = "staging"

    def __init__(self, system: Running, rate: float) -> None:
        self._traffic = Traffic(system.until(whole, "it did not come up")["address"], 8, rate)
        self._traffic.start()

    def failed(self) -> int:
        """Count the requests without a good answer so far."""
        return self._traffic.truth.failed

    def finish(self) -> tuple[str, bool]:
        """End it; tell what became of everything, and whether it holds."""
        truth = self._traffic.stop()
        told = (
            f"requested {truth.requests:,}, failed {truth.failed:,} ({dict(truth.failures)}), "
            f"acknowledged {truth.acknowledged:,}, found {truth.found:,}, lost {truth.lost}, "
            f"doubled {truth.doubled}"
        )
        return told, truth.holds


class Events:
    """The events that come in to analytics."""

    environment = "production"

    def __init__(self, system: Running, rate: float) -> None:
        address = system.until(whole, "it did not come up")["address"]
        self._load = Load(address, Store(system.state), system.folder / "noted")
        self._sending = ExitStack()
        self._sending.enter_context(self._load.sending(10**9, rate))

    def failed(self) -> int:
        """Count the events that the client gave up so far."""
        return self._load.noted("given-up")

    def finish(self) -> tuple[str, bool]:
        """End it; tell what became of everything, and whether it holds."""
        self._sending.close()
        found = self._load.check()
        return ", ".join(f"{key} {value}" for key, value in found.items()), found["true"]


TRAFFIC: dict[str, type[Requests] | type[Events]] = {"fastapi-app": Requests, "analytics": Events}
STORES = ("databases", "caches", "clusters")


def victims(status: dict[str, Any]) -> dict[str, int]:
    """Give every process that is listed, by what it is."""
    found = {}
    for service in status["services"]:
        for number, task in enumerate(service["tasks"]):
            found[f"{service['name']} {number + 1}"] = task["pid"]
    for store in STORES:
        for part in status[store]:
            for node in part["nodes"]:
                # A role moves; what is killed is whoever has it, but for brokers, which are alike.
                role = node["name"] if store == "clusters" else f"{part['name']} {node['role']}"
                found[role] = node["pid"]
    for engine in status["engines"]:
        found[engine["name"]] = engine["pid"]
    return found


def whole(status: dict[str, Any]) -> bool:
    """Say whether nothing is missing and status lists it."""
    nodes = [node["state"] for store in STORES for part in status[store] for node in part["nodes"]]
    engines = [engine["pid"] for engine in status["engines"]]
    return bool(status["healthy"]) and set(nodes) == {"running"} and all(engines)


def alive(pid: int) -> bool:
    """Say whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_once(system: Running, name: str) -> tuple[float, int]:
    """Kill one process and wait until all is whole; give the seconds and the untrue answers."""
    status = system.until(whole, "it is not whole before the next kill")
    victim = victims(status)[name]
    os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    system.until(lambda s: victim not in victims(s).values(), f"{name} is still listed")
    status = system.until(whole, f"it did not heal from the loss of {name}")
    took = time.monotonic() - began
    untrue = sum(not alive(pid) for pid in victims(status).values())
    return took, untrue


def main() -> int:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", nargs="?", choices=TRAFFIC, default="fastapi-app")
    parser.add_argument("--count", type=int, default=20, help="kills of each process")
    parser.add_argument("--rate", type=float, default=40.0, help="requests or events a second")
    options = parser.parse_args()
    under = TRAFFIC[options.system]
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), options.system, under.environment) as system,
    ):
        traffic = under(system, options.rate)
        names = [
            name
            for name in victims(system.until(whole, "it is not whole under traffic"))
            # Scaling may take a task away: of a service the first two are killed.
            if not name.split()[-1].isdigit() or int(name.split()[-1]) <= 2
        ]
        print(f"{'killed':<18}{'times':>6}{'healed, median':>16}{'slowest':>10}{'failed':>9}")
        untrue = 0
        for name in names:
            failed = traffic.failed()
            seconds = []
            for _ in range(options.count):
                took, wrong = kill_once(system, name)
                seconds.append(took)
                untrue += wrong
            failed = traffic.failed() - failed
            print(
                f"{name:<18}{options.count:>6}{statistics.median(seconds):>14.1f} s"
                f"{max(seconds):>8.1f} s{failed:>9}",
                flush=True,
            )
        told, holds = traffic.finish()
    print(f"{told}; untrue lines of status {untrue}")
    return 0 if holds and not untrue else 1


if __name__ == "__main__":
    sys.exit(main())

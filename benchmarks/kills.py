"""Kill everything, twenty times each, under traffic: python -m benchmarks.kills [--count 20].

Every process that `status` lists (each task, primary, standby, Envoy, ministack,
warden, supervisor) is killed with -9 in turn, and the system has to become whole
again by itself. Bar: no acknowledged write lost or doubled; failed requests are
reported, not hidden. Exit code 1 when it does not hold.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from demo.traffic import Traffic
from tests.local.running import Running, running


def victims(status: dict[str, Any]) -> dict[str, int]:
    """Give every process that is listed, by what it is."""
    found = {}
    for number, task in enumerate(status["services"][0]["tasks"]):
        found[f"task {number + 1}"] = task["pid"]
    for node in status["databases"][0]["nodes"]:
        found[node["role"]] = node["pid"]
    for engine in status["engines"]:
        found[engine["name"]] = engine["pid"]
    return found


def whole(status: dict[str, Any]) -> bool:
    """Say whether nothing is missing and status lists it."""
    nodes = [node["state"] for node in status["databases"][0]["nodes"]]
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
    parser.add_argument("--count", type=int, default=20, help="kills of each process")
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "fastapi-app", "staging") as system,
    ):
        status = system.until(whole, "it did not come up")
        names = list(victims(status))
        traffic = Traffic(status["address"], clients=8, rate=options.rate)
        traffic.start()
        print(f"{'killed':<14}{'times':>6}{'healed, median':>16}{'slowest':>10}{'failed':>9}")
        untrue = 0
        for name in names:
            failed = traffic.truth.failed
            seconds = []
            for _ in range(options.count):
                took, wrong = kill_once(system, name)
                seconds.append(took)
                untrue += wrong
            failed = traffic.truth.failed - failed
            print(
                f"{name:<14}{options.count:>6}{statistics.median(seconds):>14.1f} s"
                f"{max(seconds):>8.1f} s{failed:>9}",
                flush=True,
            )
        truth = traffic.stop()
    print(
        f"requested {truth.requests:,}, failed {truth.failed:,} ({dict(truth.failures)}), "
        f"acknowledged {truth.acknowledged:,}, found {truth.found:,}, lost {truth.lost}, "
        f"doubled {truth.doubled}; untrue lines of status {untrue}"
    )
    return 0 if truth.holds and not untrue else 1


if __name__ == "__main__":
    sys.exit(main())

"""The local cloud against plain programs: python -m benchmarks.local [--pairs 10].

1. requests/s through the local load balancer, against a bare Envoy with the same two tasks;
2. from `up` to all targets healthy, against a script that starts the same programs side by side;
3. the supervisor's share of one core at 20 tasks.

Alternating pairs, medians; exit code 1 when a bar does not hold. Needs `wrk`
(Debian: apt-get install wrk; macOS: brew install wrk).
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.side_by_side import BareEnvoy, start_side_by_side
from tests.local.running import EXAMPLES, Running, running

LEAST_THROUGHPUT = 0.9
MOST_START = 1.3
MOST_SUPERVISOR = 3.0
SECONDS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def wrk(address: str) -> float:
    """Give the requests a second that 32 connections get answered."""
    done = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{SECONDS}s", f"{address}/healthz"],
        capture_output=True,
        text=True,
        check=True,
    )
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found
    return float(found[1])


def throughput(pairs: int) -> bool:
    """Compare requests/s; the tasks' CPU limits are out of reach, so that Envoy's work shows."""
    with tempfile.TemporaryDirectory() as folder, unlimited(Path(folder)) as system:
        targets = [task["address"] for task in system.tasks()]
        address = system.status()["address"]
        with BareEnvoy(Path(folder), targets) as bare:
            ours, theirs = [], []
            wrk(address), wrk(bare.address)
            for _ in range(pairs):
                ours.append(wrk(address))
                theirs.append(wrk(bare.address))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return verdict(
        "requests/s, local load balancer / bare Envoy",
        f"{statistics.median(ours):,.0f} / {statistics.median(theirs):,.0f}",
        ratios,
        at_least=LEAST_THROUGHPUT,
    )


@contextmanager
def unlimited(folder: Path) -> Iterator[Running]:
    """Run the example with tasks that no limit holds on this machine."""
    with (
        copied(folder, "cpu=512, memory=1024", "cpu=4096, memory=8192") as source,
        running_copy(source) as system,
    ):
        yield system


@contextmanager
def copied(folder: Path, old: str, new: str) -> Iterator[Path]:
    """Copy the example with one text changed."""
    target = folder / "changed"
    shutil.copytree(
        EXAMPLES / "fastapi-app", target, ignore=shutil.ignore_patterns(".seatrial", "__pycache__")
    )
    file = target / "system.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    yield target


@contextmanager
def running_copy(source: Path) -> Iterator[Running]:
    """Run a system from its own folder and end it."""
    system = Running(source, "staging")
    try:
        system.up()
        yield system
    finally:
        system.seatrial("down", "--env", "staging", code=None)


def start(pairs: int) -> bool:
    """Compare the time from nothing to all targets healthy."""
    ours, theirs = [], []
    for number in range(pairs + 1):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            with running(Path(folder), "fastapi-app", "staging"):
                took = time.monotonic() - began
        with tempfile.TemporaryDirectory() as folder:
            plain = start_side_by_side(Path(folder))
        if number:  # the first of each warms the caches
            ours.append(took)
            theirs.append(plain)
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return verdict(
        "from nothing to healthy, up / plain script",
        f"{statistics.median(ours):.2f} s / {statistics.median(theirs):.2f} s",
        ratios,
        at_most=MOST_START,
    )


def supervisor() -> bool:
    """Measure the supervisor's CPU over 30 quiet seconds with 20 tasks."""
    with (
        tempfile.TemporaryDirectory() as folder,
        copied(Path(folder), "tasks=Scale(min=2, max=6", "tasks=Scale(min=20, max=20") as source,
        running_copy(source) as system,
    ):
        status = system.status()
        assert len(status["services"][0]["tasks"]) == 20
        pid = next(e["pid"] for e in status["engines"] if e["name"] == "supervisor")
        time.sleep(5)
        shares = []
        for _ in range(3):
            before, began = cpu(pid), time.monotonic()
            time.sleep(10)
            shares.append(100 * (cpu(pid) - before) / (time.monotonic() - began))
    share = statistics.median(shares)
    good = share <= MOST_SUPERVISOR
    print(
        f"supervisor at 20 tasks: {share:.1f} % of one core "
        f"({', '.join(f'{each:.1f}' for each in shares)}); at most {MOST_SUPERVISOR:g}: "
        f"{'holds' if good else 'BROKEN'}",
        flush=True,
    )
    return good


def cpu(pid: int) -> float:
    """Give the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def verdict(
    what: str,
    medians: str,
    ratios: list[float],
    at_least: float | None = None,
    at_most: float | None = None,
) -> bool:
    """Print one comparison and say whether its bar holds."""
    ratio = statistics.median(ratios)
    good = ratio >= at_least if at_least is not None else ratio <= (at_most or 0.0)
    bar = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    print(
        f"{what}: {medians}; median of ratios {ratio:.2f} "
        f"(from {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs); {bar}: "
        f"{'holds' if good else 'BROKEN'}",
        flush=True,
    )
    return good


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("only", nargs="*", help="throughput, start, supervisor; default all")
    options = parser.parse_args()
    chosen = options.only or ["throughput", "start", "supervisor"]
    if "throughput" in chosen and not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk (Debian), brew install wrk (macOS)")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = {
        "throughput": lambda: throughput(options.pairs),
        "start": lambda: start(options.pairs),
        "supervisor": supervisor,
    }
    results = {name: runs[name]() for name in chosen}
    print(json.dumps(results))
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

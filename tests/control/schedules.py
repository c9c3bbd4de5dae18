"""Run random schedules of failures through the control modules in virtual time.

    python -m tests.control.schedules --count 10000 [--seed N]

Schedule N is the same on every machine. A breach prints its seed and how to replay it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.control.cache_world import CacheWorld
from tests.control.database_world import DatabaseWorld
from tests.control.service_world import ServiceWorld
from tests.control.world import REAL, Breach, Decisions, Figures


@dataclass
class Outcome:
    """What a run of schedules saw: counts of what happened, and the breach of each bad seed."""

    schedules: int = 0
    figures: Figures = field(default_factory=Figures)
    breaches: dict[int, Breach] = field(default_factory=dict)


def run_schedule(seed: int, decisions: Decisions = REAL) -> Figures:
    """Run one schedule, of a service, a database and a cache, and count what happened in it."""
    worlds = (ServiceWorld, DatabaseWorld, CacheWorld)
    return sum((world(seed, decisions).run() for world in worlds), Figures())


def run_schedules(seeds: Iterable[int], decisions: Decisions = REAL) -> Outcome:
    """Run many schedules; a breach ends its schedule, not the run."""
    outcome = Outcome()
    for seed in seeds:
        outcome.schedules += 1
        try:
            outcome.figures.update(run_schedule(seed, decisions))
        except Breach as breach:
            outcome.breaches[seed] = breach
    return outcome


def replay(seed: int) -> str:
    """Say how to run one schedule again."""
    return f"python -m tests.control.schedules --count 1 --seed {seed}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.control.schedules")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    chosen = parser.parse_args(arguments)
    begun = time.process_time()
    outcome = run_schedules(range(chosen.seed, chosen.seed + chosen.count))
    spent = time.process_time() - begun
    for name, count in sorted(outcome.figures.items()):
        print(f"{count:10,}  {name}")
    print(f"{outcome.schedules:,} schedules in {spent:.1f} s of CPU time")
    for seed, breach in outcome.breaches.items():
        print(f"seed {seed}: {breach}\n    again: {replay(seed)}")
    print(f"{len(outcome.breaches)} breaches")
    return 1 if outcome.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A spike of ten times the load: python -m benchmarks.scaling [--out curve.svg].

`analytics` runs as `up` runs it, in production's shape, but each consumer task is
slow on purpose (a pause after each batch): how tasks follow the load is looked at,
not how fast one is. Load comes in by Segment's client; a spike of ten times brings
the consumers from their start to their maximum by lag per task, and back.

Three courses are told apart. *Measured*: what was seen here, at pace 60. *Replayed
at pace 60*: the same load through the same decisions in virtual time, with the
measured rate and start of a task; how far it is from what was measured says how
good the replay is. *Replayed in AWS time*: the same at AWS's timers, with 30 s
assumed for the start of a Fargate task on top. The last one is drawn.
Exit code 1 when the consumers did not go from start to maximum and back.
"""

import argparse
import itertools
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.curve import Course, draw
from benchmarks.kills import whole
from demo.analytics import Load, consumer, lag
from seatrial.control.tracking import Bounds, TargetTracking, TrackingRule
from seatrial.graph import Graph
from seatrial.language.loading import load as load_system
from seatrial.local.autoscaling import POLICY, TARGET
from seatrial.local.pace import Pace
from seatrial.local.store import Store
from seatrial.lower import lower
from tests.local.running import EXAMPLES, Running, running

BASE, TIMES = 100.0, 10
"""Events a second, and how many times that the spike is."""
SLOW = (
    ("BATCH = 5000", "BATCH = 50"),
    (
        "        new = table.store(batch, before, moved, refuse)\n",
        "        new = table.store(batch, before, moved, refuse)\n        time.sleep(0.5)\n",
    ),
)
"""What makes a consumer slow: about a hundred events a second."""
CALM, HELD = 5.0, 10.0
"""Seconds of the base load before the spike, and of the spike once all tasks run."""
PACE = 60
FARGATE_START = 30.0
"""Assumed seconds until a Fargate task runs: AWS gives no figure. Measured starts come on top."""
MINUTE = 60.0
AWS_SPIKE = 30 * MINUTE
"""How long the spike lasts in AWS time: with a shorter one the maximum is not reached."""
NO_END = 6 * 3600.0


@dataclass(frozen=True)
class Sample:
    """One look at the running system; seconds since the base load began."""

    at: float
    taken: int
    lag: int
    desired: int
    running: int


class Watch:
    """Looks at the running system and keeps what it saw."""

    def __init__(self, system: Running, load: Load) -> None:
        self._system = system
        self._load = load
        self._began = time.monotonic()
        self.samples: list[Sample] = []

    def look(self) -> Sample:
        """Look once."""
        status = self._system.status()
        service = consumer(status)
        seen = Sample(
            time.monotonic() - self._began,
            self._load.noted("acknowledged"),
            lag(status),
            service["desired"],
            service["running"],
        )
        self.samples.append(seen)
        return seen

    def until(self, holds: Callable[[Sample], object], seconds: float = 400.0) -> Sample:
        """Look until something holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds(seen := self.look()):
                return seen
            time.sleep(0.5)
        raise SystemExit(f"the consumers did not follow: {self.samples[-1]}")


@dataclass(frozen=True)
class World:
    """What a replay takes as given."""

    rule: TrackingRule
    bounds: Bounds
    first: int
    rates: tuple[float, float]
    """Events a second that one task stores: in the spike, and after it."""
    start: float
    """Seconds from a decision until the new tasks store events."""


def tracking(graph: Graph, pace: Pace) -> tuple[TrackingRule, Bounds]:
    """Read the consumer's policy and bounds from the graph, its timers paced."""
    target = next(each for each in graph.of(TARGET) if each.id.startswith("Consumer"))
    policy = next(
        each for each in graph.of(POLICY) if each.properties["ScalingTargetId"].id == target.id
    )
    told = policy.properties["TargetTrackingScalingPolicyConfiguration"]
    rule = TrackingRule(
        "lag per task",
        told["TargetValue"],
        pace.timer(told["ScaleOutCooldown"]),
        pace.timer(told["ScaleInCooldown"]),
        pace.timer(MINUTE),
    )
    return rule, Bounds(target.properties["MinCapacity"], target.properties["MaxCapacity"])


def replay(world: World, loads: Sequence[tuple[float, float]], step: float) -> Iterator[Course]:
    """Play a load, as (from when, events a second), until all is calm at the minimum."""
    policy = TargetTracking(world.rule)
    desired = running = world.first
    coming: list[tuple[float, int]] = []
    waiting = now = 0.0
    next_look = world.rule.period
    while now < NO_END:
        while coming and coming[0][0] <= now:
            running = min(desired, running + coming.pop(0)[1])
        if now >= next_look:
            next_look += world.rule.period
            policy.observe(now, waiting / max(1, running))
            decision = policy.decide(now, desired, world.bounds)
            if decision:
                if decision.desired > desired:
                    coming.append((now + world.start, decision.desired - desired))
                else:
                    running = min(running, decision.desired)
                desired = decision.desired
        yield Course(now, waiting, desired, running)
        load = [rate for begin, rate in loads if begin <= now][-1]
        rate = world.rates[now > loads[-1][0]]
        if now > loads[-1][0] and waiting == 0 and desired == world.bounds.minimum:
            return
        waiting = max(0.0, waiting + (load - running * rate) * step)
        now += step


def times(course: Sequence[Course], spike: float, calm: float, world: World) -> dict[str, float]:
    """Give the seconds from the spike to the maximum, and from its end to the minimum."""
    most = next(each.at for each in course if each.desired == world.bounds.maximum)
    least = next(
        each.at for each in course if each.at > calm and each.desired == world.bounds.minimum
    )
    full = next(each.at for each in course if each.running >= world.bounds.maximum)
    return {"asked": most - spike, "running": full - spike, "back": least - calm}


def live(home: Path) -> tuple[list[Sample], float, float]:
    """Drive the running system; give what was seen, and when the spike began and ended."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "analytics", "production", home=home) as system,
    ):
        address = system.until(whole, "it did not come up")["address"]
        load = Load(address, Store(system.state), system.folder / "noted")
        watch = Watch(system, load)
        with load.sending(10**9, BASE):
            start = time.monotonic()
            first = watch.look()
            watch.until(lambda _: time.monotonic() > start + CALM)
            spike = watch.samples[-1].at
            with load.sending(10**9, BASE * (TIMES - 1)):
                bounds = tracking(graph_of(home), Pace(1))[1]
                full = watch.until(lambda s: s.running >= bounds.maximum)
                watch.until(lambda s: s.at > full.at + HELD)
            calm = watch.samples[-1].at
            watch.until(lambda s: s.desired == bounds.minimum)
        print(f"from {first.desired} tasks; {watch.samples[-1].taken:,} events taken")
        return watch.samples, spike, calm


def graph_of(home: Path) -> Graph:
    """Give the graph of analytics in production."""
    return lower(load_system(home / "analytics").in_environment("production"))


def measured(
    samples: Sequence[Sample], calm: float, maximum: int
) -> tuple[tuple[float, float], float]:
    """Give what one task stores a second, in and after the spike, and the seconds to start one."""
    full = [each for each in samples if each.running >= maximum and each.at < calm]
    after = [each for each in samples if each.at >= calm and each.lag]
    starts = []
    for before, here in itertools.pairwise(samples):
        if here.desired > before.desired:
            there = (each for each in samples if each.at >= here.at)
            starts.append(next(each.at for each in there if each.running >= here.desired) - here.at)
    return (stored(full), stored(after)), statistics.median(starts)


def stored(samples: Sequence[Sample]) -> float:
    """Give what one task stored a second over some samples in a row."""
    tasks = sum((b.at - a.at) * a.running for a, b in itertools.pairwise(samples))
    first, last = samples[0], samples[-1]
    return ((last.taken - last.lag) - (first.taken - first.lag)) / tasks


def main() -> int:
    """Run it, print what was seen and draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="draw the curve in AWS time into this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        skipped = shutil.ignore_patterns(".seatrial", "__pycache__", ".venv", "tests")
        shutil.copytree(EXAMPLES / "analytics", home / "analytics", ignore=skipped)
        code = home / "analytics/services/consumer/consumer/pipeline.py"
        for old, new in SLOW:
            text = code.read_text()
            assert old in text, old
            code.write_text(text.replace(old, new))
        samples, spike, calm = live(home)
        graph = graph_of(home)
    rule, bounds = tracking(graph, Pace(PACE))
    rates, start = measured(samples, calm, bounds.maximum)
    here = World(rule, bounds, samples[0].desired, rates, start)
    # On Fargate no task takes another's processor: each stores what it does when few others run.
    there = World(
        tracking(graph, Pace(1))[0], bounds, here.first, (rates[1],) * 2, FARGATE_START + start
    )
    tell(samples, spike, calm, here, there, options.out)
    return 0


def tell(
    samples: Sequence[Sample],
    spike: float,
    calm: float,
    here: World,
    there: World,
    out: Path | None,
) -> None:
    """Print the three courses, and draw the last one."""
    seen = [Course(each.at, each.lag, each.desired, each.running) for each in samples]
    high = BASE * TIMES
    again = list(replay(here, [(0.0, BASE), (spike, high), (calm, BASE)], 0.1))
    aws_spike = 5 * MINUTE
    aws = list(replay(there, [(0.0, BASE), (aws_spike, high), (aws_spike + AWS_SPIKE, BASE)], 1.0))
    print(
        f"load {BASE:.0f} events/s, {high:.0f} in the spike; a task stores "
        f"{here.rates[0]:.0f}/s, once the spike is over {here.rates[1]:.0f}/s"
    )
    print(f"a task starts in {here.start:.1f} s (measured), on Fargate {FARGATE_START:.0f} s more")
    rows: list[tuple[str, Any]] = [
        ("measured, pace 60", times(seen, spike, calm, here)),
        ("replayed, pace 60", times(again, spike, calm, here)),
        ("replayed, AWS time", times(aws, aws_spike, aws_spike + AWS_SPIKE, there)),
    ]
    print(f"{'':<20}{'maximum asked':>16}{'all running':>16}{'back at minimum':>18}")
    for name, row in rows:
        print(f"{name:<20}{row['asked']:>14.0f} s{row['running']:>14.0f} s{row['back']:>16.0f} s")
    for name, course in (("measured", seen), ("replayed, AWS time", aws)):
        print(f"{name}: at most {max(each.waiting for each in course):,.0f} events waited")
    if out:
        out.write_text(draw(aws, aws_spike, aws_spike + AWS_SPIKE, there.rule.target))
        print(f"drawn: {out}")


if __name__ == "__main__":
    sys.exit(main())

"""Roll out and scale in under 200 requests a second: python -m benchmarks.rollouts [--count 20].

Twenty rolling deployments of changed code, then twenty scale-ins from four tasks
to two. Bar: no request fails. Exit code 1 when one does.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.kills import whole
from benchmarks.steady import Steady
from tests.local.running import Running, running

READY = '    return {"status": "ok"}'
RATE = 200.0


def roll(system: Running, number: int) -> None:
    """Deploy one change of the code."""
    file = system.folder / "app/app/routes.py"
    text = file.read_text()
    line = next(line for line in text.splitlines() if line.startswith('    return {"status": "ok"'))
    file.write_text(text.replace(line, f'    return {{"status": "ok", "version": "{number}"}}'))
    system.up()


def scale(system: Running, low: int) -> None:
    """Change the least number of tasks, so that scaling brings it there."""
    file = system.folder / "system.py"
    text = file.read_text()
    for old in (2, 4):
        text = text.replace(f"tasks=Scale(min={old}, max=6", f"tasks=Scale(min={low}, max=6")
    file.write_text(text)
    system.up()
    system.until(
        lambda s: len(s["services"][0]["tasks"]) == low == s["services"][0]["running"],
        f"it did not come to {low} tasks",
    )


def main() -> int:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="deployments, and scale-ins")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "fastapi-app", "staging") as system,
    ):
        status = system.until(whole, "it did not come up")
        traffic = Steady(status["address"], RATE)
        traffic.start()
        began = time.monotonic()
        for number in range(options.count):
            roll(system, number)
        rolled = traffic.counts()
        print(
            f"{options.count} rolling deployments in {time.monotonic() - began:.0f} s: "
            f"{rolled.requests:,} requests, {rolled.failed} failed",
            flush=True,
        )
        began = time.monotonic()
        for _ in range(options.count):
            scale(system, 4)
            scale(system, 2)
        total = traffic.stop()
        print(
            f"{options.count} scale-ins (and scale-outs) in {time.monotonic() - began:.0f} s: "
            f"{total.requests - rolled.requests:,} requests, "
            f"{total.failed - rolled.failed} failed"
        )
    print(f"achieved {total.rate:.0f} requests/s; failures: {dict(total.failures) or 'none'}")
    return 0 if total.failed == 0 and total.rate > 0.9 * RATE else 1


if __name__ == "__main__":
    sys.exit(main())

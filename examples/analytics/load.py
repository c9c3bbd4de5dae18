"""Visitors of a shop that does not exist, sent with Segment's own client; and the truth after.

    pip install segment-analytics-python "psycopg[binary]"
    python load.py send http://127.0.0.1:8080 --write-key KEY --events 100000 --record noted
    python load.py check http://127.0.0.1:8000 --record noted       # libpq reads PG*

`send` notes the id of every event under `noted/`: when its batch was answered 200
(`acknowledged`), or when the client gave up (`given-up`). The client tries again after
a network error, 408, 429 or 5xx (at once, then after 0.5 s, 1 s, 2 s ... 60 s, ten times),
halts as long as Retry-After says where there is one, and gives up on other answers; it
tells only of what it gave up, so acknowledgements are noted around its own request.
`check` waits until all that was acknowledged is in the database, and compares.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

Event = dict[str, Any]

PRODUCTS = {"Lamp": 49, "Desk": 320, "Chair": 180, "Shelf": 95, "Rug": 140, "Clock": 35, "Vase": 28}
SOURCES = ("search", "newsletter", "social", "direct", "partner")
COUNTRIES = ("DE", "US", "FR", "BR", "JP", "IN", "NG")
PLANS = ("free", "plus", "pro")
# What a visitor does, and how many go on from one to the next.
STEPS = (
    ("Product Viewed", 1.0),
    ("Product Added", 0.55),
    ("Checkout Started", 0.6),
    ("Order Completed", 0.7),
)
QUEUE = 2000
"""Events that may wait in the client: more would only grow old there."""


def visits(choose: random.Random, days: int, number: int) -> Iterator[Event]:
    """Give events without end: visits of people who come back ever more seldom."""
    people = 0
    while True:
        people += 1
        person = f"user-{number}-{people}"
        traits = {"plan": choose.choices(PLANS, (6, 3, 1))[0], "country": choose.choice(COUNTRIES)}
        source = choose.choices(SOURCES, (5, 2, 3, 4, 1))[0]
        first = days * choose.random() ** 0.8  # days ago
        ago, chance = first, 1.0
        while ago > 0:
            if choose.random() < chance:
                yield from _visit(choose, person, traits, source, ago, ago == first)
            ago -= choose.uniform(0.8, 1.2)
            chance = 0.5 / (1 + 0.6 * (first - ago))
        if not days:
            yield from _visit(choose, person, traits, source, 0.0, True)


def _visit(
    choose: random.Random, person: str, traits: Event, source: str, ago: float, new: bool
) -> Iterator[Event]:
    now = datetime.now(UTC)
    when = now - timedelta(days=ago, seconds=0 if ago else 2)
    context = {"campaign": {"source": source}, "locale": traits["country"]}
    common = {"user_id": person, "context": context}
    if new:
        yield {"call": "identify", "traits": traits, "timestamp": when, **common}
    product, price = choose.choice(list(PRODUCTS.items()))
    where = {"path": f"/{product.lower()}", "title": product}
    yield {"call": "page", "name": product, "properties": where, "timestamp": when, **common}
    sold = {"product": product, "price": price, "plan": traits["plan"]}
    for name, chance in STEPS:
        if choose.random() > chance:
            return
        when = min(when + timedelta(seconds=choose.expovariate(1 / 40 if ago else 5)), now)
        yield {"call": "track", "event": name, "properties": sold, "timestamp": when, **common}


def send(asked: argparse.Namespace, number: int) -> None:
    """Send one worker's share and note what became of it."""
    from segment.analytics.client import Client  # noqa: PLC0415  `check` does without it

    asked.record.mkdir(parents=True, exist_ok=True)
    with (
        (asked.record / f"acknowledged-{number}").open("a") as acknowledged,
        (asked.record / f"given-up-{number}").open("a") as given_up,
    ):

        def note(file: Any, batch: list[Event]) -> None:
            file.write("".join(f"{each['messageId']}\n" for each in batch))
            file.flush()

        client = Client(
            asked.write_key,
            host=asked.url,
            gzip=asked.gzip,
            max_queue_size=2 * QUEUE,
            on_error=lambda _, batch: note(given_up, batch),
        )
        for consumer in client.consumers:
            consumer.request = _noted(consumer.request, lambda batch: note(acknowledged, batch))
        share = asked.events // asked.workers + (number < asked.events % asked.workers)
        choose = random.Random(asked.seed + number)
        began, named = time.monotonic(), f"{asked.seed}-{number}"
        for count, event in enumerate(visits(choose, asked.days, f"{named}"), 1):
            if not _pace(client.queue, asked.rate / asked.workers, began, count):
                return  # whoever asked for this is gone
            queued, message = getattr(client, event.pop("call"))(**event)
            if not queued:
                note(given_up, [message])
            if count == share:
                break
        client.shutdown()


def _noted(request: Callable[[Any], Any], note: Callable[[Any], None]) -> Callable[[Any], Any]:
    def noted(batch: Any) -> Any:
        answer = request(batch)
        note(batch)
        return answer

    return noted


def _pace(queue: Any, rate: float, began: float, count: int) -> bool:
    """Wait for the next event's turn; say whether there is still somebody who asked for it."""
    while queue.qsize() >= QUEUE:
        time.sleep(0.01)
        if not _asked():
            return False
    if rate:
        time.sleep(max(0.0, began + count / rate - time.monotonic()))
        return _asked()
    return bool(count % 100) or _asked()


def _asked() -> bool:
    parent = parent_process()
    return parent is None or parent.is_alive()


def _ids(record: Path, kind: str) -> list[str]:
    return [line for file in sorted(record.glob(f"{kind}-*")) for line in file.read_text().split()]


def check(asked: argparse.Namespace) -> dict[str, Any]:
    """Compare what was acknowledged with the database and the query API."""
    import psycopg  # noqa: PLC0415  `send` does without it

    acknowledged = _ids(asked.record, "acknowledged")
    found: dict[str, Any] = {
        "acknowledged": len(acknowledged),
        "given_up": len(_ids(asked.record, "given-up")),
    }
    with psycopg.connect(autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE acknowledged (message_id text)")
        with connection.cursor().copy("COPY acknowledged FROM STDIN") as copy:
            for each in acknowledged:
                copy.write_row((each,))
        deadline = time.monotonic() + asked.wait
        while True:
            (found["missing"],) = connection.execute(
                "SELECT count(*) FROM (SELECT message_id FROM acknowledged"
                " EXCEPT SELECT message_id FROM events) AS missing"
            ).fetchone()
            if not found["missing"] or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        (found["stored"], distinct) = connection.execute(
            "SELECT count(*), count(DISTINCT message_id) FROM events"
        ).fetchone()
        found["twice"] = found["stored"] - distinct
        first, last = connection.execute(
            'SELECT min("timestamp"), max("timestamp") + interval \'1 s\' FROM events'
        ).fetchone()
    if first is not None:
        found["shown"] = _shown(asked.url, first, last, found["stored"], deadline)
    found["true"] = (
        not found["missing"] and not found["twice"] and (found.get("shown", 0) == found["stored"])
    )
    return found


def _shown(url: str, first: datetime, last: datetime, wanted: int, deadline: float) -> int:
    """Ask the query API for its total until the reader has caught up."""
    period = urlencode({"from": first.isoformat(), "to": last.isoformat()})
    while True:
        with urlopen(f"{url}/query/counts?{period}", timeout=30) as answer:
            shown = int(json.load(answer)["data"]["events"])
        if shown == wanted or time.monotonic() > deadline:
            return shown
        time.sleep(1)


def main() -> int:
    """Do what the command line asks; the exit code is the truth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("do", choices=["send", "check"])
    parser.add_argument("url")
    parser.add_argument("--record", type=Path, default=Path("noted"))
    parser.add_argument("--write-key", default=os.environ.get("WRITE_KEY", ""))
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0, help="events a second; 0 is all at once")
    parser.add_argument("--days", type=int, default=14, help="how long ago visits began; 0 is now")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--wait", type=float, default=60, help="seconds to wait for the last event")
    asked = parser.parse_args()
    asked.url = asked.url.rstrip("/")
    if asked.do == "check":
        found = check(asked)
        print(json.dumps(found))
        return 0 if found["true"] else 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # daemons end with us
    workers = [
        get_context("spawn").Process(target=send, args=(asked, each), daemon=True)
        for each in range(asked.workers)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    print(
        json.dumps({each: len(_ids(asked.record, each)) for each in ("acknowledged", "given-up")})
    )
    return max(each.exitcode or 0 for each in workers)


if __name__ == "__main__":
    sys.exit(main())

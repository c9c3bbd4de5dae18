"""What the query API and the dashboard show of a shop's events is what the database holds."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest

from tests.examples.analytics.site import serve_site
from tests.examples.analytics.stack import ANALYTICS, WRITE_KEY, Program, Stack, wait_until

pytestmark = pytest.mark.engine
EVENTS = 4000
STEPS = ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"]
CHROMIUM = "/usr/bin/chromium"
# Without these, Chromium asks the Internet for its own affairs.
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"


@dataclass
class Shop:
    """A running application with some days of a shop's events."""

    stack: Stack
    api: str
    site: str
    redis: Program
    rows: list[dict[str, Any]]

    def ask(self, question: str, **values: Any) -> Any:
        period = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if "last" in values or question == "trail":
            period = {}
        search = urlencode(period | values, doseq=True)
        with urlopen(f"{self.api}/query/{question}?{search}", timeout=30) as answer:
            return json.load(answer)

    @property
    def first(self) -> datetime:
        return min(each["timestamp"] for each in self.rows)

    @property
    def last(self) -> datetime:
        """Somewhere in the middle, so that some events are not in the period."""
        times = sorted(each["timestamp"] for each in self.rows)
        last: datetime = times[len(times) * 3 // 4]
        return last

    @property
    def within(self) -> list[dict[str, Any]]:
        last = self.last
        return [each for each in self.rows if each["timestamp"] < last]


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator[Shop]:
    stack.start_kafka()
    redis = stack.start_redis()
    postgres = stack.start_postgres()
    stack.migrate()
    ingestion, url = stack.ingestion()
    consumer = stack.consumer()
    argv = [sys.executable, ANALYTICS / "load.py", "send", url, "--write-key", WRITE_KEY]
    argv += ["--events", str(EVENTS), "--days", "6", "--seed", "1"]
    subprocess.run([*argv, "--record", stack.folder / "noted"], check=True, timeout=120)
    count = "SELECT count(*) FROM events"
    port = postgres.reader_port
    wait_until(lambda: postgres.execute(count, port=port) == [(EVENTS,)], "all is on the reader")
    consumer.stop()
    ingestion.stop()
    _, api = stack.api()
    names = ("message_id", "timestamp", "type", "name", "person", "message")
    found = postgres.execute(f"SELECT {', '.join(f'e.{each}' for each in names)} FROM events e")
    rows = [dict(zip(names, each, strict=True)) for each in found]
    with serve_site(ANALYTICS / "web", api) as site:
        yield Shop(stack, api, site, redis, rows)


def test_counts(shop: Shop) -> None:
    said = shop.ask("counts")["data"]
    assert said["events"] == len(shop.within)
    assert said["people"] == len({each["person"] for each in shop.within})
    types = Counter(each["type"] for each in shop.within)
    assert {each["type"]: each["events"] for each in said["types"]} == types
    assert said["before"] == {"events": 0, "people": 0}


@pytest.mark.parametrize("event", ["", "Order Completed"])
@pytest.mark.parametrize("interval", ["hour", "day"])
def test_a_series(shop: Shop, interval: str, event: str) -> None:
    form = {"hour": "%Y-%m-%dT%H:00:00Z", "day": "%Y-%m-%dT00:00:00Z"}[interval]
    events: Counter[str] = Counter()
    people = defaultdict(set)
    for each in shop.within:
        if not event or each["name"] == event:
            step = each["timestamp"].astimezone(UTC).strftime(form)
            events[step] += 1
            people[step].add(each["person"])
    chosen = {"event": event} if event else {}
    points = shop.ask("series", interval=interval, **chosen)["data"]["points"]
    assert {each["time"]: each["events"] for each in points if each["events"]} == events
    assert {each["time"]: each["people"] for each in points if each["people"]} == {
        step: len(each) for step, each in people.items()
    }


@pytest.mark.parametrize("by", ["name", "person", "properties.plan", "context.campaign.source"])
def test_the_values_that_occur_most(shop: Shop, by: str) -> None:
    events: Counter[Any] = Counter()
    for each in shop.within:
        value = each if by in each else each["message"]
        for key in by.split("."):
            value = (value or {}).get(key)
        if value is not None:
            events[value] += 1
    said = shop.ask("top", by=by, limit=5)["data"]["values"]
    best = sorted(events.items(), key=lambda each: (-each[1], each[0]))[:5]
    assert [(each["value"], each["events"]) for each in said] == best


@pytest.mark.parametrize("within", [60, 86400])
def test_a_funnel(shop: Shop, within: float) -> None:
    taken = defaultdict(list)
    for each in shop.within:
        if each["type"] == "track":
            taken[each["person"]].append((each["timestamp"], each["name"]))
    reached: list[list[float]] = [[] for _ in STEPS]
    for events in taken.values():
        began = at = None
        for number, step in enumerate(STEPS):
            later = [
                time
                for time, name in events
                if name == step and (at is None or at <= time <= began + timedelta(seconds=within))
            ]
            if not later:
                break
            took = (min(later) - at).total_seconds() if at else 0.0
            at = min(later)
            began = began or at
            reached[number].append(took)
    said = shop.ask("funnel", step=STEPS, within=within)["data"]["steps"]
    assert [each["people"] for each in said] == [len(each) for each in reached]
    assert 0 < said[-1]["people"] < said[0]["people"]
    for each, took in zip(said, reached, strict=True):
        assert each["seconds"] == pytest.approx(median(took), abs=1e-3)


def test_retention(shop: Shop) -> None:
    days = defaultdict(set)
    for each in shop.within:
        days[each["person"]].add(each["timestamp"].astimezone(UTC).date())
    wanted: Counter[tuple[str, int]] = Counter()
    for active in days.values():
        for day in active:
            wanted[min(active).isoformat(), (day - min(active)).days] += 1
    found = {
        (cohort["day"], after): people
        for cohort in shop.ask("retention")["data"]["cohorts"]
        for after, people in enumerate(cohort["people"])
        if people
    }
    assert found == wanted


def test_a_trail_page_by_page(shop: Shop) -> None:
    (person, number), *_ = Counter(each["person"] for each in shop.rows).most_common(1)
    wanted = {each["message_id"] for each in shop.rows if each["person"] == person}
    found: list[str] = []
    before = {}
    while True:
        page = shop.ask("trail", person=person, limit=5, **before)["data"]
        found += [each["message_id"] for each in page["events"]]
        if not page["next"]:
            break
        before = {"before": page["next"]}
    assert len(found) == number
    assert set(found) == wanted


def test_a_reader_that_falls_behind_says_so(shop: Shop) -> None:
    postgres = shop.stack.postgres
    assert shop.ask("counts", last="7d")["replay_lag_seconds"] < 5
    postgres.execute("SELECT pg_wal_replay_pause()", port=postgres.reader_port)
    try:
        postgres.execute("CREATE TABLE IF NOT EXISTS something (n int)")
        wait_until(
            lambda: shop.ask("counts", last="6d", n=datetime.now(UTC).timestamp())[
                "replay_lag_seconds"
            ],
            "the reader says that it is behind",
        )
    finally:
        postgres.execute("SELECT pg_wal_replay_resume()", port=postgres.reader_port)
    wait_until(
        lambda: (
            shop.ask("counts", last="6d", n=datetime.now(UTC).timestamp())["replay_lag_seconds"]
            == 0
        ),
        "the reader is level again",
    )


def test_a_wrong_question_gets_no_answer(shop: Shop) -> None:
    with pytest.raises(HTTPError) as error:
        shop.ask("counts", last="for ever")
    assert error.value.code == 400
    error.value.close()


def test_the_dashboard_shows_what_the_database_holds(shop: Shop, tmp_path: Path) -> None:
    """At both widths: the numbers, the keyboard, and not a word on the console."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        for width, height in ((1280, 900), (390, 844)):
            page = browser.new_page(viewport={"width": width, "height": height})
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.goto(f"{shop.site}/?last=14d")
            page.wait_for_selector(".funnel li")
            page.wait_for_selector("#totals dd")
            _numbers(page, shop)
            _keyboard(page, shop)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
            assert not said
            page.close()
        _states(browser, shop)
        browser.close()


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _numbers(page: Any, shop: Shop) -> None:
    values = page.locator("#totals dd.value").all_inner_texts()
    assert _number(values[0]) == len(shop.rows)
    assert _number(values[1]) == len({each["person"] for each in shop.rows})
    names = Counter(each["name"] for each in shop.rows if each["name"])
    bars = page.locator("#top .bar").all()
    shown = {
        each.locator("span").inner_text(): _number(each.locator("b").inner_text()) for each in bars
    }
    assert len(shown) == 8
    assert shown == {name: names[name] for name in shown}
    steps = page.locator("#funnel .name").all_inner_texts()
    assert steps == STEPS
    assert page.locator(".retention tbody tr").count() >= 6


def _keyboard(page: Any, shop: Shop) -> None:
    """Walk along the chart, choose an event, and follow a person, without a pointer."""
    page.locator("#series svg").focus()
    page.keyboard.press("Home")
    assert " events, " in page.locator("#series-said").inner_text()
    page.locator("#top .bar").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#only:not([hidden])")
    assert "event=" in page.url
    page.wait_for_selector('#top .bar[aria-pressed="true"]')
    page.locator("#only").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#only", state="hidden")
    (person, number), *_ = Counter(each["person"] for each in shop.rows).most_common(1)
    page.locator("#find input").focus()
    page.keyboard.type(person)
    page.keyboard.press("Enter")
    page.wait_for_selector(".trail > li:not(.day)")
    assert page.locator(".trail > li:not(.day)").count() == min(25, number)
    page.go_back()
    page.wait_for_selector("#trail .suggest")


def _states(browser: Any, shop: Shop) -> None:
    """Nothing to show, and nobody to ask."""
    page = browser.new_page()
    page.route("**/query/**", lambda route: route.fulfill(status=503, json={"detail": "Away."}))
    page.goto(f"{shop.site}/")
    page.wait_for_selector("#trouble:not([hidden])")
    assert page.locator("#freshness").get_attribute("data-state") == "away"
    page.unroute("**/query/**")
    page.goto(f"{shop.site}/?last=1h&event={quote('Nobody does this')}")
    page.wait_for_selector("#series .empty")
    page.close()


def test_without_redis_it_goes_on_and_says_so(shop: Shop) -> None:
    """Last, for it ends the cache."""
    assert shop.ask("counts", last="5d")["cache"] == "miss"
    again = shop.ask("counts", last="5d")
    assert (again["cached"], again["cache"]) == (True, "hit")
    shop.redis.kill()
    for _ in range(2):
        said = shop.ask("counts", last="5d")
        assert (said["cached"], said["cache"]) == (False, "away")

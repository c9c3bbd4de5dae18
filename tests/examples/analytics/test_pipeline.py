"""The application from end to end on real engines, fed by Segment's own client library."""

import gzip
import json
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from segment.analytics.client import Client

from tests.examples.analytics.stack import (
    ANALYTICS,
    TOPIC,
    WRITE_KEY,
    Program,
    Stack,
    lines,
    wait_until,
)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def running(stack: Stack) -> Stack:
    """Kafka, PostgreSQL and Redis, with the schema up to date."""
    stack.start_kafka()
    stack.start_redis()
    stack.start_postgres()
    stack.migrate()
    return stack


@pytest.fixture(scope="module")
def ingestion(running: Stack) -> str:
    return running.ingestion()[1]


@pytest.fixture(scope="module")
def api(running: Stack) -> str:
    return running.api()[1]


@pytest.fixture
def consumer(running: Stack) -> Iterator[Program]:
    started = running.consumer()
    yield started
    assert started.stop() == 0
    assert [each["event"] for each in lines(started)][-1] == "stopped"


def send(url: str, calls: Callable[[Client], None], **settings: Any) -> None:
    """Send with Segment's client; fail if it gave anything up."""
    given_up: list[Any] = []
    client = Client(WRITE_KEY, host=url, on_error=lambda *each: given_up.append(each), **settings)
    calls(client)
    client.shutdown()
    assert not given_up


def ask(url: str) -> Any:
    with urlopen(url, timeout=30) as answer:
        return json.load(answer)


def post(url: str, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    key = b64encode(f"{WRITE_KEY}:".encode()).decode()
    request = Request(url + path, body, {"Authorization": f"Basic {key}", **headers})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def count(stack: Stack, where: str, *values: object) -> int:
    found: int = stack.postgres.execute(f"SELECT count(*) FROM events WHERE {where}", *values)[0][0]
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_event_comes_back(
    running: Stack, ingestion: str, api: str, consumer: Program, packed: bool
) -> None:
    """What Segment's client sends is stored once and shown by the query API."""
    person = f"ada-{uuid.uuid4()}"
    text = 'tab\t, line\n, \\, "quoted", é, \U0001f600'

    def calls(client: Client) -> None:
        client.identify(person, {"plan": "pro"})
        client.alias(f"before-{person}", person)
        client.group(person, "company-1", {"name": text})
        client.page(person, "shop", "Home", {"path": "/"})
        client.screen(person, "shop", "Start")
        for number in range(250):
            client.track(person, "Signed Up", {"number": number, "text": text})

    send(ingestion, calls, gzip=packed)
    wait_until(lambda: count(running, "person = %s", person) == 255, "255 events are stored")
    query = "SELECT count(*) FROM events WHERE person = %s AND message #>> '{properties,text}' = %s"
    assert running.postgres.execute(query, person, text) == [(250,)]
    port = running.postgres.reader_port
    at = "SELECT count(*) FROM events WHERE person = %s"
    wait_until(
        lambda: running.postgres.execute(at, person, port=port) == [(255,)], "the reader has them"
    )
    trail = ask(f"{api}/query/trail?person={person}&limit=200")
    assert {each["type"] for each in trail["data"]["events"]} <= {
        "track", "page", "screen", "identify", "group", "alias",
    }  # fmt: skip
    assert trail["data"]["events"][0]["properties"]["text"] == text
    assert trail["data"]["next"]
    assert 0 <= trail["replay_lag_seconds"] < 60
    top = ask(f"{api}/query/top?by=person&limit=100&nonce={uuid.uuid4()}")
    assert {"value": person, "events": 255, "people": 1} in top["data"]["values"]


def test_an_event_that_is_sent_twice_is_stored_once(
    running: Stack, ingestion: str, consumer: Program
) -> None:
    person = f"twice-{uuid.uuid4()}"
    batch = [
        {"type": "page", "userId": person, "messageId": f"{person}-{number}"}
        | {"timestamp": datetime.now(UTC).isoformat()}
        for number in range(300)
    ]
    body = gzip.compress(json.dumps({"batch": batch}).encode())
    for _ in range(3):
        assert post(ingestion, "/v1/batch", body, **{"Content-Encoding": "gzip"})[0] == 200
        time.sleep(0.3)
    wait_until(lambda: count(running, "person = %s", person) == 300, "300 events are stored")
    assert post(ingestion, "/v1/batch", body, **{"Content-Encoding": "gzip"})[0] == 200
    _wait_for_the_end(running)
    assert count(running, "person = %s", person) == 300


def _wait_for_the_end(stack: Stack) -> None:
    """Wait until Kafka has nothing after the database's positions.

    Asked by reading: Tansu's answer to where a partition ends is the last batch's beginning.
    """
    reader = Consumer({"bootstrap.servers": stack.kafka, "group.id": f"eyes-{uuid.uuid4()}"})
    partitions = reader.list_topics(TOPIC).topics[TOPIC].partitions

    def is_at_the_end() -> bool:
        at = dict(stack.postgres.execute("SELECT partition, next FROM positions"))
        reader.assign([TopicPartition(TOPIC, each, at.get(each, 0)) for each in partitions])
        return not reader.consume(1, timeout=2)

    try:
        wait_until(is_at_the_end, "everything is stored")
    finally:
        reader.close()


def test_what_cannot_be_stored_is_set_aside_with_its_reason(
    running: Stack, ingestion: str, consumer: Program
) -> None:
    person = f"aside-{uuid.uuid4()}"
    batch: list[dict[str, Any]] = [
        {"type": "track", "userId": person},
        {"type": "page", "userId": person, "properties": {"a": "\0"}},
        {"type": "page", "userId": person, "timestamp": "1999-01-01T00:00:00Z"},
    ]
    assert post(ingestion, "/v1/batch", json.dumps({"batch": batch}).encode())[0] == 200
    now = datetime.now(UTC).isoformat()
    odd = {"type": "page", "userId": person, "messageId": person, "properties": {"n": 0}}
    odd |= dict.fromkeys(("timestamp", "receivedAt"), now)
    producer = Producer({"bootstrap.servers": running.kafka})
    producer.produce(TOPIC, b"no JSON")
    # A number that Python knows how to read, and PostgreSQL does not.
    producer.produce(TOPIC, json.dumps(odd).replace('"n": 0', '"n": 1e-999999').encode())
    producer.flush(10)
    reasons = _dead_letters(running, 5)
    assert [reason.split(":")[0] for reason in reasons] == sorted(
        [
            "a track call without the name of its event",
            "happened before the days that are kept",
            "not JSON",
            "text with the character U+0000",
            "value overflows numeric format",
        ]
    ), reasons
    _wait_for_the_end(running)
    assert count(running, "person = %s", person) == 0


def _dead_letters(stack: Stack, number: int) -> list[str]:
    settings = {"bootstrap.servers": stack.kafka, "group.id": f"dead-{uuid.uuid4()}"}
    reader = Consumer({**settings, "auto.offset.reset": "earliest", "session.timeout.ms": 6000})
    reader.subscribe([f"{TOPIC}-dead"])
    found: list[str] = []
    end = time.monotonic() + 60
    while len(found) < number and time.monotonic() < end:
        for message in reader.consume(10, timeout=0.5):
            headers = dict(message.headers() or [])
            assert headers["topic"] == TOPIC.encode()
            assert int(headers["offset"]) >= 0
            found.append(headers["reason"].decode())
    reader.close()
    return sorted(found)


def test_nothing_is_lost_or_doubled_while_processes_are_killed(
    running: Stack, ingestion: str, api: str
) -> None:
    """Consumers die and come back, the database restarts, and the load goes on."""
    record = running.folder / "noted"
    argv = [sys.executable, ANALYTICS / "load.py", "send", ingestion, "--write-key", WRITE_KEY]
    argv += ["--events", "12000", "--rate", "800", "--days", "2", "--record", record]
    consumers = [running.consumer(), running.consumer()]
    load = Program("load", argv, running.folder, running.folder / "load.log")
    running.programs.append(load)
    for number in range(3):
        time.sleep(2.5)
        consumers[number % 2].kill()
        consumers[number % 2] = running.consumer()
    running.postgres.programs["primary"].kill()
    running.postgres.start("primary", running.postgres.port)
    consumers.append(running.consumer())
    assert load.process.wait(120) == 0, load.log.read_text()

    _wait_for_the_end(running)
    for each in consumers:
        assert each.stop() == 0, each.log.read_text()
    acknowledged = [
        line for file in record.glob("acknowledged-*") for line in file.read_text().split()
    ]
    assert len(acknowledged) == 12000
    query = "SELECT count(*), count(DISTINCT message_id) FROM events WHERE message_id = ANY(%s)"
    assert running.postgres.execute(query, acknowledged) == [(12000, 12000)]
    started_over = [
        each for log in consumers for each in lines(log) if each["event"] == "start_over"
    ]
    assert started_over, "nothing was broken: this test shows nothing"


def test_while_kafka_is_away_ingestion_says_when_to_come_back(stack: Stack) -> None:
    _, url = stack.ingestion(KAFKA_BROKERS="127.0.0.1:1")
    body = json.dumps({"userId": "ada", "event": "x"}).encode()
    began = time.monotonic()
    status, said = post(url, "/v1/track", body)
    assert (status, said["code"]) == (503, "kafka_away")
    assert time.monotonic() - began < 30
    assert ask(f"{url}/health") == {"status": "ok"}

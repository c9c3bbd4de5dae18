"""The HTTP interface, on a reader and a cache in memory."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from query.application import create_app
from query.settings import Settings
from tests.fakes import MemoryCache, MemoryDatabase


class World:
    """The application and what it works on."""

    def __init__(self) -> None:
        self.database, self.cache = MemoryDatabase(), MemoryCache()
        self.client = TestClient(create_app(Settings(), self.database, self.cache))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.client:
        yield made


def test_an_answer_says_how_old_it_is(world: World) -> None:
    answer = world.client.get("/query/counts?last=1h")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said["as_of"] == "2026-03-01T12:00:00Z"
    assert said["replay_lag_seconds"] == 2.0
    assert said["behind_seconds"] > 2.0
    assert said["data"]["events"] == 0


def test_a_second_answer_comes_from_the_cache_as_old_as_it_was(world: World) -> None:
    first, second = (world.client.get("/query/top?last=1h&by=type").json() for _ in range(2))
    assert (first["cached"], first["cache"]) == (False, "miss")
    assert (second["cached"], second["cache"]) == (True, "hit")
    assert first["as_of"] == second["as_of"]
    assert len(world.database.asked) == 1


def test_the_order_of_words_makes_no_other_question(world: World) -> None:
    world.client.get("/query/top?last=1h&by=type")
    assert world.client.get("/query/top?by=type&last=1h").json()["cached"]


def test_what_is_long_past_is_kept_longer(world: World) -> None:
    world.client.get("/query/counts?from=2026-01-01&to=2026-01-02")
    world.client.get("/query/counts?last=1h")
    lives = [life for _, life in world.cache.kept.values()]
    assert lives[0] > lives[1]


def test_without_redis_it_answers_and_says_so(world: World) -> None:
    world.cache.away = True
    said = world.client.get("/query/counts").json()
    assert (said["cached"], said["cache"]) == (False, "away")


def test_a_reader_that_knows_nothing_of_its_age_says_so(world: World) -> None:
    world.database.as_of = None
    said = world.client.get("/query/counts").json()
    assert said["as_of"] is said["behind_seconds"] is said["replay_lag_seconds"] is None


def test_without_the_reader_health_is_well_and_the_rest_is_503(world: World) -> None:
    world.database.away = True
    assert world.client.get("/health").json() == {"status": "ok"}
    answer = world.client.get("/query/counts")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("counts?last=1y", 400),
        ("counts?last=0h", 400),
        ("counts?last=500d", 400),
        ("counts?last=1h&from=2026-01-01&to=2026-01-02", 400),
        ("counts?from=2026-01-01", 400),
        ("counts?from=2026-01-02&to=2026-01-01", 400),
        ("counts?from=soon&to=later", 400),
        ("series?last=30d&interval=minute", 400),
        ("series?interval=fortnight", 400),
        ("series?type=dance", 422),
        ("top?by=message_id", 400),
        ("top?by=properties", 400),
        ("top?by=properties.a.b.c.d.e", 400),
        ("top?limit=0", 422),
        ("funnel", 422),
        ("funnel?step=a", 422),
        ("funnel?step=a&step=", 400),
        ("funnel?step=a&step=b&within=-1", 422),
        ("retention?last=100d", 400),
        ("trail", 422),
        ("trail?person=a&before=soon", 422),
    ],
)
def test_a_wrong_question_is_told_so(world: World, question: str, status: int) -> None:
    answer = world.client.get(f"/query/{question}")
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not world.database.asked


def test_what_is_asked_for_is_a_value_and_never_sql(world: World) -> None:
    bad = "properties.a' OR 1=1 --"
    assert world.client.get("/query/top", params={"by": bad}).status_code == 200
    [(query, values)] = world.database.asked
    assert "1=1" not in query
    assert values["path"] == ["properties", "a' OR 1=1 --"]


def test_a_series_has_its_empty_steps(world: World) -> None:
    day = "from=2026-01-01T00:00:00Z&to=2026-01-01T06:00:00Z&interval=hour"
    points = world.client.get(f"/query/series?{day}").json()["data"]["points"]
    assert [each["events"] for each in points] == [0] * 6
    assert points[0]["time"] == "2026-01-01T00:00:00Z"

"""What is tried of each kind of part, and what each value gives up."""

from typing import Any

import pytest

from seatrial import (
    LLM,
    Documents,
    Kafka,
    Postgres,
    Redis,
    Scale,
    Search,
    Service,
    System,
)
from seatrial.graph.schema import facts
from seatrial.language.part import Part
from seatrial.optimize.choices import Choices, choices
from seatrial.optimize.losses import given_up, needed
from seatrial.optimize.sizes import GRAVITON, alike, smaller


def made(*parts: Part, **settings: Any) -> Choices:
    api = Service("api", ".", ["run"], port=80, uses=list(parts))
    return choices(System("shop", api, **settings).in_environment("production"))


def tried(found: Choices, part: str) -> list[dict[str, object]]:
    return [
        dict(each.settings)
        for option in found.grid
        if option.part == part
        for each in option.alternatives[1:]
        if not each.refused
    ]


def refused(found: Choices, part: str) -> list[dict[str, object]]:
    return [
        dict(each.settings)
        for option in found.grid
        if option.part == part
        for each in option.alternatives
        if each.refused
    ]


def test_a_database() -> None:
    db = Postgres(
        "db", "16", size="db.r5.xlarge", multi_az=True, readers=["db.r5.large"], proxy=True
    )
    found = made(db)
    assert tried(found, "db") == [
        {"size": "db.r6g.xlarge"},
        {"size": "db.r7g.xlarge"},
        {"size": "db.r8g.xlarge"},
        {"readers": ["db.r6g.large"]},
        {"readers": ["db.r7g.large"]},
        {"readers": ["db.r8g.large"]},
        {"storage_type": "gp2"},
        {"multi_az": False},
        {"proxy": False},
        {"backup_days": 1},
    ]
    assert refused(found, "db") == [{"size": "db.r5.large"}]


def test_a_database_that_follows_the_load() -> None:
    found = made(Postgres("db", "16", serverless=(0.5, 4), multi_az=True))
    assert {"serverless": [0, 4]} in tried(found, "db")
    assert not refused(found, "db")


def test_a_cache_brokers_documents_search_and_a_model() -> None:
    kafka = Kafka("kafka", monitoring="PER_BROKER")
    cache = Redis("cache", size="cache.t3.micro", nodes=2)
    documents = Documents("papers", size="db.t3.medium", instances=3)
    search = Search("search", size="r5.large.search", nodes=2, masters="m5.large.search")
    llm = LLM("llm", "Qwen/Qwen2.5-7B-Instruct", on="gpu", size="g5.xlarge")
    found = made(kafka.topic("events").write.part, cache, documents, search, llm, zones=3)
    valkey = facts.engine_versions("valkey")[-1]
    assert tried(found, "cache") == [
        {"size": "cache.t4g.micro"},
        {"engine": "valkey", "version": valkey},
        {"nodes": 1},
        {"backup_days": 0},
    ]
    assert tried(found, "kafka") == [
        {"size": "kafka.m7g.large"},
        {"brokers": 2},
        {"monitoring": "DEFAULT"},
    ]
    assert {"instances": 1} in tried(found, "papers")
    assert {"masters": "m6g.large.search"} in tried(found, "search")
    assert {"nodes": 1} in tried(found, "search")
    assert tried(found, "llm") == [{"spot": True}]


def test_services_and_the_system() -> None:
    api = Service("api", ".", ["run"], port=80, tasks=Scale(2, 6, cpu=70))
    worker = Service("worker", ".", ["run"], tasks=3, spot=True, architecture="ARM64")
    system = System("shop", api, worker, zones=3, endpoints=["ecr"])
    found = choices(system.in_environment("production"))
    assert tried(found, "api") == [{"architecture": "ARM64"}, {"spot": True}]
    assert refused(found, "worker") == [{"tasks": 2}]
    assert tried(found, "") == [
        {"zones": 2},
        {"nat": "one"},
        {"nat": "none"},
        {"endpoints": []},
        {"log_retention": 14},
        {"log_retention": 7},
    ]


def test_what_is_declared_stands_in_place_of_the_kinds_own() -> None:
    db = Postgres("db", "16", size="db.t3.small")
    system = System("shop", Service("api", ".", ["run"], port=80, uses=[db]))
    system.options(db, size=["db.t3.micro", "db.t3.small"], backup_days=[3, 14])
    found = choices(system.in_environment("production"))
    assert tried(found, "db") == [{"size": "db.t3.micro"}, {"backup_days": 3}, {"backup_days": 14}]


@pytest.mark.parametrize(
    ("name", "was", "to", "kind"),
    [
        ("multi_az", True, False, "zone"),
        ("multi_az", False, True, None),
        ("nodes", 3, 2, "zone"),
        ("nodes", 2, 3, None),
        ("backup_days", 7, 1, "retention"),
        ("log_retention", 30, 7, "retention"),
        ("nat", "each zone", "one", "zone"),
        ("nat", "one", "each zone", None),
        ("spot", False, True, "interruption"),
        ("spot", True, False, None),
        ("monitoring", "PER_BROKER", "DEFAULT", "sight"),
        ("backup_region", "us-west-2", None, "recovery"),
        ("endpoints", ["ecr"], [], "zone"),
        ("endpoints", [], ["ecr"], None),
        ("tasks", 3, 2, "capacity"),
        ("tasks", Scale(2, 6, cpu=70), Scale(1, 6, cpu=70), "capacity"),
        ("serverless", (0.5, 4), (0, 4), "capacity"),
        ("size", "db.m5.large", "db.m6g.large", None),
        ("architecture", "X86_64", "ARM64", None),
    ],
)
def test_what_a_value_gives_up(name: str, was: object, to: object, kind: str | None) -> None:
    assert [each.kind for each in given_up(name, was, to)] == ([kind] if kind else [])


def test_what_a_value_needs() -> None:
    assert needed("architecture", "X86_64", "ARM64") == "an image that is built for ARM64"
    assert needed("engine", "redis", "valkey")
    assert not needed("size", "a", "b")


@pytest.mark.parametrize(
    ("size", "others", "less"),
    [
        ("db.t3.small", ["db.t4g.small"], "db.t3.micro"),
        ("db.r5.xlarge", ["db.r6g.xlarge", "db.r7g.xlarge", "db.r8g.xlarge"], "db.r5.large"),
        ("db.t4g.micro", [], None),
        ("db.nonsense", [], None),
        ("nonsense", [], None),
    ],
)
def test_sizes(size: str, others: list[str], less: str | None) -> None:
    known = facts.database_classes("postgres")
    assert alike(size, known) == others
    assert smaller(size, known) == less


def test_a_search_size_keeps_its_end() -> None:
    known = facts.database_classes("opensearch")
    assert alike("m5.large.search", known) == [f"m{each}g.large.search" for each in (6, 7, 8)]
    assert smaller("t3.medium.search", known) == "t3.small.search"


def test_a_later_family_is_never_an_earlier_one() -> None:
    for family, others in GRAVITON.items():
        assert all(each.endswith("g") for each in others)
        assert all(int(each[1]) >= int(family[1]) for each in others)

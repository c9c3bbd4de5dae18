"""Replication groups of the graph: zones, nodes, memory, and the engine that a user runs."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.graph.schema import facts
from seatrial.local.addresses import Address
from seatrial.local.elasticache import (
    OwnCache,
    count_vcpus,
    node_id,
    own_cache,
    read_groups,
    specify,
)
from seatrial.local.engines.redis import CacheSpec
from seatrial.local.node_memory import MAXMEMORY
from seatrial.local.pace import Pace
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
VARIABLE = "SEATRIAL_TEST_CACHE"


def specified(more: str, zones: tuple[str, ...] = ZONES, pace: float = 60.0) -> CacheSpec:
    graph = graph_of(
        f'cache = Redis("cache", {more})\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[cache]))\n'
    )
    (group,) = read_groups(graph)

    def address(group: str, number: int, zone: int, port: int) -> Address:
        assert group == "CacheReplicationGroup"
        return Address(f"127.0.{zone}.{number + 1}", port)

    return specify(graph, group, "t0ken", zones, address, Pace(pace))


def test_nodes_are_spread_over_the_zones_in_turn() -> None:
    spec = specified("nodes=4")
    assert spec.zones == (*ZONES, "us-east-1a")
    assert spec.addresses[1] == Address("127.0.2.2", 6379)
    assert spec.nodes == ("cache-001", "cache-002", "cache-003", "cache-004")
    assert spec.password == "t0ken"
    assert specified("nodes=2, multi_az=False").zones == ("us-east-1a", "us-east-1a")
    assert specified("").zones == ("us-east-1a",)


def test_a_node_holds_what_its_type_does_but_what_is_reserved() -> None:
    assert specified('size="cache.t3.micro"').memory == 402653184  # AWS's own example
    kept = specified('size="cache.t3.micro", parameters={"reserved-memory-percent": "50"}')
    assert kept.memory == 268435456
    assert "reserved-memory-percent" not in kept.parameters
    assert kept.parameters["maxmemory-policy"] == "volatile-lru"


def test_every_node_type_is_known() -> None:
    assert set(MAXMEMORY) == set(facts.database_classes("elasticache"))
    assert all(count_vcpus(each) > 0 for each in MAXMEMORY)
    sizes = [count_vcpus(f"cache.r5.{each}") for each in ("large", "xlarge", "12xlarge", "metal")]
    assert sizes == [2.0, 4.0, 48.0, 0.0]


def test_a_failover_takes_as_long_as_the_pace_says() -> None:
    assert specified("", pace=1.0).failover_delay == 15.0
    assert specified("", pace=60.0).failover_delay == 0.25
    # Patience with a busy machine is never less than it takes.
    assert [specified("", pace=each).patience for each in (1.0, 60.0)] == [30.0, 5.0]


def test_groups_have_two_endpoints_and_may_be_the_users_own() -> None:
    graph = graph_of(
        'a = Redis("a", nodes=2)\n'
        'b = Redis("b", engine_url="OWN")\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[a.reader, b]))\n'
    )
    first, second = read_groups(graph)
    assert first.endpoints == ("AReplicationGroup", "AReplicationGroup-reader")
    assert (first.own_engine, second.own_engine) == (None, "OWN")
    assert node_id(first.id, 2) == "AReplicationGroup-002"


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())


@given(TEXTS, st.integers(1, 65535))
def test_an_own_engine_is_read_with_its_escapes(password: str, port: int) -> None:
    url = f"rediss://:{quote(password, safe='')}@host:{port}/3"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, url)
        assert own_cache(VARIABLE) == OwnCache(url, Address("host", port), password)
        patch.setenv(VARIABLE, "redis://host")
        assert own_cache(VARIABLE) == OwnCache("redis://host", Address("host", 6379), "")


@given(st.text(max_size=40).map(lambda rest: f"redis://:hunter2@{rest}") | st.text(max_size=40))
@example("redis://:hunter2@[::1/0")
@example("redis://:hunter2@host:99999")
@example("memcached://:hunter2@host")
@example("redis:///0")
def test_whatever_the_variable_holds_it_is_an_engine_or_one_mistake(text: str) -> None:
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        return  # no environment can hold it
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        told = ""
        try:
            assert (own_cache(VARIABLE) is None) == (text == "")
        except Mistake as mistake:
            told = str(mistake)
    assert told == "" or VARIABLE in told
    assert "hunter2" not in told


def test_a_variable_that_is_not_set_means_our_own_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert own_cache(VARIABLE) is None

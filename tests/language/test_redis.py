"""Redis as it is written: only what ElastiCache and EC2 take."""

import pytest

from seatrial.language import Redis, RedisCluster
from seatrial.mistake import Mistake


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"version": "7.9"}, "not one that ElastiCache offers for redis"),
        ({"version": "5.0.6"}, "not one that ElastiCache offers"),
        ({"engine": "valkey"}, "'7.1' is not one that ElastiCache offers for valkey"),
        ({"size": "cache.r5.lrge"}, "'cache.r5.lrge' is not an ElastiCache node type"),
        ({"nodes": 0}, "not between 1 and 6"),
        ({"nodes": 7}, "not between 1 and 6"),
        ({"multi_az": True}, "needs a replica"),
        ({"backup_days": 36}, "not between 0 and 35"),
        ({"backup_window": "3:00-4:00"}, "not like '03:00-04:00'"),
        ({"maintenance_window": "Sunday"}, "not like 'Sun:04:30"),
        ({"eviction": "lru"}, "eviction must be one of"),
        ({"database": 16}, "not between 0 and 15"),
        ({"url_options": "a b"}, "cannot stand in a URL"),
        ({"parameters": {"maxmemory-policy": "noeviction"}}, "is set with eviction="),
    ],
)
def test_what_elasticache_would_refuse_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        Redis("cache", **settings)


def test_replicas_lie_in_several_zones_and_may_be_read() -> None:
    cache = Redis("cache", nodes=2)
    assert cache.spread
    assert (cache.reader.mode, cache.write.mode) == ("read", "write")
    assert (cache.host.field, cache.port.field, cache.password.field) == (
        "host",
        "port",
        "password",
    )
    assert not Redis("cache", nodes=2, multi_az=False).spread
    with pytest.raises(Mistake, match="no replica to read from"):
        Redis("one").reader  # noqa: B018 - reading it is the mistake


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"size": "medium"}, "not an EC2 instance type"),
        ({"shards": 2}, "needs 3 primaries"),
        ({"replicas": 6}, "not between 0 and 5"),
        ({"shards": 60}, "more than the 100"),
        ({"storage_gb": 7}, "not between 8 and 16384"),
        ({"memory": 80}, "a snapshot needs room"),
        ({"image": "ami-redis-custom"}, "not an AMI's id"),
        ({"daily": 0}, "not between 1 and 365 copies"),
    ],
)
def test_what_a_redis_cluster_cannot_be_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        RedisCluster("redis", **settings)


def test_a_redis_cluster_is_six_machines_unless_said() -> None:
    assert RedisCluster("redis").nodes == 6
    assert RedisCluster("redis", shards=4, replicas=2).nodes == 12

"""Redis: seed 000's and 001's, encrypted, with a password that nobody reads."""

import pytest

from seatrial.graph import Graph
from seatrial.graph.check import check
from seatrial.graph.values import AtRun, GetAtt, Secret
from seatrial.mistake import Mistake
from tests.graph.schema.lint import errors
from tests.lower.systems import graph_of
from tests.lower.test_programs import secrets, variables
from tests.lower.test_security import opened

CACHE = 'size="cache.r5.large", nodes=2, version="7.0", backup_days=5'


def text(cache: str = CACHE, uses: str = "cache", name: str = "cache") -> str:
    return (
        f"cache = Redis({name!r}, {cache})\n"
        'queue = Redis("queue", engine="valkey", version="8.0", eviction="noeviction",\n'
        '    backup_days=0, database=1, url_options="ssl_cert_reqs=required")\n'
        f'api = Service("api", "a", ["run"], uses=[{uses}], '
        'env={"REDIS_HOST": cache.host, "REDIS_PASSWORD": cache.password})\n'
        'worker = Service("worker", "w", ["celery"], uses=[queue])\n'
        'system = System("support", api, worker, alerts=Alerts())\n'
        'system.environment("production")\nsystem.environment("staging")\n'
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    return graph_of(text())


def test_aws_would_take_it(graph: Graph) -> None:
    assert [str(each) for each in check(graph)] == []
    assert errors(graph) == []


def test_it_is_what_the_seed_says_encrypted_and_closed(graph: Graph) -> None:
    group = graph["CacheReplicationGroup"].properties
    wanted = {
        "Engine": "redis",
        "EngineVersion": "7.0",
        "CacheNodeType": "cache.r5.large",
        "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "AutoMinorVersionUpgrade": True,
        "SnapshotRetentionLimit": 5,
        "AtRestEncryptionEnabled": True,
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AuthToken": Secret("CachePassword", dynamic=True),
    }
    assert group.items() >= wanted.items()
    assert opened(graph, "CacheGroup") == {("api", 6379)}
    assert opened(graph, "QueueGroup") == {("worker", 6379)}
    parameters = graph["QueueParameters"].properties
    assert parameters["CacheParameterGroupFamily"] == "valkey8"
    assert parameters["Properties"] == {"maxmemory-policy": "noeviction"}


def test_users_get_a_url_that_is_a_secret(graph: Graph) -> None:
    assert secrets(graph, "WorkerTask") == {"REDIS_URL": Secret("QueueUrl")}
    url = graph["QueueUrl"].properties["SecretString"].parts
    assert url[0].aws == "rediss"
    assert url[2] == Secret("QueuePassword", dynamic=True)
    assert url[4] == GetAtt("QueueReplicationGroup", "PrimaryEndPoint.Address")
    # Where there is no TLS, as in the local cloud, a client refuses what is said of it.
    assert url[-2:] == ("/1", AtRun("REDIS_TLS_OPTIONS", "?ssl_cert_reqs=required"))


def test_a_password_that_is_named_stays_a_secret(graph: Graph) -> None:
    assert secrets(graph) == {
        "REDIS_PASSWORD": Secret("CachePassword"),
        "REDIS_URL": Secret("CacheUrl"),
    }
    host = GetAtt("CacheReplicationGroup", "PrimaryEndPoint.Address")
    assert variables(graph) == {"REDIS_HOST": host}


def test_a_reader_gets_the_replicas() -> None:
    graph = graph_of(text(uses="cache.reader"))
    # `env` names the cache too, but only to read its host and password.
    assert secrets(graph)["REDIS_URL"] == Secret("CacheReaderUrl")
    url = graph["CacheReaderUrl"].properties["SecretString"].parts
    assert GetAtt("CacheReplicationGroup", "ReaderEndPoint.Address") in url


def test_a_second_one_is_prefixed_with_its_name() -> None:
    found = secrets(graph_of(text(uses="cache, queue")))
    assert found["QUEUE_REDIS_URL"] == Secret("QueueUrl")
    assert found["REDIS_URL"] == Secret("CacheUrl")


def test_production_leaves_a_snapshot_where_there_are_any() -> None:
    production, staging = graph_of(text()), graph_of(text(), "staging")
    assert production["CacheReplicationGroup"].deletion_policy == "Snapshot"
    assert production["QueueReplicationGroup"].deletion_policy == "Delete"
    assert staging["CacheReplicationGroup"].deletion_policy == "Delete"


def test_it_is_watched(graph: Graph) -> None:
    for kind, metric in (
        ("Cpu", "EngineCPUUtilization"),
        ("Memory", "DatabaseMemoryUsagePercentage"),
        ("Evictions", "Evictions"),
        ("ReplicationLag", "ReplicationLag"),
    ):
        *nodes, answer = graph[f"Cache{kind}Alarm"].properties["Metrics"]
        assert [each["MetricStat"]["Metric"]["MetricName"] for each in nodes] == [metric] * 2
        assert answer["Expression"] == "MAX([node1,node2])"
    assert "QueueReplicationLagAlarm" not in graph.resources
    evicts = graph_of(text('eviction="allkeys-lru"'))
    assert "CacheEvictionsAlarm" not in evicts.resources


def test_a_name_that_elasticache_would_refuse_is_told() -> None:
    with pytest.raises(Mistake, match="ElastiCache takes 40"):
        graph_of(text(name="the-cache-of-the-whole-shop"))

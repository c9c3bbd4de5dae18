"""Redis Cluster on EC2: what its users get, its secrets, what is watched.

`redis_machines.py` has the machines, `redis_node.py` what each may do and
tells, `redis_copies.py` the bucket that their copies go to.
"""

from seatrial.graph.annotations import Note
from seatrial.graph.values import (
    AtRun,
    Join,
    Secret,
    Value,
)
from seatrial.language import Access, Alerts, RedisCluster
from seatrial.lower import redis_copies, redis_machines, redis_node
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, line, widget

LAG = 30
"""Seconds without a word from its primary; Redis says one every ten at least."""
DISK = 80
"""Percent of a machine's disk: the log grows until the day's copy is made."""
SECRETS = {
    "Password": "password",
    "Authority": "key and certificate of its authority; the first node puts them in",
    "Certificate": "certificate of its authority; the first node puts it in",
}


def _lower(lowering: Lowering, redis: RedisCluster) -> None:
    for kind, text in SECRETS.items():
        _secret(lowering, redis, kind, text)
    redis_machines.add_zone(lowering, redis)
    redis_copies.lower(lowering, redis)
    redis_node.lower(lowering, redis)
    redis_machines.lower(lowering, redis)
    _url(lowering, redis)
    lowering.annotate(
        Note(
            "recovery",
            f"Restore {redis.name} to a moment from the copies in its bucket.",
            (
                "Take the daily copy that follows the moment, of one node of each shard.",
                "Unpack it; run redis-check-aof --truncate-to-timestamp on its appendonlydir.",
                "Start the node on it before it joins; replicas follow by themselves.",
            ),
        )
    )
    lowering.annotate(
        Note(
            "change",
            f"A changed size or image makes new machines for {redis.name}. They join as replicas; "
            "in production the old ones run on.",
            (
                "Wait until every primary has a new replica: CLUSTER NODES.",
                "Run CLUSTER FAILOVER on one new replica of each shard.",
                "Terminate the old machines, replicas first, one at a time.",
            ),
        )
    )


def _given(lowering: Lowering, redis: RedisCluster, _access: Access) -> Given:
    return Given(
        secrets={
            "REDIS_URL": Secret(lowering.id(redis, "Url")),
            "REDIS_CA": Secret(lowering.id(redis, "Certificate")),
        }
    )


def _value(lowering: Lowering, redis: RedisCluster, field: str) -> Value:
    if field == "password":
        return Secret(lowering.id(redis, "Password"))
    return redis_machines.domain(lowering, redis)


def _secret(lowering: Lowering, redis: RedisCluster, kind: str, text: str) -> None:
    lowering.add(
        redis,
        kind,
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}-{kind.lower()}",
            "Description": f"{redis.name}: {text}",
            "GenerateSecretString": {"PasswordLength": 64, "ExcludePunctuation": True},
        },
        **GOES_WITH_THE_STACK,
    )


def _url(lowering: Lowering, redis: RedisCluster) -> None:
    lowering.add(
        redis,
        "Url",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}-url",
            "Description": f"Connection URL of {redis.name}",
            "SecretString": Join(
                (
                    AtRun("REDIS_SCHEME", "rediss"),
                    "://:",
                    Secret(lowering.id(redis, "Password"), dynamic=True),
                    f"@{redis_machines.domain(lowering, redis)}:{RedisCluster.PORT}/0",
                )
            ),
        },
        **GOES_WITH_THE_STACK,
    )


def _watch(lowering: Lowering, alerts: Alerts, redis: RedisCluster) -> None:
    of: dict[str, Value] = {"Cluster": redis_machines.cluster_name(lowering, redis)}
    space = redis_machines.namespace(lowering)
    alarm(
        lowering,
        redis,
        "NodeFailure",
        f"{redis.name}: fewer than {redis.nodes} nodes are up for three minutes",
        (space, "Up"),
        "SampleCount",
        redis.nodes,
        of,
        3,
        "LessThanThreshold",
        missing="breaching",
        severity="critical",
    )
    for kind, metric, words, limit in (
        ("Memory", "MemoryUse", f"memory over {alerts.memory:g} percent", alerts.memory),
        ("Disk", "DiskUse", f"disk over {DISK} percent", DISK),
        ("ReplicationLag", "ReplicationLag", f"a replica is over {LAG} seconds behind", LAG),
    ):
        text = f"{redis.name}: {words} for three minutes"
        alarm(lowering, redis, kind, text, (space, metric), "Maximum", limit, of, 3)


def _widgets(lowering: Lowering, redis: RedisCluster) -> list[Widget]:
    nodes: list[dict[str, Value]] = [
        {"Cluster": redis_machines.cluster_name(lowering, redis), "Node": str(number)}
        for number in range(1, redis.nodes + 1)
    ]
    return [
        widget(
            f"{redis.name}: {title}",
            [line(redis_machines.namespace(lowering), name, of, "Maximum") for of in nodes],
        )
        for title, name in (
            ("nodes up", "Up"),
            ("memory", "MemoryUse"),
            ("disk", "DiskUse"),
            ("replication lag", "ReplicationLag"),
        )
    ]


KIND = Kind(
    RedisCluster,
    "nodes of",
    lower=_lower,
    ports=lambda _: (RedisCluster.PORT,),
    outward=True,
    given=_given,
    value=_value,
    ready=lambda lowering, redis: [lowering.id(redis, "Formed")],
    watch=_watch,
    widgets=_widgets,
)

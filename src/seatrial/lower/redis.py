"""Redis on ElastiCache: a replication group with TLS, its password, and its URL.

Always a replication group, also with one node: a plain cache cluster can be
neither encrypted nor copied, and a second node could never be added to it.
"""

from seatrial.graph.annotations import OwnEngine
from seatrial.graph.values import AtRun, GetAtt, Join, Ref, Secret, Value, join
from seatrial.language import Access, Alerts, Redis
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Metric, Widget, alarm_on, line, widget

NAMESPACE = "AWS/ElastiCache"
LAG = 10
"""Seconds that a replica may be behind its primary."""
EVICTIONS = 0
"""Keys a minute: one that must not evict, or only what expires anyway, should have room."""
OF_TLS = "ssl_"
"""What begins an option of the URL that a client refuses where there is no TLS."""
LONGEST = 40
"""Characters of a replication group's id."""
FAMILIES = {("redis", "6"): "redis6.x", ("redis", "7"): "redis7"}


def _lower(lowering: Lowering, redis: Redis) -> None:
    name = f"{lowering.name}-{redis.name}"
    if len(name) > LONGEST:
        raise redis.wrong(
            f"on AWS it is called {name!r}, {len(name)} characters; ElastiCache takes {LONGEST}.",
            "Shorten the name of the part or of the system.",
        )
    password(lowering, redis)
    _group(lowering, redis, name)
    if redis.engine_url:
        lowering.annotate(OwnEngine(lowering.id(redis, "ReplicationGroup"), redis.engine_url))
    _url(lowering, redis, "Url", "PrimaryEndPoint", "")
    if _is_read(lowering, redis):
        _url(lowering, redis, "ReaderUrl", "ReaderEndPoint", "-reader")


def _is_read(lowering: Lowering, redis: Redis) -> bool:
    return any(
        access.mode == "read" and lowering.environment.part(access.part) is redis
        for program in lowering.programs
        for access in program.accesses()
    )


def _given(lowering: Lowering, redis: Redis, access: Access) -> Given:
    kind = "ReaderUrl" if access.mode == "read" else "Url"
    return Given(secrets={"REDIS_URL": Secret(lowering.id(redis, kind))})


def _value(lowering: Lowering, redis: Redis, field: str) -> Value:
    if field == "password":
        return Secret(lowering.id(redis, "Password"))
    attributes = {"host": "PrimaryEndPoint.Address", "port": "PrimaryEndPoint.Port"}
    return GetAtt(lowering.id(redis, "ReplicationGroup"), attributes[field])


def password(lowering: Lowering, redis: Redis) -> None:
    """Add the secret with its password."""
    lowering.add(
        redis,
        "Password",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}",
            "Description": f"Password of {redis.name}",
            # ElastiCache takes 16 to 128 characters and refuses most punctuation.
            "GenerateSecretString": {"PasswordLength": 64, "ExcludePunctuation": True},
        },
        **GOES_WITH_THE_STACK,
    )


def _group(lowering: Lowering, redis: Redis, name: str) -> None:
    major = redis.version.split(".", maxsplit=1)[0]
    subnets = lowering.add(
        redis,
        "Subnets",
        "AWS::ElastiCache::SubnetGroup",
        {
            "Description": f"Private subnets for {redis.name}",
            "SubnetIds": lowering.private_subnets,
        },
    )
    parameters = lowering.add(
        redis,
        "Parameters",
        "AWS::ElastiCache::ParameterGroup",
        {
            "CacheParameterGroupFamily": FAMILIES.get(
                (redis.engine, major), f"{redis.engine}{major}"
            ),
            "Description": f"Parameters of {redis.name}",
            "Properties": {"maxmemory-policy": redis.eviction, **redis.parameters},
        },
    )
    keep = lowering.environment.production and redis.backup_days > 0
    policy = "Snapshot" if keep else "Delete"
    lowering.add(
        redis,
        "ReplicationGroup",
        "AWS::ElastiCache::ReplicationGroup",
        {
            "ReplicationGroupId": name,
            "ReplicationGroupDescription": f"{redis.name} of {lowering.name}",
            "Engine": redis.engine,
            "EngineVersion": redis.version,
            "CacheNodeType": redis.size,
            "NumCacheClusters": redis.nodes,
            "AutomaticFailoverEnabled": redis.nodes > 1,
            "MultiAZEnabled": redis.spread,
            "Port": Redis.PORT,
            "CacheSubnetGroupName": subnets.ref,
            "CacheParameterGroupName": parameters.ref,
            "SecurityGroupIds": [GetAtt(lowering.id(redis, "Group"), "GroupId")],
            "AtRestEncryptionEnabled": True,
            "TransitEncryptionEnabled": True,
            "TransitEncryptionMode": "required",
            "AuthToken": Secret(lowering.id(redis, "Password"), dynamic=True),
            "AutoMinorVersionUpgrade": True,
            "SnapshotRetentionLimit": redis.backup_days,
            "SnapshotWindow": redis.backup_window if redis.backup_days else None,
            "PreferredMaintenanceWindow": redis.maintenance_window.lower(),
        },
        deletion_policy=policy,
        update_replace_policy=policy,
    )


def _url(lowering: Lowering, redis: Redis, kind: str, endpoint: str, suffix: str) -> None:
    """Add a whole connection URL as a secret of its own: ECS injects no part of a text."""
    group = lowering.id(redis, "ReplicationGroup")
    options = redis.url_options.split("&") if redis.url_options else []
    plain = "&".join(each for each in options if not each.startswith(OF_TLS))
    of_tls = "&".join(each for each in options if each.startswith(OF_TLS))
    ends: tuple[Value, ...] = (f"/{redis.database}{f'?{plain}' if plain else ''}",)
    if of_tls:
        ends += (AtRun("REDIS_TLS_OPTIONS", f"{'&' if plain else '?'}{of_tls}"),)
    port = GetAtt(group, f"{endpoint}.Port")
    lowering.add(
        redis,
        kind,
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}{suffix}-url",
            "Description": f"Connection URL of {redis.name}",
            "SecretString": Join(
                (
                    AtRun("REDIS_SCHEME", "rediss"),
                    "://:",
                    Secret(lowering.id(redis, "Password"), dynamic=True),
                    "@",
                    GetAtt(group, f"{endpoint}.Address"),
                    ":",
                    port,
                    *ends,
                )
            ),
        },
        **GOES_WITH_THE_STACK,
    )


def _nodes(lowering: Lowering, redis: Redis) -> list[dict[str, Value]]:
    """Give the dimensions of each node: ElastiCache numbers them behind the group's id."""
    group = Ref(lowering.id(redis, "ReplicationGroup"))
    return [
        {"CacheClusterId": join(group, f"-{number:03}")} for number in range(1, redis.nodes + 1)
    ]


def _watch(lowering: Lowering, alerts: Alerts, redis: Redis) -> None:
    def highest(kind: str, metric: str, words: str, limit: float, statistic: str) -> None:
        named = {
            f"node{number}": Metric(NAMESPACE, metric, of, statistic)
            for number, of in enumerate(_nodes(lowering, redis), start=1)
        }
        text = f"{redis.name}: {words} for five minutes"
        alarm_on(lowering, redis, kind, text, f"MAX([{','.join(named)}])", named, limit, 5)

    highest(
        "Cpu",
        "EngineCPUUtilization",
        f"the engine's CPU over {alerts.cpu:g} percent",
        alerts.cpu,
        "Average",
    )
    highest(
        "Memory",
        "DatabaseMemoryUsagePercentage",
        f"memory over {alerts.memory:g} percent",
        alerts.memory,
        "Average",
    )
    if not redis.eviction.startswith("allkeys"):  # to evict is what those are for
        highest("Evictions", "Evictions", "keys are evicted", EVICTIONS, "Sum")
    if redis.nodes > 1:
        words = f"a replica is over {LAG} seconds behind"
        highest("ReplicationLag", "ReplicationLag", words, LAG, "Maximum")


def _widgets(lowering: Lowering, redis: Redis) -> list[Widget]:
    charts = [
        ("CPU of the engine", ["EngineCPUUtilization"], "Average"),
        ("memory used", ["DatabaseMemoryUsagePercentage"], "Average"),
        ("hits and misses", ["CacheHits", "CacheMisses"], "Sum"),
        ("evictions", ["Evictions"], "Sum"),
    ]
    if redis.nodes > 1:
        charts.append(("replication lag", ["ReplicationLag"], "Maximum"))
    return [
        widget(
            f"{redis.name}: {title}",
            [
                line(NAMESPACE, name, of, statistic)
                for name in names
                for of in _nodes(lowering, redis)
            ],
        )
        for title, names, statistic in charts
    ]


KIND = Kind(
    Redis,
    "cache",
    lower=_lower,
    ports=lambda _: (Redis.PORT,),
    given=_given,
    value=_value,
    ready=lambda lowering, redis: [lowering.id(redis, "ReplicationGroup")],
    watch=_watch,
    widgets=_widgets,
)

"""Systems of every part that the language has: a strategy that writes what a person might.

Most of what it writes is right and some of it is not, as with people: what does not go
together is for the language to say. `systems.py` has a narrower one, of which all is right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.lower.systems import Described

TOPIC = {
    "partitions": [1, 6, 20],
    "replication": [1, 2],
    "retention_hours": [24, -1],
    "compression": ["lz4", "zstd"],
    "compact": [True],
    "parameters": [{"max.message.bytes": "2097152"}],
}
STORES: Mapping[str, tuple[Sequence[str], Mapping[str, Sequence[Any]], Sequence[str]]] = {
    # What is written, what may be added with its values, how programs use it.
    "postgres": (
        ['Postgres("{}", "15", "db.t4g.medium"', 'Postgres("{}", "16", "db.r6g.large"'],
        {
            "multi_az": [True],
            "readers": [["db.t4g.medium"], ["db.t4g.medium", "db.r5.large"]],
            "proxy": [True],
            "extensions": [["vector"], ["pg_cron", "vector"]],
            "backup_region": ["us-west-2"],
            "backup_days": [0, 35],
            "insights": [True],
            "monitoring_seconds": [60],
            "max_storage_gb": [500],
            "url": [True],
            "protect": [True, False],
            "parameters": [{"work_mem": "16384"}, {"rds.force_ssl": "0"}],
        },
        ["", ".write", ".reader"],
    ),
    "aurora": (
        [
            'Postgres("{}", "16", serverless=(0.5, 16)',
            'Postgres("{}", "16", serverless=(0, 2)',
            'Postgres("{}", "15", "db.r6g.large", aurora=True',
        ],
        {
            "multi_az": [True],
            "readers": [["db.r6g.large"], ["db.serverless"]],
            "proxy": [True],
            "extensions": [["vector"]],
            "insights": [True],
            "monitoring_seconds": [1],
            "url": [True],
            "protect": [False],
        },
        ["", ".write", ".reader"],
    ),
    "redis": (
        ['Redis("{}"'],
        {
            "size": ["cache.t3.micro", "cache.r7g.large"],
            "nodes": [2, 3, 6],
            "engine": ["valkey"],
            "version": ["7.0", "7.2", "8.0"],
            "multi_az": [True, False],
            "backup_days": [0, 35],
            "eviction": ["noeviction", "allkeys-lru"],
            "database": [3],
            "url_options": ["ssl_cert_reqs=required"],
            "parameters": [{"timeout": "300"}],
        },
        ["", ".write", ".reader"],
    ),
    "redis_cluster": (
        ['RedisCluster("{}"'],
        {
            "size": ["t3.micro", "r6i.large"],
            "shards": [3, 4],
            "replicas": [0, 1, 2],
            "storage_gb": [8, 100],
            "image": ["ami-0123456789abcdef0"],
            "daily": [1],
            "weekly": [1],
        },
        ["", ".write"],
    ),
    "documents": (
        ['Documents("{}", "db.t3.medium"'],
        {
            "version": ["4.0", "8.0"],
            "instances": [1, 3, 16],
            "backup_days": [1, 35],
            "protect": [True],
            "parameters": [{"tls": "disabled"}],
        },
        ["", ".write", ".reader"],
    ),
    "search": (
        ['Search("{}", "t3.small.search"', 'Search("{}", "r6g.large.search"'],
        {
            "nodes": [2, 3, 6],
            "storage_gb": [100],
            "masters": ["m6g.large.search"],
            "shards": [5],
            "replicas": [0, 1, 2],
            "options": [{"indices.fielddata.cache.size": "40"}],
            "service_role": [True, False],
        },
        ["", ".write"],
    ),
    "bucket": (
        ['Bucket("{}"'],
        {
            "versioning": [False],
            "old_versions_days": [1],
            "upload_origins": [["https://app.example.com"]],
            "replica_region": ["us-west-2", "eu-west-1"],
        },
        ["", ".read", ".write", '.under("uploads/").write'],
    ),
    "llm": (
        [
            'LLM("{}", "us.anthropic.claude-haiku-4-5-20251001-v1:0"',
            'LLM("{}", "amazon.titan-embed-text-v2:0"',
            'LLM("{}", "gpt-4o-mini", "openai"',
            'LLM("{}", "Qwen/Qwen2.5-7B-Instruct", "gpu", size="g6e.xlarge"',
            'LLM("{}", "Qwen/Qwen2.5-7B-Instruct", "gpu", size="g5.2xlarge", spot=True, bits=8',
            'LLM("{}", "Qwen/Qwen2.5-7B-Instruct", "sagemaker", size="ml.g5.2xlarge"',
            'LLM("{}", "s3://bucket/folder/", "sagemaker", size="ml.g6e.xlarge"',
        ],
        {"instances": [1, 2], "region": ["us-west-2"]},
        ["", ".call"],
    ),
    "external": (
        ['External("{}", "https://index.example.com"', 'External("{}", "https://a.example.com/v1"'],
        {"key": [False], "price": [70.0]},
        ["", ".call"],
    ),
    "kafka": (
        ['Kafka("{}", brokers=6', 'Kafka("{}", brokers=3'],
        {
            "size": ["kafka.t3.small", "kafka.m7g.large"],
            "login": ["iam"],
            "storage_gb": [20],
            "max_storage_gb": [500],
            "monitoring": ["PER_BROKER", "PER_TOPIC_PER_BROKER"],
            "parameters": [{"log.retention.hours": "72"}],
        },
        [],
    ),
}
VALUES = {
    "postgres": ["host", "port", "password"],
    "aurora": ["host", "port", "password"],
    "redis": ["host", "port", "password"],
    "redis_cluster": ["host", "password"],
    "documents": ["host", "port", "url"],
    "search": ["host", "url"],
    "llm": ["model_id"],
    "external": ["address"],
    "kafka": ["servers"],
}
"""What a program's environment may name of each."""
KNOWN = {begin.partition("(")[0] for begins, _, _ in STORES.values() for begin in begins}
SYSTEM = {
    "zones": [2, 3],
    "nat": ["'one'", "'none'"],
    "region": ["'eu-west-1'", "'us-east-1'"],
    "domain": ['Domain("app.example.com")'],
    "alerts": [
        "Alerts()",
        'Alerts("a@example.com", critical="b@example.com", notice="c@example.com", pager=True)',
        'Alerts("a@example.com", latency=1, unusual_traffic=True, database_cpu=80, lag=10)',
    ],
    "firewall": ["Firewall()", "Firewall(rate=2000, window=300, block=['KP'])",
                 "Firewall(at='load balancer')", "Firewall(rate=None, only=['DE'])"],
    "tracing": ["Tracing()", "Tracing(sampling=100, memory=64)"],
    "recovery": ["Recovery('us-west-2')", "Recovery('us-west-2', 'warm standby', tasks=2)",
                 "Recovery('us-west-2', 'backup and restore')"],
    "endpoints": ["['ecr', 'secretsmanager']", "['logs', 'bedrock', 'sqs']"],
    "data_subnets": ["True"],
    "flow_logs": ["True"],
    "audit": ["True", "False"],
    "log_retention": ["1", "365"],
}  # fmt: skip
ENVIRONMENT = {name: SYSTEM[name] for name in ("zones", "nat", "domain", "alerts", "firewall")}
PROGRAMS = ["public", "internal", "worker"]
ROLLOUTS = [
    "Rollout(min_healthy=50)",
    "Rollout('blue-green')",
    "Rollout('canary', step=20, pause=10, bake=15)",
    "Rollout('linear', step=10, pause=1, bake=30, alarms=False)",
]


@st.composite
def some(draw: st.DrawFn, known: Mapping[str, Sequence[Any]], most: int = 3) -> dict[str, Any]:
    """Take a few settings, each with one of its values."""
    names = draw(st.lists(st.sampled_from(sorted(known)), max_size=most, unique=True))
    return {name: draw(st.sampled_from(known[name])) for name in names}


def written(settings: Mapping[str, Any]) -> str:
    """Write settings as arguments; a text stands as it is quoted already."""
    return "".join(f", {name}={value}" for name, value in settings.items())


@st.composite
def scales(draw: st.DrawFn, web: bool, reads: bool) -> str:
    if draw(st.booleans()):
        return str(draw(st.integers(0, 3)))
    follows = ["cpu=70", "memory=80"]
    follows += ["requests=500"] if web else []
    follows += ["lag_per_task=1000"] if reads else []
    chosen = draw(st.lists(st.sampled_from(follows), min_size=1, max_size=2, unique=True))
    more = draw(
        st.sampled_from(
            ["", ", start=2", ', predict="scale"', ', schedule=[Scheduled("rate(1 day)", 1, 2)]']
        )
    )
    return f"Scale(min={draw(st.integers(1, 2))}, max=5, {', '.join(chosen)}{more})"


@st.composite
def services(
    draw: st.DrawFn,
    name: str,
    kind: str,
    used: Sequence[str],
    inner: Sequence[str],
    named: Sequence[str],
    alone: bool,
) -> str:
    """Write a service: behind the load balancer, with a private name, or a worker.

    `inner` are services with a private name, `named` values of stores; `alone`: no website leads
    to it.
    """
    uses = draw(st.lists(st.sampled_from(used), max_size=4, unique=True)) if used else []
    uses += draw(st.lists(st.sampled_from(inner), max_size=2, unique=True)) if inner else []
    web = kind != "worker"
    command = '["run", "--host", HOST, "--port", PORT]' if web else '["run"]'
    said = [f'"{name}"', '"app"', command, f"uses=[{', '.join(uses)}]"]
    tasks = draw(scales(kind == "public", any(".read(" in each for each in uses)))
    said.append(f"tasks={tasks}")
    if web:
        said.append(f"port={draw(st.sampled_from([80, 8000]))}")
    if kind == "public":
        said += [f'paths=["/{name}/*"]'] if alone else []
        said += draw(st.lists(st.sampled_from(['sticky="1 hour"', "drain=0"]), unique=True))
    if kind == "internal":
        said.append(f'internal="{name}.internal"')
    if draw(st.booleans()):
        shifts = kind == "public" and "requests=" not in tasks
        said.append(f"rollout={draw(st.sampled_from(ROLLOUTS if shifts else ROLLOUTS[:1]))}")
    rest = {
        "env": ['{"TOKEN": token}', *(f'{{"VALUE": {each}}}' for each in named)],
        "spot": [True],
        "architecture": ['"ARM64"'],
        "cpu": ["512, memory=1024"],
        "before": ["migrate"],
        "health": ["Health('/up', interval=10)"] if web else ['"/"'],
    }
    said.append(written(draw(some(rest))).removeprefix(", "))
    return f"Service({', '.join(each for each in said if each)})"


@st.composite
def wide_systems(draw: st.DrawFn) -> Described:
    """Write a system of up to four stores, three services and what may stand around them."""
    lines = ['token = Secret("jwt")']
    used: list[str] = []
    named: list[str] = []
    changes: list[str] = []
    kinds = draw(st.lists(st.sampled_from(sorted(STORES)), max_size=4))
    for number, kind in enumerate(kinds):
        begins, more, ways = STORES[kind]
        name = f"{kind.replace('_', '-')}-{number}"
        settings = {key: repr(value) for key, value in draw(some(more)).items()}
        if kind == "bucket" and draw(st.booleans()):
            settings["lifecycle"] = "[Lifecycle(infrequent_days=30, archive_days=90)]"
        begin = draw(st.sampled_from(begins)).format(name)
        lines.append(f"s{number} = {begin}{written(settings)})")
        read = bool(settings.keys() & {"readers", "nodes"}) or kind not in ("postgres", "redis")
        way = draw(st.sampled_from([each for each in ways if read or each != ".reader"] or [""]))
        used.append(f"s{number}{way}")
        named += [f"s{number}.{each}" for each in VALUES.get(kind, ())]
        if kind == "kafka":
            given = {key: repr(value) for key, value in draw(some(TOPIC)).items()}
            lines.append(f't{number} = s{number}.topic("topic-{number}"{written(given)})')
            used[-1:] = [f"t{number}.write", f't{number}.read(group="readers")']
        if more and draw(st.booleans()):
            changed = {key: repr(value) for key, value in draw(some(more, most=1)).items()}
            changes.append(f"s{number}: dict({written(changed).removeprefix(', ')})")
    schedule = draw(st.sampled_from(["", ', schedule="cron(0 3 * * ? *)", retries=1']))
    lines.append(f'migrate = Job("migrate", "app", ["run"], uses=[{", ".join(used[:2])}])')
    # It uses whatever nobody else may.
    lines.append(f'nightly = Job("nightly", "app", ["run"], uses=[{", ".join(used)}]{schedule})')
    listed = ["nightly"]
    alone = draw(st.booleans())
    programs = draw(st.lists(st.sampled_from(PROGRAMS), min_size=1, max_size=3))
    for number, program in enumerate(programs):
        inner = [f"p{each}" for each in range(number) if programs[each] == "internal"]
        made = draw(services(f"program-{number}", program, used, inner, named, alone))
        lines.append(f"p{number} = {made}")
    several = [f"p{number}" for number in range(len(programs))]
    if not alone:
        public = [each for each, kind in zip(several, programs, strict=True) if kind == "public"]
        routes = ", ".join(f'"/{each}/*": {each}' for each in public)
        site = {
            "single_page": [False],
            "cache": ["{'/*': '1 day', '/assets/*': '30 days'}"],
            "origin_shield": [True],
            "logs": [True],
            "tls": ["'TLSv1.3_2025'"],
            "bucket": ["'our-own-site'"],
        }
        more_of_it = written(draw(some(site)))
        lines.append(f'site = Website("site", "web", routes={{{routes}}}{more_of_it})')
        listed.append("site")
    if used and draw(st.booleans()):
        lines.append(f'vpn = Vpn("vpn", uses=[{draw(st.sampled_from(used))}])')
        listed.append("vpn")
    settings = draw(some(SYSTEM, most=5))
    lines.append(f'system = System("shop", {", ".join([*several, *listed])}{written(settings)})')
    environment = draw(st.sampled_from(["production", "staging"]))
    there = written(draw(some(ENVIRONMENT, most=2)))
    if listed and draw(st.booleans()):
        there += f", without=[{listed[-1]}]"
    lines.append(f'system.environment("{environment}"{there}, change={{{", ".join(changes)}}})')
    return Described("\n".join(lines), environment)

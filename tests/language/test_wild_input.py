"""Whatever a description holds, a person sees one clear message and never a frame of ours."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrial
from seatrial.cli.options import graph_of
from seatrial.language import Topic
from seatrial.mistake import Mistake

EXAMPLE = Path("examples/fastapi-app/system.py").read_text()
WORDS = EXAMPLE.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split(" ")


class Code:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


NAMES = ["db", "api", "Scale", "print", "HOST", "...", "object()", "db.write"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=40)
    | st.builds(Code, st.sampled_from(NAMES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
PARTS = {
    "Service": ["name", "source", "command", "port", "cpu", "memory", "uses", "env", "tasks",
                "health", "paths", "hosts", "internal",
                "before", "rollout", "spot", "stop_timeout", "drain", "sticky", "architecture",
                "mutable_tags"],
    "Postgres": ["name", "version", "size", "storage_gb", "max_storage_gb", "multi_az", "readers",
                 "backup_window", "maintenance_window", "parameters", "user", "database",
                 "aurora", "serverless", "proxy", "extensions", "backup_days", "backup_region",
                 "insights", "monitoring_seconds", "protect", "url", "engine_url"],
    "Scale": ["min", "max", "start", "cpu", "memory", "requests", "schedule", "out_cooldown",
              "in_cooldown", "lag_per_task", "predict"],
    "Scheduled": ["at", "min", "max", "timezone"],
    "Rollout": ["min_healthy", "max", "circuit_breaker", "rollback", "strategy", "step", "bake",
                "pause", "alarms"],
    "Alerts": ["email", "cpu", "memory", "errors", "critical", "pager", "latency", "notice",
               "lag", "connection_errors", "error_minutes", "unusual_traffic", "database_cpu"],
    "Website": ["name", "source", "routes", "cache", "build", "bucket", "tls", "log_days", "output",
                "single_page", "origin_shield", "logs", "prices", "policy"],
    "Firewall": ["rate", "window", "block", "only", "at", "sql_injection", "common"],
    "Tracing": ["sampling", "memory"],
    "Kafka": ["name", "size", "brokers", "version", "storage_gb", "max_storage_gb", "login",
              "monitoring", "parameters"],
    "kafka.topic": ["name", "partitions", "replication", "retention_hours", "compression",
                    "compact", "parameters"],
    "Redis": ["name", "size", "nodes", "version", "engine", "multi_az", "backup_days", "eviction",
              "backup_window", "maintenance_window", "database", "url_options", "parameters"],
    "RedisCluster": ["name", "size", "shards", "replicas", "storage_gb", "memory", "image",
                     "daily", "weekly", "monthly"],
    "Documents": ["name", "size", "version", "instances", "backup_days", "backup_window",
                  "maintenance_window", "protect", "parameters", "user", "database"],
    "Search": ["name", "size", "nodes", "storage_gb", "version", "masters", "shards", "replicas",
               "options", "service_role"],
    "Bucket": ["name", "versioning", "old_versions_days", "lifecycle", "upload_origins",
               "replica_region"],
    "Lifecycle": ["prefix", "infrequent_days", "archive_days", "expire_days", "old_versions_days"],
    "LLM": ["name", "model", "on", "url", "size", "sizes", "spot", "instances", "bits",
            "storage_gb", "image", "key", "hub_token", "region"],
    "External": ["name", "url", "key", "price"],
    "Health": ["path", "interval", "timeout", "healthy", "unhealthy", "codes", "grace"],
    "Job": ["name", "source", "command", "uses", "env", "cpu", "memory", "timeout", "schedule",
            "timezone", "retries"],
    "Recovery": ["region", "strategy", "tasks", "days", "at", "zones", "change"],
    "Vpn": ["name", "uses", "cidr"],
    "Objectives": ["rto", "rpo", "availability", "p95"],
    "Domain": ["name", "zone"],
    "Secret": ["name", "length", "generate"],
    "System": ["region", "zones", "cidr", "nat", "domain", "alerts", "objectives", "audit",
               "log_retention", "firewall", "tracing", "endpoints", "flow_logs", "data_subnets",
               "recovery"],
    "system.environment": ["name", "zones", "nat", "domain", "alerts", "change", "audit",
                           "region", "without", "recovery", "firewall", "tracing", "endpoints"],
}  # fmt: skip


TEXTS = st.sampled_from(
    ["", "a", "1 hour", "us-west-2", "1.5", "16", "é", "a b", "a/b", "*", "a@b.c", "{}", "${a}",
     "https://a.example.com", "x" * 300, "03:00-04:00", "cron(0 3 * * ? *)", "rate(1 day)", "a\nb"]
)  # fmt: skip
WHOLE = st.integers(-1, 70) | st.sampled_from([100, 128, 512, 1024, 4096, 65535, 10**9])


def likely(hint: Any) -> st.SearchStrategy[Any]:
    """Give values of a setting's type, which get past the first look."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of([likely(each) for each in inner])
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(likely(inner[0]), likely(inner[1]), max_size=2)
    if origin is not None and issubclass(origin, Sequence):
        return st.lists(likely(inner[0]), max_size=3)
    plain = {str: TEXTS, int: WHOLE, float: WHOLE | st.floats(0, 20), bool: st.booleans()}
    return plain.get(hint, st.none())


def settings_of(kind: str) -> st.SearchStrategy[dict[str, object]]:
    """Give up to three settings of a kind of part, each of its own type or of any."""
    hints = get_type_hints(Topic if kind == "kafka.topic" else getattr(seatrial, kind))
    known = st.sampled_from([each for each in PARTS[kind] if each in hints and each != "name"])
    one = known.flatmap(lambda name: st.tuples(st.just(name), likely(hints[name]) | VALUES))
    return st.lists(one, max_size=3).map(dict)


USED = "uses=[last]"
RIGHT = {
    "Postgres": ("Postgres('last', '16', 'db.t4g.medium'", USED),
    "Kafka": ("Kafka('last', brokers=2", USED.replace("last", "last.topic('t').write")),
    "kafka.topic": ("kafka.topic('last'", "uses=[last.write]"),
    "Redis": ("Redis('last', nodes=2", USED),
    "RedisCluster": ("RedisCluster('last'", USED),
    "Documents": ("Documents('last', 'db.t3.medium'", USED),
    "Search": ("Search('last', 't3.small.search'", USED),
    "Bucket": ("Bucket('last'", USED),
    "Lifecycle": ("Lifecycle(expire_days=9", "uses=[Bucket('files', lifecycle=[last])]"),
    "LLM": ("LLM('last', 'Qwen/Qwen2.5-7B-Instruct', on='gpu', size='g6e.xlarge'", USED),
    "External": ("External('last', 'https://a.example.com'", USED),
    "Scale": ("Scale(max=3, cpu=70", "tasks=last"),
    "Rollout": ("Rollout('canary'", "rollout=last"),
    "Health": ("Health('/up'", "health=last"),
    "Job": ("Job('last', 'app', ['run']", "before=last"),
    "Service": ("Service('last', 'app', ['run'], port=81, internal='l.internal'", USED),
    "Website": ("Website('last', 'app', build=[]", "paths=['/a']"),
    "Vpn": ("Vpn('last', uses=[db]", "paths=['/a']"),
    "Firewall": ("Firewall(rate=100", "paths=['/a']"),
    "Tracing": ("Tracing(sampling=1", "paths=['/a']"),
    "Alerts": ("Alerts('a@example.com'", "paths=['/a']"),
    "Recovery": ("Recovery('us-west-2'", "uses=[db]"),
    "Objectives": ("Objectives('1 hour'", "uses=[db]"),
}
"""A call that is right but for its bracket, and how the service beside it uses what it gives."""
SYSTEM_WIDE = {
    kind: f", {kind.lower()}=last"
    for kind in ("Firewall", "Tracing", "Alerts", "Recovery", "Objectives")
}


def told(file: Path) -> str:
    """Give what a person is told, empty where nothing is wrong."""
    try:
        graph_of(file, "production")
    except Mistake as mistake:
        return str(mistake)
    return ""


def holds(folder: Path, text: str) -> None:
    (folder / "app").mkdir(exist_ok=True)
    file = folder / "system.py"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    message = told(file)
    assert message == "" or message.strip()
    assert "seatrial/language" not in message
    assert "seatrial/lower" not in message


def calls() -> st.SearchStrategy[str]:
    def one(kind: str) -> st.SearchStrategy[str]:
        names = st.sampled_from(PARTS[kind]) | st.text("abc_", min_size=1, max_size=5)
        return st.dictionaries(names, VALUES, max_size=6).map(
            lambda given: f"{kind}({', '.join(f'{k}={v!r}' for k, v in given.items())})"
        )

    return st.sampled_from(list(PARTS)).flatmap(one)


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(calls())
def test_any_call(tmp_path_factory: object, call: str) -> None:
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    kind = call.partition("(")[0]
    before = "from seatrial import *\nkafka = Kafka('kafka', brokers=2)\n"
    holds(folder, f"{EXAMPLE}\n{before}last = {call}\n" if kind else call)


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from(sorted(RIGHT)), st.data())
def test_any_setting_of_what_is_right_otherwise(
    tmp_path_factory: object, kind: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    right, used = RIGHT[kind]
    given = data.draw(settings_of(kind))
    more = "".join(f", {name}={value!r}" for name, value in given.items())
    beside = ", last" if kind in ("Vpn", "Website") else SYSTEM_WIDE.get(kind, "")
    lines = [
        "from seatrial import *",
        "kafka = Kafka('kafka', brokers=2)",
        "db = Postgres('db', '16', 'db.t3.micro')",
        f"last = {right}{more})",
        f"api = Service('api', 'app', ['run'], port=80, {used})",
        f"system = System('shop', api{beside})",
    ]
    holds(folder, "\n".join(lines))


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_the_example_with_words_exchanged(tmp_path_factory: object, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    words = list(WORDS)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(
            st.sampled_from(WORDS) | VALUES.map(repr) | st.sampled_from(["", "(", ")", "=", "\n"])
        )
    holds(folder, " ".join(words))


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes(tmp_path_factory: object, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    file = folder / "bytes.py"
    file.write_bytes(content)
    message = told(file)
    assert message == "" or message.strip()


def test_the_command_shows_no_frame(tmp_path: Path) -> None:
    (tmp_path / "system.py").write_text("def f():\n    return f()\nf()\n")
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "template", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "system.py:2" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1

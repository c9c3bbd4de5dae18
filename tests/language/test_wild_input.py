"""Whatever a description holds, a person sees one clear message and never a frame of ours."""

import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.cli.options import graph_of
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
                "before", "rollout", "spot", "stop_timeout", "drain"],
    "Postgres": ["name", "version", "size", "storage_gb", "max_storage_gb", "multi_az", "readers",
                 "backup_window", "maintenance_window", "parameters", "user", "database"],
    "Scale": ["min", "max", "start", "cpu", "memory", "requests", "schedule", "out_cooldown"],
    "Scheduled": ["at", "min", "max", "timezone"],
    "Rollout": ["min_healthy", "max", "circuit_breaker", "rollback", "strategy", "step", "bake"],
    "Alerts": ["email", "cpu", "memory", "errors", "critical", "pager", "latency"],
    "Website": ["name", "source", "routes", "cache", "build", "bucket", "tls", "log_days"],
    "Firewall": ["rate", "window", "block", "only", "at"],
    "Tracing": ["sampling", "memory"],
    "Vpn": ["name", "uses", "cidr"],
    "Objectives": ["rto", "rpo", "availability", "p95"],
    "Domain": ["name", "zone"],
    "Secret": ["name", "length", "generate"],
    "System": ["region", "zones", "cidr", "nat", "domain", "alerts", "objectives", "audit",
               "log_retention", "firewall", "tracing", "endpoints", "flow_logs"],
    "system.environment": ["name", "zones", "nat", "domain", "alerts", "change", "audit"],
}  # fmt: skip


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
    holds(folder, f"{EXAMPLE}\nfrom seatrial import *\nlast = {call}\n" if kind else call)


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

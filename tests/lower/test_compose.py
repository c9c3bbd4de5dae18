"""The Compose file: Compose's own schema takes it, and it says what a task definition says."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from seatrial.graph import Graph
from seatrial.graph.values import Ref
from seatrial.lower.compose_text import compose_text, plain
from seatrial.mistake import Mistake
from tests.golden.systems import graphs
from tests.lower.machines import compose_file, machine, resolved
from tests.lower.systems import graph_of

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / ".venv/tools/compose/bin/check-jsonschema"
GRAPHS = {
    "whole": machine,
    "several tasks": lambda: machine(api=", tasks=2, sticky='1 hour'"),
    "traced": lambda: machine(system=", tracing=Tracing()"),
    "valkey": lambda: machine(redis=', engine="valkey", version="8.0"'),
    "support": lambda: graphs("support")["ultra-low-cost"],
    "a worker alone": lambda: graph_of(
        'system = System("a", Service("w", "w", ["run"]), machine="t3.micro")\n'
    ),
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return machine()


@pytest.fixture(params=GRAPHS.values(), ids=GRAPHS)
def any_graph(request: pytest.FixtureRequest) -> Graph:
    made: Graph = request.param()
    return made


@pytest.fixture(scope="module")
def tool() -> Path:
    """check-jsonschema with Compose's schema, which costs nothing to set up where it is there."""
    subprocess.run(["sh", str(ROOT / "scripts/tools"), "compose"], check=True)
    return SCHEMA


@pytest.mark.engine
def test_composes_own_schema_takes_it(any_graph: Graph, tool: Path, tmp_path: Path) -> None:
    def judged(text: str) -> int:
        (tmp_path / "compose.yml").write_text(text)
        command = [tool, "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yml"]
        return subprocess.run(command, capture_output=True, check=False).returncode

    text = resolved(any_graph["MachineFile"].properties["Value"])
    assert judged(text) == 0
    assert judged(text.replace("mem_limit", "memory_limit")) == 1


def test_it_is_small_enough_for_a_parameter(any_graph: Graph) -> None:
    assert len(resolved(any_graph["MachineFile"].properties["Value"])) < 8192


def test_whoever_is_waited_for_is_there(any_graph: Graph) -> None:
    read = compose_file(any_graph)
    for service in read["services"].values():
        for name, how in service.get("depends_on", {}).items():
            other = read["services"][name]
            if how["condition"] == "service_healthy":
                assert "test" in other["healthcheck"]
            if how["condition"] == "service_completed_successfully":
                assert "restart" not in other
                assert name in read["x-before"].split()
            assert "profiles" not in other


def test_a_program_runs_as_its_task_would(graph: Graph) -> None:
    api = compose_file(graph)["services"]["api"]
    assert api["image"] == "the-apirepository-repositoryuri:the-imagetag"
    assert api["command"] == ["serve", "--port", "8000"]
    assert api["user"] == "10001:10001"
    assert api["mem_limit"] == "512m"
    assert api["cpu_shares"] == 256
    assert api["read_only"] is True
    assert api["restart"] == "unless-stopped"
    assert api["healthcheck"]["interval"] == "30s"
    assert "http://127.0.0.1:8000/health" in api["healthcheck"]["test"][-1]
    assert api["depends_on"] == {
        "redis": {"condition": "service_healthy"},
        "ml": {"condition": "service_started"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_it_gets_what_fargate_would_have_told(graph: Graph) -> None:
    variables = compose_file(graph)["services"]["api"]["environment"]
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "region"
    assert variables["S3_BUCKET"] == "the-filesbucket"
    assert (variables["HOST"], variables["PORT"]) == ("0.0.0.0", "8000")
    assert (variables["REDIS_HOST"], variables["REDIS_PORT"]) == ("redis", "6379")


def test_an_internal_service_has_its_name_in_dockers_network(graph: Graph) -> None:
    read = compose_file(graph)["services"]
    assert read["ml"]["networks"]["default"]["aliases"] == ["ml.internal"]
    assert read["api"]["environment"]["ML_URL"] == "http://ml.internal:5001"
    assert not graph.of("AWS::ServiceDiscovery::Service")


def test_only_the_proxy_can_be_reached_from_outside(any_graph: Graph) -> None:
    for name, service in compose_file(any_graph)["services"].items():
        assert service.get("ports", []) == (["80:8080"] if name == "proxy" else [])
        assert service.get("network_mode") is None
        assert service["cap_drop"] == ["ALL"]


def test_redis_has_its_settings_and_reads_its_password(graph: Graph) -> None:
    redis = compose_file(graph)["services"]["redis"]
    assert redis["image"] == "public.ecr.aws/docker/library/redis:7.2-alpine"
    settings = dict(zip(redis["command"][4::2], redis["command"][5::2], strict=True))
    assert settings == {
        "--maxmemory": "96mb",
        "--maxmemory-policy": "volatile-lru",
        "--appendonly": "yes",
        "--timeout": "60",
    }
    assert "requirepass $$PASSWORD" in redis["command"][2]
    assert redis["mem_limit"] == "128m"
    assert not graph.of("AWS::ElastiCache::ReplicationGroup")


def test_its_url_asks_for_no_tls(graph: Graph) -> None:
    parts = graph["RedisUrl"].properties["SecretString"].parts
    assert parts[0] == "redis://:"
    assert parts[-1] == "@redis:6379/0?db=1"


def test_valkey_is_valkey() -> None:
    redis = compose_file(machine(redis=', engine="valkey", version="8.0"'))["services"]["redis"]
    assert redis["image"] == "public.ecr.aws/valkey/valkey:8.0-alpine"
    assert redis["command"][2].startswith("exec valkey-server")


def test_a_job_runs_when_it_is_asked_for(graph: Graph) -> None:
    read = compose_file(graph)
    assert read["x-before"] == "migrate"
    assert read["services"]["nightly"]["profiles"] == ["jobs"]
    assert "profiles" not in read["services"]["migrate"]
    # An image's own check is that of the service which it is also built for.
    for name in ("nightly", "migrate", "worker"):
        assert read["services"][name]["healthcheck"] == {"disable": True}


def test_a_dollar_is_a_dollar(graph: Graph) -> None:
    read = compose_file(graph)["services"]
    assert read["api"]["environment"]["PRICE"] == "5 $$"
    assert read["nightly"]["command"] == ["report", "$$HOME"]


def test_no_secret_is_in_it_but_their_names_are_in_the_list(any_graph: Graph) -> None:
    file = any_graph["MachineFile"].properties["Value"]
    assert "{{" not in resolved(file)
    for line in resolved(any_graph["MachineSecrets"].properties["Value"]).split("\n"):
        if not line:
            continue
        container, variable, name, key = line.split()
        service = compose_file(any_graph)["services"][container]
        assert variable not in service.get("environment", {})
        secrets = any_graph.of("AWS::SecretsManager::Secret")
        assert name in [each.properties["Name"] for each in secrets]
        assert key


def test_the_list_names_keys_and_whole_secrets(graph: Graph) -> None:
    lines = resolved(graph["MachineSecrets"].properties["Value"]).splitlines()
    assert "api JWT shop-cheap/jwt -" in lines
    assert "api PGPASSWORD shop-cheap/db password" in lines
    assert "worker REDIS_URL shop-cheap/redis-url -" in lines
    assert "redis PASSWORD shop-cheap/redis -" in lines
    assert "proxy EDGE_KEY shop-cheap/edge-key -" in lines


def test_several_tasks_are_several_containers() -> None:
    read = compose_file(machine(api=", tasks=2"))["services"]
    assert read["api"]["scale"] == 2
    assert "scale" not in read["worker"]


def test_traces_go_to_one_collector() -> None:
    graph = machine(system=", tracing=Tracing()")
    read = compose_file(graph)["services"]
    assert read["api"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4317"
    assert "OTEL_SERVICE_NAME" not in read["migrate"]["environment"]
    assert "endpoint: 0.0.0.0:4317" in read["collector"]["environment"]["AOT_CONFIG_CONTENT"]
    assert "xray:PutTraceSegments" in json.dumps(
        graph["MachineRole"].properties["Policies"], default=str
    )


def test_a_text_that_no_parameter_takes_is_refused() -> None:
    with pytest.raises(Mistake, match="takes 8192"):
        machine(api=f', hosts=["{"a" * 8000}.example.com"]')
    text = 'system = System("a", Service("w", "w", ["{{ x }}"]), machine="t3.micro")\n'
    with pytest.raises(Mistake, match=r"holds '\{\{'"):
        graph_of(text)


VALUES = {"a": "x: #\t\"\\'é\u2028 ${A}", "b": ["", "- x", "null"], "c": {"d": 1, "e": True}}


def test_yaml_reads_what_was_written() -> None:
    assert yaml.safe_load(compose_text(VALUES)) == VALUES
    nested = {"list": [{"a": 1, "b": {"c": "x\ny\n"}}, {"a": 2}], "none": {}, "text": "x\n  y\n"}
    assert yaml.safe_load(compose_text(nested)) == nested


def test_a_symbol_stays_one() -> None:
    written = compose_text(plain({"a": Ref("Bucket"), "b": "$x"}))
    assert resolved(written) == 'a: "the-bucket"\nb: "$$x"\n'

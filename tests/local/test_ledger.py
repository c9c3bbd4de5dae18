"""The ledger answers every property that any graph of ours can hold, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import OwnEngine, Source
from seatrial.graph.graph import Origin
from seatrial.graph.values import Ref
from seatrial.language import (
    HOST,
    PORT,
    Alerts,
    Bucket,
    Domain,
    Job,
    Kafka,
    Postgres,
    Redis,
    Scale,
    Scheduled,
    Secret,
    Service,
    System,
    Website,
)
from seatrial.language.loading import load
from seatrial.local import ledger
from seatrial.local.engines.envoy.network import IDLE_TIMEOUT
from seatrial.lower import lower
from seatrial.mistake import Mistake, Place

ROOT = Path(__file__).parents[2]
NAME = "production"
EXAMPLES = sorted(each.parent for each in ROOT.glob("examples/*/system.py"))
NOT_HERE_YET = frozenset({"assistant", "chat", "support"})
"""Examples with parts that the local cloud does not run yet."""


def wide_system() -> System:
    """Use everything that the language can say, so that all of the lowering is seen."""
    db = Postgres(
        "db",
        version="16",
        size="db.t4g.medium",
        multi_az=True,
        readers=["db.t4g.medium"],
        url=True,
        insights=True,
        monitoring_seconds=60,
        backup_region="us-west-2",
        parameters={"work_mem": "8MB"},
        engine_url="MY_DATABASE",
    )
    job = Job("prepare", ".", ["true"], uses=[db])
    run = ["serve", HOST, PORT]
    api = Service(
        "api",
        ".",
        run,
        port=8000,
        uses=[db.reader],
        env={"KEY": Secret("key"), "OTHER": Secret("other", generate=False), "DB": db.host},
        paths=["/api/*"],
        hosts=["api.example.com"],
        before=job,
        tasks=Scale(min=1, max=4, cpu=50, memory=60, requests=100),
        architecture="ARM64",
    )
    kafka = Kafka("kafka", brokers=2, login="iam", max_storage_gb=200, engine_url="MY_KAFKA")
    events = kafka.topic("events", partitions=6)
    night = Scale(min=1, max=2, schedule=[Scheduled("cron(0 20 * * ? *)", 0, 0)])
    worker = Service("worker", ".", ["work"], uses=[db], tasks=night, spot=True)
    reader = Service(
        "reader",
        ".",
        ["read"],
        uses=[events.read(group="readers"), events.write],
        tasks=Scale(min=1, max=6, lag_per_task=100),
    )
    return System("wide", api, worker, reader, alerts=Alerts("a@example.com"), audit=True)


def graphs() -> Iterator[tuple[str, Graph]]:
    """Give every environment of every example that runs here, and of the wide system."""
    for folder in EXAMPLES:
        for name, environment in load(folder).environments.items():
            if folder.name not in NOT_HERE_YET:
                yield f"{folder.name}-{name}", lower(environment)
    wide = wide_system()
    yield "wide", lower(wide.environment("production", domain=Domain("api.example.com")))
    cache = Redis("cache", nodes=2, parameters={"timeout": "30"}, engine_url="MY_CACHE")
    cached = Service("api", ".", ["run"], uses=[cache], env={"CACHE": cache.host})
    reading = Service("reading", ".", ["run"], uses=[cache.reader])
    yield "cached", lower(System("cached", cached, reading).environment("production"))
    page = Service("api", ".", ["run"], port=8000, uses=[Bucket("files", upload_origins=["*"])])
    policy = "default-src 'self'"
    site = Website("site", ".", {"/v1/*": page}, logs=True, policy=policy, bucket="b-1")
    cert = System("site", site).environment("production", domain=Domain("www.example.com"))
    yield "site", lower(cert)
    yield "wide-without-nat", lower(wide.environment("small", nat="none", zones=3))


GRAPHS = dict(graphs())


NAMED = {"Name": "TOPIC", "Value": Ref("Topic")}


def one(type: str, properties: dict[str, object]) -> Graph:  # noqa: A002
    graph = Graph("s", "e", "us-east-1")
    graph.add(Resource("Thing", type, properties, Origin("part", Place("system.py", 7))))
    return graph


def test_there_are_examples() -> None:
    assert any(each.name == "fastapi-app" for each in EXAMPLES)


@pytest.mark.parametrize("name", GRAPHS)
def test_every_pair_of_a_graph_is_answered(name: str) -> None:
    assert ledger.missing(GRAPHS[name]) == []
    ledger.refuse(GRAPHS[name])


@pytest.mark.parametrize("name", sorted(NOT_HERE_YET))
def test_an_example_that_cannot_run_here_yet_is_refused(name: str) -> None:
    system = load(ROOT / "examples" / name)
    for environment in system.environments.values():
        with pytest.raises(Mistake) as told:
            ledger.refuse(lower(environment), environment.places)
        first, *lines = str(told.value).splitlines()
        if environment.machine:
            assert "by Docker Compose" in first
            assert not lines
            continue
        assert first.startswith(f"{system.name}, {environment.name}: {len(lines)} parts cannot run")
        parts = {each.name: each.place for each in (*environment.system.parts(), system)}
        for line in lines:
            place, part, what = line.strip().split(": ", 2)
            assert what
            if part == "llm":  # another part stands in its place
                continue
            assert place == str(parts[part])


def test_every_answer_is_for_something_that_is_used() -> None:
    used: set[tuple[str, str]] = set()
    for graph in GRAPHS.values():
        for resource in graph:
            for path in ledger._paths(resource.properties, ledger._book()[resource.type]):
                used.add((resource.type, path))
    answered = {(entry.type, entry.property) for entry in ledger.entries()}
    assert answered - used == set()


def test_answers_are_whole_sentences_with_a_known_mark() -> None:
    for entry in ledger.entries():
        assert entry.mark in ledger.MARKS
        assert entry.text or entry.mark == "run", f"{entry.type}.{entry.property} says nothing"
        assert entry.text == entry.text.strip()
        assert not entry.text.endswith("."), entry


def test_no_answer_hides_behind_another() -> None:
    """A property is answered whole or opened, never both."""
    paths = {(each.type, each.property) for each in ledger.entries()}
    for kind, path in paths:
        above = path.rpartition(".")[0]
        while above:
            assert (kind, above) not in paths, path
            above = above.rpartition(".")[0]


def test_the_data_is_in_order() -> None:
    text = ledger.BOOK.read_text()
    kinds = re.findall(r'^\["(.+)"\]$', text, re.MULTILINE)
    assert kinds == sorted(kinds)
    for kind in kinds:
        paths = [each.property for each in ledger.entries() if each.type == kind]
        assert paths == sorted(paths), kind


def test_a_property_inside_an_answered_one_has_its_answer() -> None:
    matcher = ledger.lookup("AWS::ElasticLoadBalancingV2::TargetGroup", "Matcher.HttpCode")
    assert matcher is not None
    assert (matcher.property, matcher.mark) == ("Matcher", "run")
    check = ledger.lookup("AWS::ECS::TaskDefinition", "ContainerDefinitions.HealthCheck.Command")
    assert check is not None
    assert check.mark == "substituted"
    assert ledger.lookup("AWS::ECS::TaskDefinition", "ContainerDefinitions") is None
    assert ledger.lookup("AWS::Nothing::Here", "Name") is None


def test_one_machine_is_refused_in_one_word() -> None:
    system = System("shop", Service("w", "ecs", ["run"]), machine="t3.micro")
    with pytest.raises(Mistake, match=r"by Docker Compose, and the local cloud runs tasks") as told:
        ledger.refuse(lower(system.in_environment(NAME)))
    assert "AWS::" not in str(told.value)


def test_a_pair_that_is_not_answered_is_refused_by_part_and_property() -> None:
    graph = one("AWS::ECS::Service", {"TaskDefinition": "t", "VolumeConfigurations": []})
    assert ledger.missing(graph) == [("AWS::ECS::Service", "VolumeConfigurations")]
    with pytest.raises(Mistake) as told:
        ledger.refuse(graph)
    assert str(told.value).startswith(
        "system.py:7: part: the local cloud has no answer for VolumeConfigurations "
        "of AWS::ECS::Service (Thing)"
    )


def test_members_of_an_opened_property_are_asked_one_by_one() -> None:
    containers = [{"Name": "a", "Command": []}, {"Name": "b", "Ulimits": []}]
    graph = one("AWS::ECS::TaskDefinition", {"ContainerDefinitions": containers})
    pair = ("AWS::ECS::TaskDefinition", "ContainerDefinitions.Ulimits")
    assert ledger.missing(graph) == [pair]
    balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]
    assert ledger.missing(one(balancer, {"LoadBalancerAttributes": attributes})) == []
    attributes.append({"Key": "access_logs.s3.enabled", "Value": "true"})
    assert ledger.missing(one(balancer, {"LoadBalancerAttributes": attributes})) == [
        (balancer, "LoadBalancerAttributes.access_logs.s3.enabled")
    ]


def test_an_opened_property_with_a_value_of_another_shape_is_not_passed_over() -> None:
    graph = one("AWS::ECS::TaskDefinition", {"ContainerDefinitions": "elsewhere"})
    assert ledger.missing(graph) == [("AWS::ECS::TaskDefinition", "ContainerDefinitions")]


def test_several_are_told_together_and_a_type_that_nothing_runs_once() -> None:
    graph = one("AWS::Nothing::Here", {"First": 1, "Second": 2})
    graph.add(Resource("Zone", "AWS::EC2::EIP", {"Nothing": 1, "Nowhere": 2}))
    graph.add(Resource("Other", "AWS::Nothing::Here", {"First": 1}, graph["Thing"].origin))
    graph.add(Resource("Bare", "AWS::Nothing::There"))
    with pytest.raises(Mistake) as told:
        ledger.refuse(graph)
    assert "\n  AWS::Nothing::There (Bare)" in str(told.value)


def test_a_part_of_unknown_types_is_told_once_with_all_of_them() -> None:
    db = Postgres("db", "16", serverless=(0.5, 2))
    graph = lower(System("shop", Service("api", ".", ["run"], uses=[db])).in_environment(NAME))
    with pytest.raises(Mistake, match="db: the local cloud has no answer for") as told:
        ledger.refuse(graph)
    said = "AWS::RDS::DBClusterParameterGroup (DbParameters) and AWS::RDS::DBCluster (DbCluster)"
    assert said in str(told.value)


def test_every_part_that_cannot_run_is_told_where_it_is_written() -> None:
    graph = one("AWS::EC2::EIP", {"Nothing": 1, "Nowhere": 2, "Tags": []})
    changed = Origin("other", Place("system.py", 9))
    graph.add(Resource("Other", "AWS::EC2::EIP", {"Nothing": 1}, changed))
    with pytest.raises(Mistake) as told:
        ledger.refuse(graph, {"other": Place("system.py", 3)})
    assert str(told.value) == (
        "s, e: 2 parts cannot run here, because the local cloud has no answer for what they hold. "
        "Leave them out of the environment that `up` runs, or ask for them to be added.\n"
        "  system.py:3: other: Nothing of AWS::EC2::EIP (Other)\n"
        "  system.py:7: part: Nothing and Nowhere of AWS::EC2::EIP (Thing)"
    )


def test_a_variable_that_names_what_aws_alone_makes_is_refused() -> None:
    """A topic's type is answered, since nobody needs it for an alarm to be seen: none is made."""
    graph = one(ledger.TASK, {"ContainerDefinitions": [{"Environment": [NAMED]}]})
    graph.add(Resource("Topic", "AWS::SNS::Topic", {}, Origin("alerts", Place("system.py", 3))))
    with pytest.raises(Mistake, match=r"no answer for TOPIC, which names"):
        ledger.refuse(graph)


@pytest.mark.parametrize("name", GRAPHS)
def test_few_lines_are_said_of_a_system_and_each_once(name: str) -> None:
    lines = ledger.substitutions(GRAPHS[name])
    assert 1 <= len(lines) <= ledger.MOST_LINES
    assert len(set(lines)) == len(lines)
    assert all(len(line) <= 110 for line in lines), lines


def test_what_is_said_of_the_seed_system() -> None:
    lines = ledger.substitutions(GRAPHS["fastapi-app-production"])
    assert lines == [
        "api and migrate run from their source folders, not from images",
        "db is this machine's PostgreSQL 15, or the packaged one; AWS runs 15.19",
        "no TLS: the HTTPS listener speaks HTTP and databases take plain connections",
        "security groups and network ACLs are not enforced; everything listens on loopback",
        (
            "AWS's APIs are an emulator that checks no permission; "
            "alarms go to the events and notify nobody"
        ),
    ]
    staging = ledger.substitutions(GRAPHS["fastapi-app-staging"])
    assert "no TLS: databases take plain connections" in staging
    assert staging[-1] == "Spot capacity of api is never taken away"


def test_one_program_and_an_engine_of_ones_own() -> None:
    graph = one("AWS::RDS::DBInstance", {"EngineVersion": "16.4"})
    graph.add(Resource("ApiTask", "AWS::ECS::TaskDefinition", {}, Origin("api")))
    graph.annotations += [Source("ApiTask", "app"), OwnEngine("Thing", "MY_DATABASE")]
    lines = ledger.substitutions(graph)
    assert lines[0] == "api runs from its source folder, not from an image"
    assert lines[1] == (
        "part is what MY_DATABASE names, else this machine's PostgreSQL 16, "
        "or the packaged one; AWS runs 16.4"
    )


def test_databases_of_one_version_share_a_line() -> None:
    graph = one("AWS::RDS::DBInstance", {"EngineVersion": "16.4"})
    for name in ("users", "orders"):
        properties = {"EngineVersion": "16.4"}
        graph.add(Resource(name, "AWS::RDS::DBInstance", properties, Origin(name)))
    lines = ledger.substitutions(graph)
    assert lines[0].startswith("part, users and orders are this machine's PostgreSQL 16, or")


@pytest.mark.parametrize("name", GRAPHS)
def test_the_idle_timeout_that_runs_is_the_one_that_is_asked_for(name: str) -> None:
    """The ledger calls it run, and Envoy is given no other than its default."""
    for balancer in GRAPHS[name].of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        attributes = dict(ledger._members(balancer.properties["LoadBalancerAttributes"]))
        assert float(attributes["idle_timeout.timeout_seconds"]) == IDLE_TIMEOUT


def test_what_stands_in_for_kafka_is_told() -> None:
    def told(**more: str) -> list[str]:
        kafka = Kafka("kafka", brokers=2, **more)
        reader = Service("reader", ".", ["read"], uses=[kafka.topic("events").write])
        graph = lower(System("piped", reader).environment("production", zones=2))
        return [each for each in ledger.substitutions(graph) if "Tansu" in each]

    (line,) = told()
    assert line.startswith("kafka is Tansu, without TLS or login")
    (line,) = told(engine_url="MY_KAFKA")
    assert line.startswith("kafka is what MY_KAFKA names, else Tansu")

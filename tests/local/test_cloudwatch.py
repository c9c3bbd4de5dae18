"""Metrics, alarms as the graph asks for them, and log lines counted once."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.graph import Graph, Resource
from seatrial.local.cloudwatch import KEPT, LogFilter, Metrics, read_alarms, read_filters
from seatrial.local.pace import Pace
from seatrial.local.resolve import Resolver
from seatrial.mistake import Mistake
from tests.lower.systems import graph_of

TEXT = (
    'db = Postgres("db", version="15", size="db.t3.micro")\n'
    'api = Service("api", "app", ["run"], port=80, uses=[db])\n'
    'system = System("shop", api, alerts=Alerts(cpu=80, errors=5))\n'
)


def test_metrics_are_averaged_and_summed_over_what_came_since() -> None:
    metrics = Metrics()
    for at, value in ((1.0, 10.0), (2.0, None), (3.0, 30.0), (4.0, 50.0)):
        metrics.put(at, "Api", {"CPUUtilization": value, "Other": 1.0})
    assert metrics.average("Api", "CPUUtilization", 1.0) == 40.0
    assert metrics.total("Api", "CPUUtilization", 0.0) == 90.0
    assert metrics.average("Api", "CPUUtilization", 4.0) is None
    assert metrics.total("Api", "Nothing", 0.0) is None
    assert metrics.latest("Api") == {"CPUUtilization": 50.0, "Other": 1.0}
    assert metrics.latest("Db") == {}


def test_metrics_do_not_grow_without_end() -> None:
    metrics = Metrics()
    for at in range(KEPT + 10):
        metrics.put(float(at), "Api", {"X": 1.0})
    assert len(metrics.samples("Api", "X")) == KEPT
    assert metrics.samples("Api", "X")[0].time == 10.0


def test_alarms_watch_what_their_dimensions_name_at_the_pace() -> None:
    graph = graph_of(TEXT)
    alarms = {each.id: each for each in read_alarms(graph, Resolver(graph, {}), Pace(60))}
    watched = {id: (each.of, each.metric) for id, each in alarms.items()}
    assert watched == {
        "ApiCpuAlarm": ("ApiService", "CPUUtilization"),
        "ApiMemoryAlarm": ("ApiService", "MemoryUtilization"),
        "ApiUnhealthyTargetsAlarm": ("ApiTargets", "UnHealthyHostCount"),
        "ApiServerErrorsAlarm": ("ApiTargets", "HTTPCode_Target_5XX_Count"),
        "DbStorageAlarm": ("DbInstance", "FreeStorageSpace"),
        "DbConnectionErrorsAlarm": ("Seatrial/shop-production", "DatabaseConnectionErrors"),
    }
    assert {each.alarm.rule.period for each in alarms.values()} == {1.0}
    # A second's count stands for a minute's: it is made as large.
    assert {id for id, each in alarms.items() if each.scale == 60} == {
        "ApiServerErrorsAlarm",
        "DbConnectionErrorsAlarm",
    }
    assert alarms["ApiCpuAlarm"].name == "shop-production-api-cpu"


@pytest.mark.parametrize("pace", [1, 60, 120])
def test_a_rate_of_errors_fires_the_alarm_at_every_pace(pace: float) -> None:
    graph = graph_of(TEXT)
    (alarm,) = [
        each
        for each in read_alarms(graph, Resolver(graph, {}), Pace(pace))
        if each.metric == "HTTPCode_Target_5XX_Count"
    ]
    period = 60 / pace
    for per_minute, state in ((4.0, "OK"), (6.0, "ALARM"), (0.0, "OK")):
        metrics = Metrics()
        for number in range(4):
            metrics.put((number + 0.5) * period, alarm.of, {alarm.metric: per_minute / pace})
        alarm.evaluate(4.1 * period, metrics)
        assert alarm.alarm.state == state


FIELD, VALUE = "event", "database_connection_error"
LINES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(str.encode),
    st.dictionaries(
        st.sampled_from([FIELD, "level", "nested"]),
        st.one_of(st.just(VALUE), st.text(max_size=5), st.integers(), st.just({FIELD: VALUE})),
    ).map(lambda said: json.dumps(said).encode()),
    st.just(json.dumps([{FIELD: VALUE}]).encode()),
    st.just(f"plain {VALUE}".encode()),
)


def is_meant(line: bytes) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get(FIELD) == VALUE


@settings(deadline=None)
@given(st.lists(LINES, max_size=12), st.lists(st.integers(0, 400), max_size=5))
def test_each_whole_line_is_counted_once_however_it_is_written(
    lines: list[bytes], cuts: list[int]
) -> None:
    import tempfile

    text = b"".join(line.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for line in lines)
    expected = sum(is_meant(line) for line in text.split(b"\n"))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "api-1.log")
        log.touch()
        counter = LogFilter("ns", "Errors", FIELD, VALUE)
        found, at = 0, 0
        for cut in [*sorted(cuts), len(text)]:
            with log.open("ab") as file:
                file.write(text[at:cut])
            at = max(at, cut)
            found += counter.count([log, Path(folder, "gone.log")])
        assert found == expected
        assert counter.count([log]) == 0


def test_a_filter_is_read_from_the_graph() -> None:
    (read,) = read_filters(graph_of(TEXT))
    assert (read.namespace, read.metric) == ("Seatrial/shop-production", "DatabaseConnectionErrors")
    assert (read.field_name, read.value) == (FIELD, VALUE)


@pytest.mark.parametrize("pattern", ["", "ERROR", '{ $.a != "x" }', "{ $.a = 5 }", "[a, b]"])
def test_a_pattern_that_cannot_be_counted_here_is_one_mistake(pattern: str) -> None:
    graph = Graph("shop", "production", "us-east-1")
    graph.add(Resource("F", "AWS::Logs::MetricFilter", {"FilterPattern": pattern}))
    with pytest.raises(Mistake, match="cannot count lines by the pattern"):
        read_filters(graph)

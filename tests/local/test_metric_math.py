"""Metric math: what is made of metrics, and what of those that are missing."""

import pytest

from seatrial.local.metric_math import Formula, NotReadable, read_expression, read_formula
from seatrial.local.resolve import Resolver
from tests.lower.systems import graph_of

IDS = {"lag1", "lag2", "tasks"}


def value(expression: str, **values: float | None) -> float | None:
    missing = dict.fromkeys(IDS, None)
    return Formula((), read_expression(expression, IDS)).value({**missing, **values})


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("(lag1 + lag2) / IF(tasks < 1, 1, tasks)", 75.0),
        ("lag1 - lag2 * tasks", -100.0),
        ("SUM([lag1, lag2, FILL(tasks, 0)])", 154.0),
        ("MAX([lag1, lag2])", 100.0),
        ("MIN([lag1, lag2])", 50.0),
        ("lag1 == 100", 1.0),
        ("lag1 / 0", None),
    ],
)
def test_an_expression_is_calculated(expression: str, result: float | None) -> None:
    tasks = 4.0 if "SUM" in expression else 2.0 if "IF" in expression else 4.0
    assert value(expression, lag1=100.0, lag2=50.0, tasks=tasks) == result


def test_what_is_missing_is_missing_unless_it_is_filled() -> None:
    assert value("lag1 + lag2", lag1=1.0) is None
    assert value("IF(tasks < 1, 1, lag1)", lag1=1.0) is None
    assert value("lag1 > tasks", lag1=1.0) is None
    assert value("SUM([FILL(lag1, 3), FILL(lag2, 0)])") == 3.0
    assert value("MAX([lag1, lag2])") is None
    assert value("MAX([lag1, lag2])", lag2=2.0) == 2.0


@pytest.mark.parametrize(
    "expression",
    ["ANOMALY_DETECTION_BAND(lag1, 3)", "lag3", "lag1 ** 2", "__import__('os')", "lag1 +", "a.b"],
)
def test_what_is_not_known_is_not_read(expression: str) -> None:
    with pytest.raises(NotReadable):
        read_expression(expression, IDS)


def test_a_policys_queries_name_what_is_measured_here() -> None:
    graph = graph_of(
        'kafka = Kafka("kafka")\n'
        'events = kafka.topic("events")\n'
        'api = Service("api", "app", ["run"], uses=[events.read(group="g")],\n'
        "    tasks=Scale(min=1, max=3, lag_per_task=100))\n"
        'system = System("shop", api, zones=3)\n'
    )
    (policy,) = graph.of("AWS::ApplicationAutoScaling::ScalingPolicy")
    configuration = policy.properties["TargetTrackingScalingPolicyConfiguration"]
    queries = configuration["CustomizedMetricSpecification"]["Metrics"]
    formula = read_formula(queries, Resolver(graph, {}))
    (cluster,) = graph.of("AWS::MSK::Cluster")
    lag, tasks = formula.queries
    assert lag.watched.of == f"AWS/Kafka/{cluster.properties['ClusterName']}/g/events"
    assert (lag.watched.name, lag.statistic) == ("SumOffsetLag", "Maximum")
    assert (tasks.watched.of, tasks.watched.name) == ("ApiService", "RunningTaskCount")
    assert formula.value({lag.id: 600.0, tasks.id: 3.0}) == 200.0
    assert formula.value({lag.id: None, tasks.id: 3.0}) is None

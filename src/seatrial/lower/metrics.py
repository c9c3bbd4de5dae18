"""The pieces of which alarms and the dashboard are made.

Takes a metric by its CloudWatch name, gives an alarm or a widget.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.graph.values import REGION, Ref, Symbol, Value, join, render
from seatrial.language import Alerts
from seatrial.language.part import Part
from seatrial.lower.context import Lowering

MINUTE = 60
"""Seconds over which a metric is taken."""

Severity = Literal["critical", "warning", "notice"]
STATISTICS = {"Average", "Maximum", "Minimum", "SampleCount", "Sum"}
Widget = dict[str, Any]
"""One widget of a CloudWatch dashboard's body."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric by its CloudWatch name, and the statistic that is taken of it."""

    namespace: str
    name: str
    dimensions: Mapping[str, Value]
    statistic: str = "Average"


def alarm(
    lowering: Lowering,
    part: Part | None,
    kind: str,
    description: str,
    metric: tuple[str, str],
    statistic: str,
    threshold: float,
    dimensions: Mapping[str, Value] | Sequence[Mapping[str, Value]],
    periods: int,
    comparison: str = "GreaterThanThreshold",
    severity: Severity = "warning",
    *,
    missing: str = "notBreaching",
    period: int = MINUTE,
    also: Sequence[Value] = (),
) -> None:
    """Add an alarm over `periods` that tells the topic of its severity, and does what `also` says.

    `metric` is namespace and name; `period` in seconds; `comparison` CloudWatch's
    operator; `missing` what it makes of a datapoint that is not there. Several
    `dimensions` are taken together: their sum where the statistic is one, else
    the largest. Without a part it is the whole system's.
    """
    each = [dimensions] if isinstance(dimensions, Mapping) else list(dimensions)
    if len(each) == 1:
        watched = {**_one(metric, statistic, each[0]), "Period": period}
    else:
        watched = {"Metrics": _together(metric, statistic, each)}
    watch = (threshold, periods, comparison, missing, severity)
    _alarm(lowering, part, kind, description, watched, *watch, also=also)


def alarm_on(
    lowering: Lowering,
    part: Part,
    kind: str,
    description: str,
    expression: str,
    metrics: Mapping[str, Metric],
    threshold: float,
    periods: int,
) -> None:
    """Add an alarm on metric math: what `expression` makes of up to ten named metrics."""
    queries: list[Value] = [
        {
            "Id": id,
            "MetricStat": {"Metric": metric(each), "Period": MINUTE, "Stat": each.statistic},
            "ReturnData": False,
        }
        for id, each in metrics.items()
    ]
    queries.append(
        {"Id": "watched", "Expression": expression, "Label": kind, "ReturnData": True},
    )
    _alarm(lowering, part, kind, description, {"Metrics": queries}, threshold, periods)


def metric(each: Metric) -> Value:
    """Give a metric as alarms and scaling policies name it."""
    return {
        "Namespace": each.namespace,
        "MetricName": each.name,
        "Dimensions": _pairs(each.dimensions),
    }


def _alarm(
    lowering: Lowering,
    part: Part | None,
    kind: str,
    description: str,
    watched: Mapping[str, Value],
    threshold: float,
    periods: int,
    comparison: str = "GreaterThanThreshold",
    missing: str = "notBreaching",
    severity: Severity = "warning",
    also: Sequence[Value] = (),
) -> None:
    actions = [topic(lowering, severity)]
    whose = f"{lowering.name}-{part.name}" if part else lowering.name
    lowering.add(
        part,
        f"{kind}Alarm",
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{whose}-{_dashed(kind)}",
            "AlarmDescription": description,
            **watched,
            "EvaluationPeriods": periods,
            "ComparisonOperator": comparison,
            "Threshold": threshold,
            "TreatMissingData": missing,
            "AlarmActions": [*actions, *also],
            "OKActions": actions,
        },
    )


def topic(lowering: Lowering, severity: Severity) -> Ref:
    """Give the topic that hears of a severity: the common one, unless it is told apart."""
    alerts: Alerts | None = lowering.environment.setting("alerts")
    if alerts and severity == "critical" and alerts.pages:
        return Ref("CriticalTopic")
    if alerts and severity == "notice" and alerts.notice:
        return Ref("NoticeTopic")
    return Ref("AlertTopic")


def _pairs(dimensions: Mapping[str, Value]) -> list[Value]:
    return [{"Name": key, "Value": value} for key, value in dimensions.items()]


def _one(
    metric: tuple[str, str], statistic: str, dimensions: Mapping[str, Value]
) -> dict[str, Value]:
    namespace, name = metric
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": _pairs(dimensions) or None,
        ("Statistic" if statistic in STATISTICS else "ExtendedStatistic"): statistic,
        "Period": MINUTE,
    }


def _together(
    metric: tuple[str, str], statistic: str, dimensions: Sequence[Mapping[str, Value]]
) -> list[Value]:
    namespace, name = metric
    taken: list[Value] = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": _pairs(each),
                },
                "Stat": statistic,
                "Period": MINUTE,
            },
            "ReturnData": False,
        }
        for number, each in enumerate(dimensions, start=1)
    ]
    # One of two target groups has no traffic, and so no datapoints.
    filled = ", ".join(f"FILL(m{number}, 0)" for number in range(1, len(taken) + 1))
    function = "SUM" if statistic == "Sum" else "MAX"
    expression = {"Id": "all", "Expression": f"{function}([{filled}])", "ReturnData": True}
    return [expression, *taken]


def _dashed(kind: str) -> str:
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in kind).strip("-")


def widget(title: str, lines: list[Value]) -> Widget:
    """Give a chart of some lines over time."""
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": REGION,
            "period": MINUTE,
            "metrics": lines,
        },
    }


def line(namespace: str, name: str, dimensions: Mapping[str, Value], statistic: str) -> Value:
    """Give one line of a chart."""
    flat = [each for pair in dimensions.items() for each in pair]
    return [namespace, name, *flat, {"stat": statistic}]


def json_text(value: Value) -> Value:
    """Write a value as one JSON text whose symbols stay symbols."""
    kept: list[Symbol] = []

    def keep(symbol: Symbol) -> str:
        kept.append(symbol)
        return f"\N{SYMBOL FOR UNIT SEPARATOR}{len(kept) - 1}\N{SYMBOL FOR UNIT SEPARATOR}"

    text = json.dumps(render(value, keep), separators=(",", ":"), ensure_ascii=False)
    pieces = text.split("\N{SYMBOL FOR UNIT SEPARATOR}")
    return join(*(kept[int(each)] if odd % 2 else each for odd, each in enumerate(pieces)))

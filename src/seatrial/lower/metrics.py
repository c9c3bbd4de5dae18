"""The pieces of which alarms and the dashboard are made.

Takes a metric by its CloudWatch name, gives an alarm or a widget.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.graph.values import REGION, Ref, Symbol, Value, join, render
from seatrial.language.part import Part
from seatrial.lower.context import Lowering

MINUTE = 60
"""Seconds over which a metric is taken."""

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
    part: Part,
    kind: str,
    description: str,
    metric: tuple[str, str],
    statistic: str,
    threshold: float,
    dimensions: Mapping[str, Value],
    periods: int,
    comparison: str = "GreaterThanThreshold",
    *,
    missing: str = "notBreaching",
) -> None:
    """Add an alarm over `periods` minutes that tells the topic of alerts.

    `metric` is namespace and name; `comparison` CloudWatch's operator; `missing`
    what it makes of a datapoint that is not there.
    """
    namespace, name = metric
    watched: dict[str, Value] = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": _pairs(dimensions) or None,
        "Statistic": statistic,
        "Period": MINUTE,
    }
    _alarm(lowering, part, kind, description, watched, threshold, periods, comparison, missing)


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
    over = "GreaterThanThreshold"
    watched = {"Metrics": queries}
    _alarm(lowering, part, kind, description, watched, threshold, periods, over, "notBreaching")


def metric(each: Metric) -> Value:
    """Give a metric as alarms and scaling policies name it."""
    return {
        "Namespace": each.namespace,
        "MetricName": each.name,
        "Dimensions": _pairs(each.dimensions),
    }


def _pairs(dimensions: Mapping[str, Value]) -> list[Value]:
    return [{"Name": key, "Value": value} for key, value in dimensions.items()]


def _alarm(
    lowering: Lowering,
    part: Part,
    kind: str,
    description: str,
    watched: Mapping[str, Value],
    threshold: float,
    periods: int,
    comparison: str,
    missing: str,
) -> None:
    lowering.add(
        part,
        f"{kind}Alarm",
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{lowering.name}-{part.name}-{_dashed(kind)}",
            "AlarmDescription": description,
            **watched,
            "EvaluationPeriods": periods,
            "ComparisonOperator": comparison,
            "Threshold": threshold,
            "TreatMissingData": missing,
            "AlarmActions": [Ref("AlertTopic")],
            "OKActions": [Ref("AlertTopic")],
        },
    )


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

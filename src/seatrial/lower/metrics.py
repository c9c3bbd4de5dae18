"""The pieces of which alarms and the dashboard are made.

Takes a metric by its CloudWatch name, gives an alarm or a widget.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.graph.values import REGION, Ref, Value
from seatrial.language.part import Part
from seatrial.lower.context import Lowering

MINUTE = 60
"""Seconds over which a metric is taken."""

Widget = dict[str, Any]
"""One widget of a CloudWatch dashboard's body."""


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
) -> None:
    """Add an alarm over `periods` minutes that tells the topic of alerts.

    `metric` is namespace and name; `comparison` CloudWatch's operator. Missing
    datapoints do not breach.
    """
    namespace, name = metric
    lowering.add(
        part,
        f"{kind}Alarm",
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{lowering.name}-{part.name}-{_dashed(kind)}",
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()]
            or None,
            "Statistic": statistic,
            "Period": MINUTE,
            "EvaluationPeriods": periods,
            "ComparisonOperator": comparison,
            "Threshold": threshold,
            "TreatMissingData": "notBreaching",
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

"""CloudWatch: measurements under AWS's names, alarms over them, counted log lines.

Takes samples as they are measured; `control.alarm` decides. Nothing is kept
longer than the longest alarm looks back.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seatrial.control.alarm import (
    EXTRA_PERIODS,
    Alarm,
    AlarmRule,
    Change,
    Sample,
    aggregate,
    datapoints,
)
from seatrial.graph import Graph, Resource
from seatrial.local.dimensions import read_metric
from seatrial.local.metric_math import Formula, NotReadable, read_formula
from seatrial.local.pace import Pace
from seatrial.local.resolve import Resolver
from seatrial.mistake import Mistake

ALARM = "AWS::CloudWatch::Alarm"
FILTER = "AWS::Logs::MetricFilter"
MINUTE = 60.0
KEPT = 900
"""Samples kept of each metric: at one a second, 15 minutes."""
_PATTERN = re.compile(r"\{ *\$\.(\w+) *= *\"([^\"]*)\" *\}")

Key = tuple[str, str]
"""What a metric is of (a resource's logical id, or a namespace) and its name."""


class Metrics:
    """Samples by metric; a value that was not measured is not there."""

    def __init__(self) -> None:
        self._samples: dict[Key, deque[Sample]] = {}

    def put(self, now: float, of: str, values: Mapping[str, float | None]) -> None:
        """Take what was measured of one resource now."""
        for name, value in values.items():
            if value is not None:
                key = (of, name)
                if key not in self._samples:
                    self._samples[key] = deque(maxlen=KEPT)
                self._samples[key].append(Sample(now, value))

    def samples(self, of: str, name: str) -> Sequence[Sample]:
        """Give the samples of one metric, oldest first."""
        return self._samples.get((of, name), ())

    def latest(self, of: str) -> dict[str, float]:
        """Give the newest value of every metric of a resource."""
        return {name: kept[-1].value for (id, name), kept in self._samples.items() if id == of}

    def average(self, of: str, name: str, since: float) -> float | None:
        """Give the mean of a metric's samples since a time, None without any."""
        values = [each.value for each in self.samples(of, name) if each.time > since]
        return sum(values) / len(values) if values else None

    def calculate(self, formula: Formula, since: float) -> float | None:
        """Give a formula's value over the samples since a time, None where one is missing."""
        return formula.value(
            {
                query.id: aggregate(
                    query.statistic,
                    [
                        each.value
                        for each in self.samples(query.watched.of, query.watched.name)
                        if each.time > since
                    ],
                )
                for query in formula.queries
            }
        )

    def follow(self, formula: Formula, since: float) -> Sequence[Sample]:
        """Give a formula's value at each time since one at which its metrics were measured."""
        at: dict[float, dict[str, float | None]] = {}
        for query in formula.queries:
            for each in self.samples(query.watched.of, query.watched.name):
                if each.time > since:
                    at.setdefault(each.time, {})[query.id] = each.value
        missing = dict.fromkeys((each.id for each in formula.queries), None)
        found = (
            (time, formula.value({**missing, **values})) for time, values in sorted(at.items())
        )
        return [Sample(time, value) for time, value in found if value is not None]

    def total(self, of: str, name: str, since: float) -> float | None:
        """Give the sum of a metric's samples since a time, None without any."""
        values = [each.value for each in self.samples(of, name) if each.time > since]
        return sum(values) if values else None


@dataclass
class WatchedAlarm:
    """An alarm of the graph and the metric it watches."""

    id: str
    name: str
    part: str
    of: str
    metric: str
    alarm: Alarm
    formula: Formula | None = None
    """What is made of several metrics, where it is not one."""
    scale: float = 1.0
    """What a paced period's count is multiplied by to be that of AWS's whole period."""

    @property
    def _looks_back(self) -> float:
        rule = self.alarm.rule
        return rule.period * (rule.evaluation_periods + EXTRA_PERIODS + 1)

    def evaluate(self, now: float, metrics: Metrics) -> Change | None:
        """Look at the metric once."""
        if self.formula:
            samples = metrics.follow(self.formula, now - self._looks_back)
        else:
            samples = metrics.samples(self.of, self.metric)
        if self.scale != 1.0:
            samples = [Sample(each.time, each.value * self.scale) for each in samples]
        return self.alarm.evaluate(now, datapoints(self.alarm.rule, now, samples))


def read_alarms(graph: Graph, resolver: Resolver, pace: Pace) -> list[WatchedAlarm]:
    """Read every alarm, its period paced; it watches the resource that its dimensions name.

    An alarm on what is not calculated here (a band of anomalies) is left out.
    """
    read = (_alarm(each, resolver, pace) for each in graph.of(ALARM))
    return [each for each in read if each]


def _alarm(resource: Resource, resolver: Resolver, pace: Pace) -> WatchedAlarm | None:
    properties = resource.properties
    formula = None
    if "Metrics" in properties:
        try:
            formula = read_formula(properties["Metrics"], resolver)
        except NotReadable:
            return None
        first = formula.queries[0]
        watched, statistic, period = first.watched, first.statistic, first.period or MINUTE
    else:
        if "Statistic" not in properties:
            return None
        watched = read_metric(properties, resolver)
        statistic, period = properties["Statistic"], properties["Period"]
    rule = AlarmRule(
        comparison=properties["ComparisonOperator"],
        threshold=properties["Threshold"],
        period=pace.timer(period),
        evaluation_periods=properties["EvaluationPeriods"],
        datapoints_to_alarm=properties.get("DatapointsToAlarm"),
        statistic=statistic,
        treat_missing_data=properties.get("TreatMissingData", "missing"),
    )
    return WatchedAlarm(
        resource.id,
        resolver.text(properties.get("AlarmName", resource.id)),
        resource.label,
        watched.of,
        watched.name,
        Alarm(rule),
        formula,
        pace.factor if statistic == "Sum" else 1.0,
    )


@dataclass
class LogFilter:
    """A metric filter: counts the JSON log lines whose field has a value."""

    namespace: str
    metric: str
    field_name: str
    value: str
    _positions: dict[Path, int] = field(default_factory=dict)

    def count(self, logs: Iterable[Path]) -> int:
        """Count the matching lines that were written since the last count."""
        found = 0
        for log in logs:
            try:
                size = log.stat().st_size
                start = self._positions.get(log, 0)
                if size <= start:
                    continue
                with log.open("rb") as file:
                    file.seek(start)
                    text = file.read(size - start)
            except OSError:
                continue
            whole = text.rfind(b"\n") + 1
            self._positions[log] = start + whole
            if self.value.encode() in text:
                found += sum(self._matches(line) for line in text[:whole].splitlines())
        return found

    def _matches(self, line: bytes) -> bool:
        if self.value.encode() not in line:
            return False
        try:
            said: Any = json.loads(line)
        except ValueError:
            return False
        return isinstance(said, dict) and said.get(self.field_name) == self.value


def read_filters(graph: Graph) -> list[LogFilter]:
    """Read every metric filter of the form `{ $.field = "value" }`."""
    found = []
    for each in graph.of(FILTER):
        pattern = _PATTERN.fullmatch(each.properties["FilterPattern"])
        if pattern is None:
            origin = each.origin
            raise Mistake(
                f"{each.label}: the local cloud cannot count lines by the "
                f"pattern {each.properties['FilterPattern']!r}.",
                origin.place if origin else None,
                'It knows patterns such as { $.event = "name" }.',
            )
        (transformation,) = each.properties["MetricTransformations"]
        namespace, metric = transformation["MetricNamespace"], transformation["MetricName"]
        found.append(LogFilter(namespace, metric, pattern[1], pattern[2]))
    return found

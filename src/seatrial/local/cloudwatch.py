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

from seatrial.control.alarm import Alarm, AlarmRule, Change, Sample, datapoints
from seatrial.graph import Graph, Resource
from seatrial.graph.values import referred
from seatrial.local.pace import Pace
from seatrial.local.resolve import Resolver
from seatrial.mistake import Mistake

ALARM = "AWS::CloudWatch::Alarm"
FILTER = "AWS::Logs::MetricFilter"
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
    scale: float = 1.0
    """What a paced period's count is multiplied by to be that of AWS's whole period."""

    def evaluate(self, now: float, metrics: Metrics) -> Change | None:
        """Look at the metric once."""
        samples = metrics.samples(self.of, self.metric)
        if self.scale != 1.0:
            samples = [Sample(each.time, each.value * self.scale) for each in samples]
        return self.alarm.evaluate(now, datapoints(self.alarm.rule, now, samples))


def read_alarms(graph: Graph, resolver: Resolver, pace: Pace) -> list[WatchedAlarm]:
    """Read every alarm, its period paced; it watches the resource that its dimensions name."""
    return [_alarm(each, resolver, pace) for each in graph.of(ALARM)]


def _alarm(resource: Resource, resolver: Resolver, pace: Pace) -> WatchedAlarm:
    properties = resource.properties
    named = list(referred(properties.get("Dimensions", ())))
    rule = AlarmRule(
        comparison=properties["ComparisonOperator"],
        threshold=properties["Threshold"],
        period=pace.timer(properties["Period"]),
        evaluation_periods=properties["EvaluationPeriods"],
        datapoints_to_alarm=properties.get("DatapointsToAlarm"),
        statistic=properties["Statistic"],
        treat_missing_data=properties.get("TreatMissingData", "missing"),
    )
    return WatchedAlarm(
        resource.id,
        resolver.text(properties.get("AlarmName", resource.id)),
        resource.origin.part if resource.origin else resource.id,
        named[-1] if named else properties["Namespace"],
        properties["MetricName"],
        Alarm(rule),
        pace.factor if properties["Statistic"] == "Sum" else 1.0,
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
                f"{origin.part if origin else each.id}: the local cloud cannot count lines by the "
                f"pattern {each.properties['FilterPattern']!r}.",
                origin.place if origin else None,
                'It knows patterns such as { $.event = "name" }.',
            )
        (transformation,) = each.properties["MetricTransformations"]
        namespace, metric = transformation["MetricNamespace"], transformation["MetricName"]
        found.append(LogFilter(namespace, metric, pattern[1], pattern[2]))
    return found

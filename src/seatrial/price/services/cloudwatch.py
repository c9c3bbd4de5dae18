"""Amazon CloudWatch: alarms by the metrics they look at, dashboards."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices

FAST = 60.0
"""An alarm that looks more often than each 60 seconds is of high resolution."""


@prices("AWS::CloudWatch::Alarm")
def alarm(resource: Resource, estimate: Estimate) -> Lines:
    """Price an alarm by each metric that it looks at.

    https://aws.amazon.com/cloudwatch/pricing/: an alarm on a formula counts each of its
    metrics; one on an anomaly counts three.
    """
    properties = resource.properties
    looked = estimate.maps(properties.get("Metrics"))
    metrics = sum(1 for each in looked if each.get("MetricStat")) or 1
    periods = [properties.get("Period")]
    periods += [estimate.map(each.get("MetricStat")).get("Period") for each in looked]
    fast = any(0 < estimate.number(each) < FAST for each in periods)
    if "ANOMALY_DETECTION_BAND" in repr([each.get("Expression") for each in looked]):
        metrics *= 3
    key = "cw.alarm_fast_mo" if fast else "cw.alarm_mo"
    how = f"{metrics} metric{'s' if metrics > 1 else ''}"
    yield estimate.line(resource, "alarms", key, metrics, how)


@prices("AWS::CloudWatch::CompositeAlarm")
def composite(resource: Resource, estimate: Estimate) -> Lines:
    """Price an alarm over alarms."""
    yield estimate.line(resource, "composite alarms", "cw.composite_alarm_mo", 1, "1 alarm")


@prices("AWS::CloudWatch::Dashboard")
def dashboard(resource: Resource, estimate: Estimate) -> Lines:
    """Price a dashboard."""
    yield estimate.line(resource, "dashboards", "cw.dashboard_mo", 1, "1 dashboard")

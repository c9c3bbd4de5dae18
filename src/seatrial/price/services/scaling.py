"""Application Auto Scaling: free itself, but the alarms that it makes are not."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::ApplicationAutoScaling::ScalingPolicy")
def policy(resource: Resource, estimate: Estimate) -> Lines:
    """Price the two alarms by which a target is tracked, by each metric that they look at.

    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
    """
    kind = estimate.text(resource.properties.get("PolicyType"))
    if kind != "TargetTrackingScaling":
        return
    tracked = estimate.map(resource.properties.get("TargetTrackingScalingPolicyConfiguration"))
    own = estimate.map(tracked.get("CustomizedMetricSpecification")).get("Metrics")
    looked = estimate.maps(own)
    metrics = sum(1 for each in looked if each.get("MetricStat")) or 1
    how = f"2 alarms x {metrics} metric{'s' if metrics > 1 else ''}"
    yield estimate.line(resource, "alarms of scaling", "cw.alarm_mo", 2 * metrics, how)

"""Application Auto Scaling: measurements in, a new number of tasks out.

Takes one datapoint per metric and period; `control.tracking` decides. Scheduled
actions follow the wall clock and are never paced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from seatrial.control.schedule import ScheduledAction, parse
from seatrial.control.tracking import Bounds, Decision, TargetTracking, TrackingRule, combine
from seatrial.graph import Graph, Resource
from seatrial.graph.values import referred
from seatrial.local.metric_math import Formula, read_formula
from seatrial.local.pace import Pace
from seatrial.local.resolve import Resolver

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
SERVICE = "AWS::ECS::Service"
METRICS = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
    "ALBRequestCountPerTarget": "RequestCountPerTarget",
}
"""The predefined metric -> the CloudWatch metric that it reads."""
MINUTE = 60.0


@dataclass
class Scaling:
    """The scalable target of one service, with its policies and schedule."""

    service: str
    bounds: Bounds
    policies: dict[str, TargetTracking]
    actions: tuple[ScheduledAction, ...]
    looked: datetime
    formulas: dict[str, Formula] = field(default_factory=dict)
    """What a policy follows that no predefined metric is, by the policy's id."""
    last: Decision | None = None

    def observe(self, now: float, datapoints: Mapping[str, float | None]) -> None:
        """Take the datapoints of the period that ended now, by CloudWatch's names."""
        for metric, policy in self.policies.items():
            policy.observe(now, datapoints.get(metric))

    def decide(self, now: float, current: int, *, deploying: bool) -> Decision | None:
        """Say how many tasks there should be now, None to leave them."""
        self._follow_schedule(datetime.fromtimestamp(now, UTC))
        decision = combine(
            list(self.policies.values()), now, current, self.bounds, deploying=deploying
        )
        if decision:
            self.last = decision
        return decision

    def _follow_schedule(self, now: datetime) -> None:
        due = [
            (moment, action)
            for action in self.actions
            if (moment := action.next(self.looked)) is not None and moment <= now
        ]
        for _, action in sorted(due, key=lambda each: each[0]):
            self.bounds = action.apply(self.bounds)
        self.looked = now

    def record(self) -> dict[str, Any]:
        """Give what another supervisor needs to go on."""
        return {
            "bounds": [self.bounds.minimum, self.bounds.maximum],
            "policies": {name: policy.record() for name, policy in self.policies.items()},
        }

    def resume(self, record: Mapping[str, Any]) -> None:
        """Go on from a record."""
        self.bounds = Bounds(*record["bounds"])
        for name, policy in self.policies.items():
            if name in record["policies"]:
                policy.resume(record["policies"][name])


def read_scaling(graph: Graph, resolver: Resolver, pace: Pace) -> list[Scaling]:
    """Read every service's scalable target, its cool-downs and periods paced."""
    targets = (each for each in graph.of(TARGET) if each.properties["ServiceNamespace"] == "ecs")
    return [_scaling(graph, each, resolver, pace) for each in targets]


def _scaling(graph: Graph, target: Resource, resolver: Resolver, pace: Pace) -> Scaling:
    properties = target.properties
    (service,) = (
        id
        for id in referred(properties["ResourceId"])
        if id in graph.resources and graph[id].type == SERVICE
    )
    policies = {}
    formulas: dict[str, Formula] = {}
    for policy in graph.of(POLICY):
        if policy.properties["ScalingTargetId"].id != target.id:
            continue
        if policy.properties["PolicyType"] != "TargetTrackingScaling":
            continue  # a forecast only tells what may come
        configuration = policy.properties["TargetTrackingScalingPolicyConfiguration"]
        if custom := configuration.get("CustomizedMetricSpecification"):
            metric = policy.id
            formulas[metric] = read_formula(custom["Metrics"], resolver)
        else:
            predefined = configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]
            metric = METRICS[predefined]
        policies[metric] = TargetTracking(
            TrackingRule(
                metric=metric,
                target=configuration["TargetValue"],
                scale_out_cooldown=pace.timer(configuration.get("ScaleOutCooldown", 300)),
                scale_in_cooldown=pace.timer(configuration.get("ScaleInCooldown", 300)),
                period=pace.timer(MINUTE),
                disable_scale_in=configuration.get("DisableScaleIn", False),
            )
        )
    actions = tuple(
        ScheduledAction(
            each["ScheduledActionName"],
            parse(each["Schedule"], each.get("Timezone", "UTC")),
            each["ScalableTargetAction"].get("MinCapacity"),
            each["ScalableTargetAction"].get("MaxCapacity"),
        )
        for each in properties.get("ScheduledActions", ())
    )
    bounds = Bounds(properties["MinCapacity"], properties["MaxCapacity"])
    return Scaling(service, bounds, policies, actions, datetime.now(UTC), formulas)

"""Autoscaling: a target where the number of tasks may change, and nowhere else."""

from hypothesis import given

from seatrial.graph.check import check
from seatrial.graph.values import referred
from tests.lower.systems import Described, few, graph_of, part_of, systems

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


@few
@given(systems())
def test_every_target_is_one_service_and_every_policy_has_its_target(described: Described) -> None:
    graph = described.graph()
    targets = {each.id: each for each in graph.of(TARGET)}
    for each in targets.values():
        (service,) = (
            id for id in referred(each.properties["ResourceId"]) if id.endswith("Service")
        )
        assert part_of(graph[service]) == part_of(each)
        assert each.properties["MinCapacity"] <= each.properties["MaxCapacity"]
    for policy in graph.of(POLICY):
        assert part_of(targets[policy.properties["ScalingTargetId"].id]) == part_of(policy)


def test_a_fixed_number_needs_no_target() -> None:
    graph = graph_of(
        'a = Service("a", "app", ["run"], tasks=3)\n'
        'b = Service("b", "app", ["run"], tasks=Scale(min=2, max=2, cpu=70))\n'
        'c = Service("c", "app", ["run"], tasks=Scale(min=2, max=2, '
        'schedule=[Scheduled("rate(1 day)", 0, 0)]))\n'
        'system = System("shop", a, b, c)\n'
    )
    assert [each.id for each in graph.of(TARGET)] == ["CScaling"]
    (action,) = graph["CScaling"].properties["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}


def test_each_target_value_is_a_policy_with_the_cooldowns() -> None:
    graph = graph_of(
        'api = Service("api", "app", ["run"], port=80, '
        "tasks=Scale(min=1, max=9, cpu=70, memory=80, requests=500, out_cooldown=30))\n"
        'system = System("shop", api)\n'
    )
    found = {
        each["PredefinedMetricSpecification"]["PredefinedMetricType"]: each["TargetValue"]
        for policy in graph.of(POLICY)
        for each in [policy.properties["TargetTrackingScalingPolicyConfiguration"]]
        if each["ScaleOutCooldown"] == 30 and each["ScaleInCooldown"] == 300
    }
    assert found == {
        "ECSServiceAverageCPUUtilization": 70,
        "ECSServiceAverageMemoryUtilization": 80,
        "ALBRequestCountPerTarget": 500,
    }


def test_a_forecast_is_of_the_first_target_s_load() -> None:
    for target, load in (
        ("cpu=70", "ECSServiceCPUUtilization"),
        ("memory=80", "ECSServiceMemoryUtilization"),
        ("requests=500", "ALBRequestCount"),
    ):
        graph = graph_of(
            'api = Service("api", "app", ["run"], port=80, '
            f'tasks=Scale(min=2, max=10, predict="forecast", {target}))\n'
            'system = System("shop", api)\n'
        )
        assert check(graph) == []
        policy = graph["ApiScaleByForecast"].properties
        assert policy["PolicyType"] == "PredictiveScaling"
        configuration = policy["PredictiveScalingPolicyConfiguration"]
        assert configuration["Mode"] == "ForecastOnly"
        (specification,) = configuration["MetricSpecifications"]
        pair = specification["PredefinedMetricPairSpecification"]
        assert pair["PredefinedMetricType"] == load
        assert ("ResourceLabel" in pair) == target.startswith("requests")

"""Autoscaling: read from the graph at the pace, its schedule by the wall clock."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given

from seatrial.control.tracking import Bounds
from seatrial.graph import Graph
from seatrial.local.autoscaling import Scaling, read_scaling
from seatrial.local.pace import Pace
from seatrial.local.resolve import Resolver
from tests.lower.systems import Described, few, graph_of, systems


def graph(scale: str) -> Graph:
    return graph_of(
        f'api = Service("api", "app", ["run"], port=80, tasks={scale})\n'
        'system = System("shop", api)\n'
    )


def scaling(scale: str, pace: float = 60.0) -> Scaling:
    made = graph(scale)
    (read,) = read_scaling(made, Resolver(made, {}), Pace(pace))
    return read


@few
@given(systems())
def test_every_scalable_target_of_every_graph_can_be_read(described: Described) -> None:
    made = described.graph()
    for each in read_scaling(made, Resolver(made, {}), Pace()):
        assert made[each.service].type == "AWS::ECS::Service"
        back = read_scaling(made, Resolver(made, {}), Pace())
        back[0].resume(json.loads(json.dumps(back[0].record())))


def test_cooldowns_and_periods_are_paced_and_targets_are_not() -> None:
    read = scaling("Scale(min=1, max=9, cpu=70, requests=500, out_cooldown=60, in_cooldown=300)")
    assert (read.service, read.bounds) == ("ApiService", Bounds(1, 9))
    rules = {metric: policy.rule for metric, policy in read.policies.items()}
    assert rules.keys() == {"CPUUtilization", "RequestCountPerTarget"}
    assert rules["RequestCountPerTarget"].target == 500
    for rule in rules.values():
        assert (rule.scale_out_cooldown, rule.scale_in_cooldown, rule.period) == (1.0, 5.0, 1.0)


def test_three_busy_minutes_scale_out_once_and_then_cool_down() -> None:
    read = scaling("Scale(min=1, max=20, cpu=50, out_cooldown=120)")
    count, counts = 2, []
    for second in range(1, 8):
        read.observe(float(second), {"CPUUtilization": 100.0})
        decision = read.decide(float(second), count, deploying=False)
        count = decision.desired if decision else count
        counts.append(count)
    # At pace 60 a minute is a second, so the cool-down is over two seconds later.
    assert counts == [2, 2, 4, 4, 8, 8, 16]
    assert read.last
    assert read.last.desired == 16


def test_a_missing_metric_scales_nothing() -> None:
    read = scaling("Scale(min=1, max=9, cpu=50, memory=50)")
    for second in range(1, 30):
        read.observe(float(second), {})
        assert read.decide(float(second), 3, deploying=False) is None


def test_a_schedule_follows_the_wall_clock_whatever_the_pace() -> None:
    read = scaling('Scale(min=1, max=2, cpu=50, schedule=[Scheduled("rate(1 day)", 0, 0)])', 120)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight + timedelta(days=1, seconds=-1)
    read.looked = before - timedelta(seconds=1)
    assert read.decide(before.timestamp(), 1, deploying=False) is None
    decision = read.decide((before + timedelta(seconds=2)).timestamp(), 1, deploying=False)
    assert decision
    assert (decision.desired, read.bounds) == (0, Bounds(0, 0))


def test_of_several_moments_that_have_passed_the_last_one_holds() -> None:
    read = scaling(
        "Scale(min=1, max=2, cpu=50, schedule=["
        'Scheduled("cron(0 20 * * ? *)", 0, 0), Scheduled("cron(0 7 * * ? *)", 1, 5)])'
    )
    read.looked = datetime(2027, 3, 1, 19, 0, tzinfo=UTC)
    read.decide(datetime(2027, 3, 2, 8, 0, tzinfo=UTC).timestamp(), 1, deploying=False)
    assert read.bounds == Bounds(1, 5)


def test_bounds_and_cooldowns_go_on_after_a_restart() -> None:
    read = scaling("Scale(min=1, max=9, cpu=50)")
    for second in range(1, 4):
        read.observe(float(second), {"CPUUtilization": 100.0})
        read.decide(float(second), 2, deploying=False)
    read.bounds = Bounds(2, 4)
    again = scaling("Scale(min=1, max=9, cpu=50)")
    again.resume(json.loads(json.dumps(read.record())))
    assert again.record() == read.record()


def test_a_policy_that_is_new_goes_its_own_way_after_a_restart() -> None:
    record = scaling("Scale(min=1, max=9, cpu=50)").record()
    again = scaling("Scale(min=1, max=9, cpu=50, memory=60)")
    again.resume(record)
    assert again.policies.keys() == {"CPUUtilization", "MemoryUtilization"}

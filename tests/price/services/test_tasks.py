"""Tasks on Fargate: their sizes, their number, Spot's share, and jobs that run now and then."""

from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.values import GetAtt, Join, Ref
from seatrial.price.quantity import Quantity
from tests.price.graphs import cents, graph, lines, resource, usage

TASK = {"Cpu": "1024", "Memory": "2048"}


def served(task: dict[str, Any] | None = None, *more: Any, **service: Any) -> Graph:
    return graph(
        resource("Task", "ECS::TaskDefinition", "api", **{**TASK, **(task or {})}),
        resource("Service", "ECS::Service", "api", TaskDefinition=Ref("Task"), **service),
        *more,
    )


FARGATE = {"LaunchType": "FARGATE"}
TARGET = resource(
    "Target",
    "ApplicationAutoScaling::ScalableTarget",
    ResourceId=Join(("service/shop/", GetAtt("Service", "Name"))),
    MinCapacity=2,
    MaxCapacity=10,
    ScheduledActions=[{}, {}],
)


def test_a_scaled_service_runs_its_minimum_its_start_and_its_maximum() -> None:
    line = lines(served(None, TARGET, **FARGATE, DesiredCount=3))["Fargate vCPU"]
    assert line.quantity == Quantity(2 * 730, 3 * 730, 10 * 730)
    assert line.note == ("scales from 2 to 10, starts with 3; 2 scheduled changes are not counted")


def test_a_start_outside_its_bounds_is_brought_within() -> None:
    line = lines(served(None, TARGET, **FARGATE, DesiredCount=1))["Fargate vCPU"]
    assert line.quantity.expected == 2 * 730


def test_tasks_that_are_said_go_before_its_bounds() -> None:
    said = usage(api={"tasks": (1, 4, 5), "hours": 300})
    line = lines(served(None, TARGET, **FARGATE), said)["Fargate memory"]
    assert line.quantity == Quantity(1 * 2 * 300, 4 * 2 * 300, 5 * 2 * 300)


def test_a_number_that_is_not_known_is_one_and_says_so() -> None:
    line = lines(served(**FARGATE))["Fargate vCPU"]
    assert line.quantity.expected == 730
    assert line.assumed == ("one task, because its number is not known from the template",)


@pytest.mark.parametrize(
    ("platform", "key"),
    [
        ({}, "fargate.x86.vcpu_h"),
        ({"CpuArchitecture": "ARM64"}, "fargate.arm.vcpu_h"),
        ({"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "fargate.windows.x86.vcpu_h"),
    ],
)
def test_each_platform_has_its_price(platform: dict[str, str], key: str) -> None:
    made = served({"RuntimePlatform": platform}, **FARGATE, DesiredCount=1)
    assert lines(made)["Fargate vCPU"].key == key


def test_a_disk_is_paid_beyond_what_is_included() -> None:
    made = served({"EphemeralStorage": {"SizeInGiB": 50}}, **FARGATE, DesiredCount=1)
    assert lines(made)["Fargate disk"].quantity.expected == 30 * 730


def test_a_size_that_is_not_known_is_unknown() -> None:
    made = served({"Cpu": None}, **FARGATE)
    assert "Cpu or Memory" in lines(made)["tasks"].unknown


def test_weights_give_the_share_of_spot() -> None:
    strategy = [
        {"CapacityProvider": "FARGATE", "Weight": 1},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 3},
    ]
    made = served(CapacityProviderStrategy=strategy, DesiredCount=1)
    whole = lines(made)["Fargate vCPU"].cost.expected
    told = lines(made, usage(api={"spot_discount": 60}))["Fargate vCPU"]
    assert told.cost.expected == pytest.approx(whole * (1 - 0.75 * 0.6))


def test_tasks_with_addresses_of_their_own_pay_for_them() -> None:
    network = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}
    made = served(**FARGATE, DesiredCount=2, NetworkConfiguration=network)
    assert cents(lines(made)["public IPv4 addresses"]) == 7.30


def test_tasks_on_machines_cost_what_the_machines_do() -> None:
    assert lines(served(LaunchType="EC2", DesiredCount=2)) == {}


@pytest.mark.parametrize("schedule", [True, False])
def test_a_job_is_paid_by_the_hours_that_it_runs(schedule: bool) -> None:
    target = {"Id": "job", "EcsParameters": {"TaskDefinitionArn": Ref("Job")}}
    starter = (
        resource("Nightly", "Scheduler::Schedule", "report", Target=target)
        if schedule
        else resource("Nightly", "Events::Rule", "report", Targets=[target])
    )
    made = graph(resource("Job", "ECS::TaskDefinition", "report", **TASK), starter)
    assert {line.wants for line in lines(made).values()} == {"hours"}
    found = lines(made, usage(report={"hours": 15}))
    assert cents(found["jobs, vCPU"]) == 0.61
    assert cents(found["jobs, memory"]) == 0.13


def test_a_rule_that_starts_no_task_costs_nothing() -> None:
    made = graph(resource("Rule", "Events::Rule", Targets=[{"Arn": "arn:aws:sns:x"}]))
    assert lines(made) == {}


def test_a_dear_rule_group_is_told() -> None:
    statement = {
        "ManagedRuleGroupStatement": {
            "VendorName": "AWS",
            "Name": "AWSManagedRulesBotControlRuleSet",
        }
    }
    made = graph(resource("Acl", "WAFv2::WebACL", Rules=[{"Statement": statement}]))
    found = lines(made)["rule group AWSManagedRulesBotControlRuleSet"]
    assert "price of its own" in found.unknown

"""Jobs: started by a schedule that may start just them, and heard of when it cannot."""

import pytest

from seatrial.graph import Graph
from seatrial.graph.check import check
from seatrial.local.ledger import refuse
from seatrial.mistake import Mistakes
from tests.lower.systems import graph_of


def nightly(more: str = "", system: str = "") -> Graph:
    return graph_of(
        f'job = Job("nightly", "app", ["run"], {more})\nsystem = System("shop", job, {system})\n'
    )


def test_a_schedule_starts_its_own_task_and_nothing_else() -> None:
    graph = nightly('schedule="cron(0 3 * * ? *)", timezone="Europe/Berlin", retries=5')
    assert check(graph) == []
    properties = graph["NightlySchedule"].properties
    assert properties["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert properties["ScheduleExpressionTimezone"] == "Europe/Berlin"
    target = properties["Target"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 5
    assert target["DeadLetterConfig"]["Arn"].id == "NightlyDeadLetters"
    assert target["EcsParameters"]["TaskDefinitionArn"].id == "NightlyTask"
    (policy,) = graph["NightlyScheduleRole"].properties["Policies"]
    run, hand, send = policy["PolicyDocument"]["Statement"]
    assert run["Resource"].id == "NightlyTask"
    assert [each.id for each in hand["Resource"]] == ["NightlyExecutionRole", "NightlyTaskRole"]
    assert send["Resource"].id == "NightlyDeadLetters"


def test_a_job_without_a_schedule_is_a_task_definition_alone() -> None:
    assert not nightly().of("AWS::Scheduler::Schedule", "AWS::SQS::Queue")


@pytest.mark.parametrize("alerts", ["", "alerts=Alerts()"])
def test_a_start_that_failed_is_heard_of_where_the_system_has_alerts(alerts: str) -> None:
    graph = nightly('schedule="rate(1 day)"', alerts)
    assert ("NightlyNotStartedAlarm" in graph.resources) == bool(alerts)


def test_what_cannot_run_here_is_said_once_a_type() -> None:
    with pytest.raises(Mistakes) as raised:
        refuse(nightly('schedule="rate(1 day)"'))
    told = str(raised.value).splitlines()
    assert len(told) == 2
    assert any("AWS::Scheduler::Schedule (NightlySchedule)" in each for each in told)

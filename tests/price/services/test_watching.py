"""Alarms, logs, Container Insights, scaling's alarms, functions, messages."""

from typing import Any

import pytest

from seatrial.graph.annotations import Composed
from seatrial.graph.values import GetAtt, Ref
from tests.price.graphs import billed, cents, graph, lines, resource, usage


def stat(period: int = 60) -> dict[str, Any]:
    return {"Id": "m", "MetricStat": {"Period": period}}


@pytest.mark.parametrize(
    ("properties", "key", "metrics"),
    [
        ({"Period": 60}, "cw.alarm_mo", 1),
        ({"Period": 10}, "cw.alarm_fast_mo", 1),
        ({"Metrics": [{"Expression": "a/b"}, stat(), stat()]}, "cw.alarm_mo", 2),
        ({"Metrics": [{"Expression": "ANOMALY_DETECTION_BAND(m, 2)"}, stat()]}, "cw.alarm_mo", 3),
    ],
)
def test_an_alarm_is_paid_by_its_metrics(
    properties: dict[str, Any], key: str, metrics: int
) -> None:
    line = lines(graph(resource("A", "CloudWatch::Alarm", **properties)))["alarms"]
    assert (line.key, line.quantity.expected) == (key, metrics)


def cluster(setting: str, services: int) -> Any:
    return graph(
        resource(
            "Cluster",
            "ECS::Cluster",
            "shop",
            ClusterSettings=[{"Name": "containerInsights", "Value": setting}],
        ),
        resource("Task", "ECS::TaskDefinition", Cpu="256", Memory="512"),
        *(
            resource(
                f"S{each}",
                "ECS::Service",
                "api",
                Cluster=Ref("Cluster"),
                TaskDefinition=Ref("Task"),
                LaunchType="FARGATE",
            )
            for each in range(services)
        ),
    )


def of_cluster(made: Any) -> list[Any]:
    return [line for line in billed(made).lines if line.resource == "Cluster"]


def test_container_insights_keep_metrics_of_cluster_services_and_families() -> None:
    (line,) = of_cluster(cluster("enabled", 3))
    assert line.quantity.expected == 11 + 3 * 13 + 8


def test_a_cluster_without_container_insights_costs_nothing() -> None:
    made = cluster("disabled", 1)
    assert of_cluster(made) == []
    assert "Cluster" in {each.resource for each in billed(made).free}


def test_enhanced_container_insights_are_unknown() -> None:
    (line,) = of_cluster(cluster("enhanced", 1))
    assert "observation" in line.unknown


def logged(name: str = "/ecs/shop", **properties: Any) -> Any:
    options = {"awslogs-group": Ref("Logs")}
    container = {"Name": "api", "LogConfiguration": {"LogDriver": "awslogs", "Options": options}}
    return graph(
        resource("Logs", "Logs::LogGroup", "shop", LogGroupName=name, **properties),
        *(
            made
            for part in ("api", "worker")
            for made in (
                resource(
                    f"{part}Task", "ECS::TaskDefinition", part, ContainerDefinitions=[container]
                ),
                resource(f"{part}Service", "ECS::Service", part, TaskDefinition=Ref(f"{part}Task")),
            )
        ),
        resource("JobTask", "ECS::TaskDefinition", "job", ContainerDefinitions=[container]),
    )


def test_logs_are_told_by_the_part_that_writes_them() -> None:
    said = usage(api={"logs_gb": 10}, worker={"logs_gb": 5})
    found = [
        (line.part, line.component, round(line.cost.expected, 2))
        for line in billed(logged(RetentionInDays=30), said).lines
        if line.resource == "Logs"
    ]
    assert found == [
        ("api", "logs taken in", 5.00),
        ("api", "logs kept", 0.30),
        ("worker", "logs taken in", 2.50),
        ("worker", "logs kept", 0.15),
    ]


def test_logs_that_never_end_are_unknown() -> None:
    found = billed(logged(), usage(api={"logs_gb": 1}, worker={"logs_gb": 1})).lines
    assert {line.unknown for line in found if line.component == "logs kept"} == {
        "they never end, so what is kept grows each month"
    }


def test_services_of_aws_write_vended_logs() -> None:
    made = graph(
        resource("Logs", "Logs::LogGroup", "kafka", LogGroupName="/aws/vendedlogs/shop/kafka")
    )
    assert lines(made, usage(kafka={"logs_gb": 1}))["logs taken in"].key == "cw.vended_gb"


@pytest.mark.parametrize(("own", "alarms"), [(None, 2), ([stat(), stat(), {"Expression": "a"}], 4)])
def test_tracking_a_target_makes_two_alarms(own: Any, alarms: int) -> None:
    config = {"CustomizedMetricSpecification": {"Metrics": own}} if own else {}
    policy = resource(
        "P",
        "ApplicationAutoScaling::ScalingPolicy",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=config,
    )
    assert lines(graph(policy))["alarms of scaling"].quantity.expected == alarms


def test_a_function_is_paid_by_requests_and_what_they_hold() -> None:
    made = graph(resource("F", "Lambda::Function", "f", MemorySize=512, Architectures=["arm64"]))
    found = lines(made, usage(f={"requests": 1e7, "request_ms": 100}))
    assert cents(found["requests"]) == 2.00
    assert found["compute"].quantity.expected == pytest.approx(500_000)
    assert found["compute"].key == "lambda.arm.gb_s"
    assert lines(made)["compute"].wants == "request_ms"


def test_queues_and_topics() -> None:
    queue = graph(resource("Q", "SQS::Queue", "q"))
    assert lines(queue, usage(q={"messages": 1e6}))["requests"].quantity.expected == 3
    topic = graph(resource("T", "SNS::Topic", "t", Subscription=[{"Protocol": "email"}]))
    assert lines(topic)["notifications"].empty
    assert set(lines(topic, usage(t={"messages": 5}))) == {"notifications", "e-mails"}


def test_pipelines_and_builds() -> None:
    made = graph(
        resource("P", "CodePipeline::Pipeline", "ci", PipelineType="V2"),
        resource(
            "B",
            "CodeBuild::Project",
            "ci",
            Environment={"ComputeType": "BUILD_GENERAL1_SMALL", "Type": "LINUX_CONTAINER"},
        ),
    )
    found = lines(made, usage(ci={"builds": 200}))
    assert (cents(found["pipeline minutes"]), cents(found["build minutes"])) == (0.40, 1.00)


def test_on_one_machine_programs_write_to_the_systems_group() -> None:
    def composed(program: str) -> Composed:
        return Composed("Machine", program, "Images", "app", "ARM64", "Deploy")

    made = graph(
        resource("Logs", "Logs::LogGroup", "shop", RetentionInDays=7),
        annotations=(composed("api"), composed("migrate")),
    )
    parts = {line.part for line in billed(made, usage(api={"logs_gb": 1})).lines}
    assert parts == {"api"}


def test_a_queue_of_dead_letters_gets_only_what_failed() -> None:
    made = graph(
        resource("Dead", "SQS::Queue", "job"),
        resource(
            "Rule",
            "Scheduler::Schedule",
            Target={"DeadLetterConfig": {"Arn": GetAtt("Dead", "Arn")}},
        ),
    )
    line = lines(made)["requests"]
    assert (line.empty, "only what failed" in line.assumed[0]) == (True, True)

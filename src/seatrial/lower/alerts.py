"""Alarms, the topic they publish to, and one dashboard over everything.

There is no RDS metric for failed connections: a metric filter counts the log
lines in which the program says so (`"event": "database_connection_error"`).
"""

import json

from seatrial.graph.values import ACCOUNT, REGION, GetAtt, Ref, Symbol, Value, join, render
from seatrial.language import Alerts, Postgres, Service
from seatrial.lower import jobs, kinds
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import Widget, alarm, line, widget


def lower(lowering: Lowering) -> None:
    """Add topic, alarms and dashboard where the system asks for alerts."""
    alerts: Alerts | None = lowering.environment.setting("alerts")
    if alerts is None:
        return
    _topic(lowering, alerts)
    for service in lowering.services:
        _service_alarms(lowering, alerts, service)
    for service in lowering.web:
        _target_alarms(lowering, alerts, service)
    kinds.watch(lowering, alerts)
    jobs.watch(lowering)
    # A program's log does not say which database it could not reach: one count for all.
    for database in sorted(lowering.of(Postgres), key=lambda each: each.name)[:1]:
        _connection_alarm(lowering, alerts, database)
    _dashboard(lowering)


def _topic(lowering: Lowering, alerts: Alerts) -> None:
    topic = lowering.add(
        None,
        "AlertTopic",
        "AWS::SNS::Topic",
        {
            "TopicName": f"{lowering.name}-alerts",
            "Subscription": [{"Protocol": "email", "Endpoint": alerts.email}]
            if alerts.email
            else None,
        },
    )
    lowering.add(
        None,
        "AlertTopicPolicy",
        "AWS::SNS::TopicPolicy",
        {
            "Topics": [topic.ref],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": topic.ref,
                        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                    }
                ],
            },
        },
    )


def _of_service(lowering: Lowering, service: Service) -> dict[str, Value]:
    return {
        "ClusterName": Ref("Cluster"),
        "ServiceName": GetAtt(lowering.id(service, "Service"), "Name"),
    }


def _of_targets(lowering: Lowering, service: Service) -> dict[str, Value]:
    return {
        "LoadBalancer": GetAtt("LoadBalancer", "LoadBalancerFullName"),
        "TargetGroup": GetAtt(lowering.id(service, "Targets"), "TargetGroupFullName"),
    }


def _service_alarms(lowering: Lowering, alerts: Alerts, service: Service) -> None:
    for kind, metric, limit in (
        ("Cpu", "CPUUtilization", alerts.cpu),
        ("Memory", "MemoryUtilization", alerts.memory),
    ):
        alarm(
            lowering,
            service,
            kind,
            f"{service.name}: {metric} over {limit:g} percent for five minutes",
            ("AWS/ECS", metric),
            "Average",
            limit,
            _of_service(lowering, service),
            5,
        )


def _target_alarms(lowering: Lowering, alerts: Alerts, service: Service) -> None:
    alarm(
        lowering,
        service,
        "UnhealthyTargets",
        f"{service.name}: a target fails its health check",
        ("AWS/ApplicationELB", "UnHealthyHostCount"),
        "Maximum",
        0,
        _of_targets(lowering, service),
        2,
    )
    alarm(
        lowering,
        service,
        "ServerErrors",
        f"{service.name}: {alerts.errors} or more 5xx answers in a minute",
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
        "Sum",
        alerts.errors,
        _of_targets(lowering, service),
        1,
        "GreaterThanOrEqualToThreshold",
    )


def _connection_alarm(lowering: Lowering, alerts: Alerts, database: Postgres) -> None:
    namespace = f"Seatrial/{lowering.name}"
    metric = "DatabaseConnectionErrors"
    lowering.add(
        database,
        "ConnectionErrors",
        "AWS::Logs::MetricFilter",
        {
            "LogGroupName": Ref("Logs"),
            "FilterPattern": '{ $.event = "database_connection_error" }',
            "MetricTransformations": [
                {
                    "MetricNamespace": namespace,
                    "MetricName": metric,
                    "MetricValue": "1",
                    "DefaultValue": 0,
                }
            ],
        },
    )
    alarm(
        lowering,
        database,
        "ConnectionErrors",
        f"{database.name}: {alerts.connection_errors} or more failed connections in a minute",
        (namespace, metric),
        "Sum",
        alerts.connection_errors,
        {},
        1,
        "GreaterThanOrEqualToThreshold",
    )


def _dashboard(lowering: Lowering) -> None:
    widgets: list[Widget] = []
    for service in lowering.web:
        of = _of_targets(lowering, service)
        elb = "AWS/ApplicationELB"
        widgets += [
            widget(f"{service.name}: requests", [line(elb, "RequestCount", of, "Sum")]),
            widget(
                f"{service.name}: answers",
                [
                    line(elb, f"HTTPCode_Target_{digit}XX_Count", of, "Sum")
                    for digit in (2, 3, 4, 5)
                ],
            ),
            widget(
                f"{service.name}: response time",
                [line(elb, "TargetResponseTime", of, each) for each in ("p50", "p95", "p99")],
            ),
        ]
    for service in lowering.services:
        of = _of_service(lowering, service)
        widgets += [
            widget(
                f"{service.name}: CPU and memory",
                [
                    line("AWS/ECS", name, of, "Average")
                    for name in ("CPUUtilization", "MemoryUtilization")
                ],
            ),
            widget(
                f"{service.name}: tasks",
                [
                    line("ECS/ContainerInsights", name, of, "Average")
                    for name in ("DesiredTaskCount", "RunningTaskCount")
                ],
            ),
        ]
    for kind in kinds.KINDS:
        for part in lowering.of(kind.part):
            widgets += kind.widgets(lowering, part)
    widgets.append(_log_widget())
    for position, placed in enumerate(widgets):
        placed |= {"x": 8 * (position % 3), "y": 6 * (position // 3), "width": 8, "height": 6}
    lowering.add(
        None,
        "Dashboard",
        "AWS::CloudWatch::Dashboard",
        {"DashboardName": lowering.name, "DashboardBody": json_text({"widgets": widgets})},
    )


def _log_widget() -> Widget:
    query = join("SOURCE '", Ref("Logs"), "' | fields @timestamp, @logStream, @message")
    return {
        "type": "log",
        "properties": {
            "title": "tasks: what they wrote last",
            "view": "table",
            "region": REGION,
            "query": join(query, " | sort @timestamp desc | limit 50"),
        },
    }


def json_text(value: Value) -> Value:
    """Write a value as one JSON text whose symbols stay symbols."""
    kept: list[Symbol] = []

    def keep(symbol: Symbol) -> str:
        kept.append(symbol)
        return f"\N{SYMBOL FOR UNIT SEPARATOR}{len(kept) - 1}\N{SYMBOL FOR UNIT SEPARATOR}"

    text = json.dumps(render(value, keep), separators=(",", ":"), ensure_ascii=False)
    pieces = text.split("\N{SYMBOL FOR UNIT SEPARATOR}")
    return join(*(kept[int(each)] if odd % 2 else each for odd, each in enumerate(pieces)))

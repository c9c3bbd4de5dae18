"""Alarms, the topic they publish to, and one dashboard over everything.

There is no RDS metric for failed connections: a metric filter counts the log
lines in which the program says so (`"event": "database_connection_error"`).
Each severity that is told apart has a topic of its own.
"""

from seatrial.graph import Parameter
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Ref, Value, join
from seatrial.language import Alerts, Postgres, Service
from seatrial.lower import jobs, kinds, machine_watch
from seatrial.lower.context import Lowering
from seatrial.lower.load_balancer import of_targets
from seatrial.lower.metrics import MINUTE, Widget, alarm, json_text, line, topic, widget


def lower(lowering: Lowering) -> None:
    """Add topic, alarms and dashboard where the system asks for alerts."""
    alerts: Alerts | None = lowering.environment.setting("alerts")
    if alerts is None:
        return
    _topics(lowering, alerts)
    if any(each.rollout.shifts for each in lowering.services):
        _taken_back(lowering)
    if lowering.machine:
        machine_watch.watch(lowering, alerts)
    for service in _on_fargate(lowering):
        _service_alarms(lowering, alerts, service)
    for service in _balanced(lowering):
        _target_alarms(lowering, alerts, service)
    kinds.watch(lowering, alerts)
    jobs.watch(lowering)
    # A program's log does not say which database it could not reach: one count for all.
    for database in sorted(lowering.of(Postgres), key=lambda each: each.name)[:1]:
        _connection_alarm(lowering, alerts, database)
    _dashboard(lowering)


def _on_fargate(lowering: Lowering) -> list[Service]:
    """Give the services that ECS runs and measures one by one."""
    return [] if lowering.machine else lowering.services


def _balanced(lowering: Lowering) -> list[Service]:
    """Give the services that the load balancer measures."""
    return [] if lowering.machine else lowering.web


def _topics(lowering: Lowering, alerts: Alerts) -> None:
    _topic(lowering, "AlertTopic", "alerts", [_email(alerts.email)])
    if alerts.pages:
        heard = [_email(alerts.email), _email(alerts.critical)]
        if alerts.pager:
            pager = Parameter(
                "PagerAddress",
                "String",
                "The HTTPS address that critical alarms are sent to; it holds a key",
                allowed_pattern="https://.+",
                no_echo=True,
            )
            heard.append({"Protocol": "https", "Endpoint": lowering.parameter(pager)})
        _topic(lowering, "CriticalTopic", "critical", heard)
    if alerts.notice:
        _topic(lowering, "NoticeTopic", "notice", [_email(alerts.notice)])


def _email(address: str | None) -> Value:
    return {"Protocol": "email", "Endpoint": address} if address else None


def _topic(lowering: Lowering, kind: str, name: str, heard: list[Value]) -> None:
    topic = lowering.add(
        None,
        kind,
        "AWS::SNS::Topic",
        {
            "TopicName": f"{lowering.name}-{name}",
            "Subscription": [each for each in heard if each] or None,
        },
    )
    senders = ["cloudwatch.amazonaws.com"]
    if any(each.rollout.shifts for each in lowering.services):
        senders.append("events.amazonaws.com")
    lowering.add(
        None,
        f"{kind}Policy",
        "AWS::SNS::TopicPolicy",
        {
            "Topics": [topic.ref],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [_may_publish(each, topic.ref) for each in senders],
            },
        },
    )


def _may_publish(sender: str, to: Value) -> Value:
    return {
        "Effect": "Allow",
        "Principal": {"Service": sender},
        "Action": "sns:Publish",
        "Resource": to,
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }


def _taken_back(lowering: Lowering) -> None:
    """Tell people of a deployment that ECS ended and took back."""
    services = join("arn:", PARTITION, ":ecs:", REGION, ":", ACCOUNT, ":service/", Ref("Cluster"))
    lowering.add(
        None,
        "FailedDeployments",
        "AWS::Events::Rule",
        {
            "Name": f"{lowering.name}-failed-deployments",
            "Description": "A deployment failed, and its traffic went back",
            "EventPattern": {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
                "resources": [{"prefix": join(services, "/")}],
            },
            "Targets": [{"Id": "people", "Arn": topic(lowering, "critical")}],
        },
    )


def _of_service(lowering: Lowering, service: Service) -> dict[str, Value]:
    return {
        "ClusterName": Ref("Cluster"),
        "ServiceName": GetAtt(lowering.id(service, "Service"), "Name"),
    }


def alarms_of_targets(lowering: Lowering, service: Service) -> list[Value]:
    """Give a service's alarms on what the load balancer sees: those that may end a deployment."""
    alerts: Alerts | None = lowering.environment.setting("alerts")
    if alerts is None or not service.public:
        return []
    kinds = ["UnhealthyTargets", "ServerErrors", *(["Latency"] if alerts.latency else [])]
    return [lowering.ref(service, f"{kind}Alarm") for kind in kinds]


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
    minutes = alerts.error_minutes
    lasting = "a minute" if minutes == 1 else f"each of {minutes} minutes"
    alarm(
        lowering,
        service,
        "UnhealthyTargets",
        f"{service.name}: a target fails its health check",
        ("AWS/ApplicationELB", "UnHealthyHostCount"),
        "Maximum",
        0,
        of_targets(lowering, service),
        2,
        severity="critical",
    )
    alarm(
        lowering,
        service,
        "ServerErrors",
        f"{service.name}: {alerts.errors} or more 5xx answers in {lasting}",
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
        "Sum",
        alerts.errors,
        of_targets(lowering, service),
        alerts.error_minutes,
        "GreaterThanOrEqualToThreshold",
        "critical",
    )
    if alerts.latency:
        alarm(
            lowering,
            service,
            "Latency",
            f"{service.name}: one answer of twenty takes over {alerts.latency:g} s, for 3 minutes",
            ("AWS/ApplicationELB", "TargetResponseTime"),
            "p95",
            alerts.latency,
            of_targets(lowering, service),
            3,
        )
    if alerts.unusual_traffic:
        _unusual_traffic(lowering, service)


def _unusual_traffic(lowering: Lowering, service: Service) -> None:
    """Watch for requests outside of the band that CloudWatch learns from the weeks before."""
    (of, *_) = of_targets(lowering, service)
    if service.rollout.shifts:  # a band holds one metric: of all services, then
        del of["TargetGroup"]
    actions = [topic(lowering, "warning")]
    requests = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "RequestCount",
        "Dimensions": [{"Name": key, "Value": value} for key, value in of.items()],
    }
    lowering.add(
        service,
        "UnusualTrafficAlarm",
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{lowering.name}-{service.name}-unusual-traffic",
            "AlarmDescription": f"{service.name}: more or fewer requests than at this time before",
            "Metrics": [
                {
                    "Id": "requests",
                    "MetricStat": {"Metric": requests, "Stat": "Sum", "Period": 5 * MINUTE},
                    "ReturnData": True,
                },
                {
                    "Id": "band",
                    "Expression": "ANOMALY_DETECTION_BAND(requests, 3)",
                    "ReturnData": True,
                },
            ],
            "ThresholdMetricId": "band",
            "EvaluationPeriods": 3,
            "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": actions,
            "OKActions": actions,
        },
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
        "critical",
    )


def _dashboard(lowering: Lowering) -> None:
    widgets: list[Widget] = machine_watch.widgets() if lowering.machine else []
    for service in _balanced(lowering):
        groups = of_targets(lowering, service)
        elb = "AWS/ApplicationELB"
        widgets += [
            widget(
                f"{service.name}: requests", [line(elb, "RequestCount", of, "Sum") for of in groups]
            ),
            widget(
                f"{service.name}: answers",
                [
                    line(elb, f"HTTPCode_Target_{digit}XX_Count", of, "Sum")
                    for of in groups
                    for digit in (2, 3, 4, 5)
                ],
            ),
            widget(
                f"{service.name}: response time",
                [
                    line(elb, "TargetResponseTime", of, each)
                    for of in groups
                    for each in ("p50", "p95", "p99")
                ],
            ),
        ]
    for service in _on_fargate(lowering):
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
    for kind in kinds.kinds(lowering):
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

"""Private names, shifting rollouts, severities, traces and the way in for administrators."""

import json

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Uses
from seatrial.graph.check import check
from seatrial.graph.values import AtRun, GetAtt, Join, Ref, referred
from seatrial.template import render_json
from tests.lower.systems import graph_of
from tests.lower.test_security import opened
from tests.policy.findings import by_cfn_lint

WHOLE = """
db = Postgres("db", version="15", size="db.t3.micro")
ml = Service("ml-service", "ml", ["run"], port=5001, internal="ml-service.internal")
api = Service("api", "app", ["run"], port=8000, uses=[db, ml], rollout=Rollout("{strategy}"))
site = Website("site", "web", routes={{"/v1/*": api}}, origin_shield=True, logs=True)
system = System("shop", site, Vpn("vpn", uses=[db]), region="{region}", firewall=Firewall(),
    tracing=Tracing(sampling=10), flow_logs=True, endpoints=["ecr", "secretsmanager"],
    alerts=Alerts("a@b.example", critical="c@b.example", pager=True, notice="n@b.example",
        latency=1.5, unusual_traffic=True, errors=10, error_minutes=2), {more})
"""


def whole(strategy: str = "canary", region: str = "us-east-1", more: str = "") -> Graph:
    return graph_of(WHOLE.format(strategy=strategy, region=region, more=more))


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "linear"])
@pytest.mark.parametrize("more", ["", "domain=Domain('www.example.com')"])
def test_aws_would_take_it(strategy: str, more: str) -> None:
    assert check(whole(strategy, more=more)) == []


def test_cfn_lint_finds_nothing(tmp_path) -> None:
    files = []
    for number, graph in enumerate(
        [
            whole("canary", "us-east-1", "domain=Domain('www.example.com')"),
            whole("linear", "us-west-2", "domain=Domain('www.example.com')"),
            whole("blue-green"),
            whole("rolling", "us-west-2"),
        ]
    ):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(render_json(graph))
    assert by_cfn_lint(files) == {file: set() for file in files}


def test_an_internal_service_is_reached_by_its_users_alone() -> None:
    graph = whole()
    assert opened(graph, "MlServiceGroup") == {("api", 5001)}
    assert "MlServiceTargets" not in graph.resources
    (registry,) = graph["MlServiceService"].properties["ServiceRegistries"]
    assert registry == {"RegistryArn": GetAtt("MlServiceName", "Arn")}
    assert graph["NamespaceInternal"].properties["Name"] == "internal"
    environment = graph["ApiTask"].properties["ContainerDefinitions"][0]["Environment"]
    (url,) = [each["Value"] for each in environment if each["Name"] == "ML_SERVICE_URL"]
    name = "ml-service.internal"
    assert url == Join(("http://", AtRun(name, name), ":5001"))
    assert "MlServiceService" in graph["ApiService"].depends_on
    assert Uses("api", "ml-service", "call") in graph.annotated(Uses)
    written = json.loads(render_json(graph))["Resources"]["ApiTask"]["Properties"]
    environment = written["ContainerDefinitions"][0]["Environment"]
    assert {"Name": "ML_SERVICE_URL", "Value": "http://ml-service.internal:5001"} in environment


def test_env_may_name_where_an_internal_service_answers() -> None:
    graph = graph_of(
        'ml = Service("ml", "ml", ["run"], port=5001, internal="ml.internal")\n'
        'api = Service("api", "app", ["run"], port=80, env={"MODEL": ml.url})\n'
        'system = System("shop", api)'
    )
    environment = graph["ApiTask"].properties["ContainerDefinitions"][0]["Environment"]
    assert {each["Name"] for each in environment} == {"HOST", "MODEL", "PORT"}
    assert opened(graph, "MlGroup") == {("api", 5001)}


@pytest.mark.parametrize(
    ("strategy", "more"),
    [
        ("blue-green", {}),
        ("canary", {"CanaryConfiguration": {"CanaryPercent": 10, "CanaryBakeTimeInMinutes": 5}}),
        ("linear", {"LinearConfiguration": {"StepPercent": 10, "StepBakeTimeInMinutes": 5}}),
    ],
)
def test_a_shift_has_two_groups_weights_and_alarms_that_take_it_back(
    strategy: str, more: dict
) -> None:
    graph = whole(strategy)
    properties = graph["ApiService"].properties
    assert properties["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
        "Strategy": strategy.upper().replace("-", "_"),
        "BakeTimeInMinutes": 5,
        "Alarms": {
            "AlarmNames": [
                Ref("ApiUnhealthyTargetsAlarm"), Ref("ApiServerErrorsAlarm"), Ref("ApiLatencyAlarm")
            ],
            "Enable": True,
            "Rollback": True,
        },
        **more,
    }  # fmt: skip
    (balanced,) = properties["LoadBalancers"]
    shift = balanced["AdvancedConfiguration"]
    assert shift["AlternateTargetGroupArn"] == Ref("ApiAlternateTargets")
    rule = graph[shift["ProductionListenerRule"].id].properties
    weights = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    # Fixed weights would send traffic back to the old tasks at the next update.
    assert [graph.parameters[each["Weight"].id].default for each in weights] == [100, 0]
    test = graph[shift["TestListenerRule"].id].properties
    assert test["Priority"] < rule["Priority"]
    for alarm in ("ApiServerErrorsAlarm", "ApiLatencyAlarm", "ApiUnhealthyTargetsAlarm"):
        watched = set(referred(graph[alarm].properties["Metrics"]))
        assert {"ApiTargets", "ApiAlternateTargets"} <= watched
    (told,) = graph["FailedDeployments"].properties["Targets"]
    assert told["Arn"] == Ref("CriticalTopic")


def test_a_rolling_deployment_may_watch_its_alarms_too() -> None:
    graph = graph_of(
        'api = Service("api", "app", ["run"], port=80, rollout=Rollout(alarms=True))\n'
        'system = System("shop", api, alerts=Alerts())'
    )
    configuration = graph["ApiService"].properties["DeploymentConfiguration"]
    assert configuration["DeploymentCircuitBreaker"]["Enable"]
    assert configuration["Alarms"]["AlarmNames"]
    assert check(graph) == []


def test_each_severity_has_a_topic_and_a_pagers_address_is_never_written_down() -> None:
    graph = whole()
    actions = {
        each.id: each.properties["AlarmActions"][0].id
        for each in graph.of("AWS::CloudWatch::Alarm")
    }
    assert actions["ApiServerErrorsAlarm"] == "CriticalTopic"
    assert actions["ApiCpuAlarm"] == actions["ApiLatencyAlarm"] == "AlertTopic"
    assert graph.parameters["PagerAddress"].no_echo
    heard = graph["CriticalTopic"].properties["Subscription"]
    assert [each["Protocol"] for each in heard] == ["email", "email", "https"]
    errors = graph["ApiServerErrorsAlarm"].properties
    assert (errors["Threshold"], errors["EvaluationPeriods"]) == (10, 2)


def test_a_collector_runs_beside_each_service_within_its_memory() -> None:
    graph = whole()
    task = graph["ApiTask"].properties
    own, collector = task["ContainerDefinitions"]
    assert own["Memory"] + collector["Memory"] == int(task["Memory"])
    assert not collector["Essential"]
    assert collector["User"] == own["User"]
    named = {each["Name"]: each["Value"] for each in own["Environment"]}
    assert named["OTEL_TRACES_SAMPLER_ARG"] == "0.1"
    (policy,) = graph["ApiTaskRole"].properties["Policies"]
    actions = [each["Action"] for each in policy["PolicyDocument"]["Statement"]]
    assert ["xray:PutTelemetryRecords", "xray:PutTraceSegments"] in actions


def test_an_administrator_reaches_what_the_vpn_names() -> None:
    graph = whole()
    assert opened(graph, "DbGroup") == {("api", 5432), ("vpn", 5432)}
    assert opened(graph, "ApiGroup") == {("LoadBalancer", 8000)}
    assert len(graph.of("AWS::EC2::ClientVpnTargetNetworkAssociation")) == 2
    assert graph["VpnEndpoint"].properties["ConnectionLogOptions"]["Enabled"]


def test_endpoints_and_flow_logs_are_there_where_they_are_named() -> None:
    graph = whole()
    names = {each.id for each in graph.of("AWS::EC2::VPCEndpoint")}
    assert names == {"S3Endpoint", "EcrApiEndpoint", "EcrDkrEndpoint", "SecretsmanagerEndpoint"}
    assert names - {"S3Endpoint"} <= set(graph["ApiService"].depends_on)
    assert graph["FlowLog"].properties["TrafficType"] == "ALL"

"""A second region: copies, a replica, a watched address, and secrets that are not made anew."""

import json
from pathlib import Path

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Note
from seatrial.graph.check import check
from seatrial.graph.values import REGION, GetAtt, Ref
from seatrial.template import render_json
from tests.lower.regions import FIRST, SECOND, regions
from tests.lower.systems import graph_of
from tests.lower.test_programs import secrets, variables
from tests.policy.findings import by_cfn_lint

STRATEGIES = ("pilot light", "warm standby", "backup and restore")
SIDES = (FIRST, SECOND)


def graph(strategy: str, side: str) -> Graph:
    return graph_of(
        'db = Postgres("db", version="15", size="db.r5.large", readers=["db.r5.large"], url=True)\n'
        'pinecone = External("pinecone", "https://api.pinecone.io")\n'
        'nightly = Job("nightly", "app", ["run"], schedule="rate(1 day)", uses=[db])\n'
        'api = Service("api", "app", ["run"], port=80, uses=[db, Secret("jwt"), pinecone],\n'
        '    tasks=Scale(min=2, max=10, cpu=70, predict="forecast"))\n'
        'system = System("shop", api, nightly, domain=Domain("api.example.com"),\n'
        f'    alerts=Alerts(), recovery=Recovery("us-west-2", "{strategy}", days=14))\n',
        side,
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("side", SIDES)
def test_aws_would_take_both_sides(strategy: str, side: str) -> None:
    assert check(graph(strategy, side)) == []


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    files = []
    for strategy in STRATEGIES:
        for side in SIDES:
            files.append(tmp_path / f"{strategy.replace(' ', '-')}.{side}.json")
            files[-1].write_text(render_json(graph(strategy, side)))
    assert by_cfn_lint(files) == {file: set() for file in files}


def test_backups_are_copied_every_day() -> None:
    (rule,) = graph("pilot light", "production")["BackupPlan"].properties["BackupPlan"][
        "BackupPlanRule"
    ]
    assert rule["ScheduleExpression"] == "cron(0 5 * * ? *)"
    (copy,) = rule["CopyActions"]
    assert copy["Lifecycle"] == {"DeleteAfterDays": 14}
    assert ":backup:us-west-2:" in str(copy["DestinationBackupVaultArn"])
    there = graph("pilot light", "production-recovery")["BackupVault"]
    assert there.properties["BackupVaultName"] == "shop-production"
    assert there.deletion_policy == "Retain"


def test_a_restore_needs_no_more_there_than_a_vault_and_the_backups_of_the_database() -> None:
    there = graph("backup and restore", "production-recovery")
    assert list(there.resources) == ["BackupVault"]
    assert there.region == "us-west-2"
    here = graph("backup and restore", "production")
    database = here["DbInstance"].properties
    assert database["AutomaticBackupReplicationRegion"] == "us-west-2"
    assert "HealthCheck" not in here.resources


def test_the_database_there_is_a_replica_with_the_first_one_s_credentials() -> None:
    here, there = (graph("pilot light", side) for side in SIDES)
    database = there["DbInstance"].properties
    assert ":rds:us-east-1:" in str(database["SourceDBInstanceIdentifier"])
    assert "db:shop-production-db" in str(database["SourceDBInstanceIdentifier"])
    assert here["DbInstance"].properties["DBInstanceIdentifier"] == "shop-production-db"
    assert "MasterUserPassword" not in database
    assert "alias/aws/rds" in str(database["KmsKeyId"])
    assert secrets(there)["PGPASSWORD"].id == "DbCredentials"
    assert variables(there)["PGHOST"] == GetAtt("DbInstance", "Endpoint.Address")
    assert "DbReader1" not in there.resources


def test_a_secret_is_copied_and_never_made_anew() -> None:
    here, there = (graph("pilot light", side) for side in SIDES)
    copied = {"DbCredentials", "JwtSecret", "PineconeKey"}
    assert copied <= there.parameters.keys()
    assert copied.isdisjoint(there.resources)
    for each in copied:
        assert here[each].properties["ReplicaRegions"] == [{"Region": "us-west-2"}]
        assert here.outputs[f"{each}Arn"].value == here[each].ref
    # The URL names a host, so that each region has its own.
    assert "ReplicaRegions" not in here["DbUrl"].properties
    assert "DbUrl" in there.resources


def test_the_record_moves_when_the_first_address_fails() -> None:
    here, there = (graph("pilot light", side) for side in SIDES)
    first, second = (each["DomainRecord"].properties for each in (here, there))
    assert (first["Failover"], second["Failover"]) == ("PRIMARY", "SECONDARY")
    assert first["Name"] == second["Name"]
    assert first["HealthCheckId"].id == "HealthCheck"
    assert second["AliasTarget"]["EvaluateTargetHealth"] is True
    config = here["HealthCheck"].properties["HealthCheckConfig"]
    assert (config["Type"], config["ResourcePath"]) == ("HTTPS", "/")


@pytest.mark.parametrize(("strategy", "tasks"), [("pilot light", 0), ("warm standby", 1)])
def test_it_waits_with_few_tasks_and_an_idle_schedule(strategy: str, tasks: int) -> None:
    there = graph(strategy, "production-recovery")
    assert there.parameters["ApiDesiredCount"].default == tasks
    assert there["ApiScaling"].properties["MinCapacity"] == tasks
    assert there["NightlySchedule"].properties["State"] == "DISABLED"
    assert "State" not in graph(strategy, "production")["NightlySchedule"].properties


def test_the_steps_promote_before_they_scale() -> None:
    notes = {each.topic: each for each in graph("pilot light", "production").annotated(Note)}
    note = notes["recovery"]
    assert note.steps[0] == "promote the replica of db"
    assert note.steps[1].startswith("scale api")
    assert json.loads(render_json(graph("pilot light", "production")))["Metadata"]


def test_a_system_without_recovery_is_as_it_was() -> None:
    plain = graph_of(
        'api = Service("api", "app", ["run"], uses=[Secret("jwt")])\nsystem = System("shop", api)\n'
    )
    assert not plain.of("AWS::Backup::BackupVault", "AWS::Route53::HealthCheck")
    assert "ReplicaRegions" not in plain["JwtSecret"].properties


EDGES = [
    (strategy, side, api, more)
    for strategy, side in (
        ("pilot light", FIRST),
        ("pilot light", SECOND),
        ("warm standby", SECOND),
    )
    for api, more in (
        ("", "alerts=Alerts(),"),
        ("", "firewall=Firewall(), region='eu-west-1',"),
        ("rollout=Rollout('canary')", "firewall=Firewall(), alerts=Alerts(),"),
    )
]


@pytest.mark.parametrize(("strategy", "side", "api", "more"), EDGES)
def test_aws_would_take_a_website_in_both_regions(
    strategy: str, side: str, api: str, more: str
) -> None:
    assert [str(each) for each in check(regions(side, strategy, api=api, more=more))] == []


def test_cfn_lint_finds_nothing_in_a_website_in_both_regions(tmp_path: Path) -> None:
    """Each strategy's side once, and each of the settings on either side."""
    files = []
    for number, (strategy, side, api, more) in enumerate([*EDGES[:3], *EDGES[4::2]]):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(render_json(regions(side, strategy, api=api, more=more)))
    assert by_cfn_lint(files) == {file: set() for file in files}


def test_the_name_behind_the_distribution_moves_and_its_own_stays() -> None:
    here, there = regions(FIRST), regions(SECOND)
    first, second = (each["OriginRecord"].properties for each in (here, there))
    assert first["Name"] == second["Name"] == "origin.www.example.com."
    assert (first["Failover"], second["Failover"]) == ("PRIMARY", "SECONDARY")
    assert first["HealthCheckId"] == Ref("HealthCheck")
    for each in (first, second):
        assert each["AliasTarget"]["DNSName"] == GetAtt("LoadBalancer", "DNSName")
        assert each["AliasTarget"]["EvaluateTargetHealth"] is True
    assert "Failover" not in here["DomainRecord"].properties
    assert "DomainRecord" not in there.resources


@pytest.mark.parametrize("alerts", ["", "alerts=Alerts(),"])
def test_a_load_balancer_behind_a_website_is_watched_from_within(alerts: str) -> None:
    """Its group lets CloudFront in, and no health checker."""
    here = regions(FIRST, more=alerts)
    config = here["HealthCheck"].properties["HealthCheckConfig"]
    assert config["Type"] == "CLOUDWATCH_METRIC"
    assert config["AlarmIdentifier"] == {"Name": Ref("ApiGoneAlarm"), "Region": REGION}
    assert config["InsufficientDataHealthStatus"] == "Unhealthy"
    alarm = here["ApiGoneAlarm"].properties
    assert (alarm["MetricName"], alarm["Threshold"]) == ("HealthyHostCount", 1)
    assert ("AlarmActions" in alarm) is bool(alerts)
    assert not regions(SECOND).of("AWS::Route53::HealthCheck")


def test_one_healthy_group_of_two_is_enough() -> None:
    here = regions(FIRST, api="rollout=Rollout('blue-green')")
    config = here["HealthCheck"].properties["HealthCheckConfig"]
    assert config["ChildHealthChecks"] == [Ref("HealthCheck1"), Ref("HealthCheck2")]
    assert (config["Type"], config["HealthThreshold"]) == ("CALCULATED", 1)


def test_a_firewall_at_the_edge_stands_before_both_regions() -> None:
    edge = "firewall=Firewall(),"
    assert regions(FIRST, more=edge)["Firewall"].properties["Scope"] == "CLOUDFRONT"
    assert not regions(SECOND, more=edge).of("AWS::WAFv2::WebACL")
    away = edge + "region='eu-west-1',"
    for side in (FIRST, SECOND):
        assert regions(side, more=away)["Firewall"].properties["Scope"] == "REGIONAL"


def test_images_and_the_domain_are_told() -> None:
    notes = {each.topic: each for each in regions(FIRST).annotated(Note)}
    (step,) = notes["Images in the second region"].steps
    rule = json.loads(step.partition("--replication-configuration ")[2].replace("'", ""))
    (only,) = rule["rules"]
    assert only["destinations"] == [{"region": "us-west-2", "registryId": "$ACCOUNT"}]
    assert only["repositoryFilters"][0]["filter"] == "shop-production/"
    assert notes["recovery"].steps[-1].startswith("the domain moves by itself")

"""A second region: copies, a replica, a watched address, and secrets that are not made anew."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Note
from seatrial.graph.check import check
from seatrial.graph.values import GetAtt
from seatrial.mistake import Mistake
from seatrial.template import render_json
from tests.lower.systems import graph_of
from tests.lower.test_programs import secrets, variables

STRATEGIES = ("pilot light", "warm standby", "backup and restore")
SIDES = ("production", "production-recovery")


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
    lint = Path(sys.executable).with_name("cfn-lint")
    ran = subprocess.run([lint, "--", *files], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


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
    (note,) = graph("pilot light", "production").annotated(Note)
    assert note.steps[0] == "promote the replica of db"
    assert note.steps[1].startswith("scale api")
    assert json.loads(render_json(graph("pilot light", "production")))["Metadata"]


def test_a_system_without_recovery_is_as_it_was() -> None:
    plain = graph_of(
        'api = Service("api", "app", ["run"], uses=[Secret("jwt")])\nsystem = System("shop", api)\n'
    )
    assert not plain.of("AWS::Backup::BackupVault", "AWS::Route53::HealthCheck")
    assert "ReplicaRegions" not in plain["JwtSecret"].properties


def test_a_website_in_a_second_region_is_refused_where_it_would_have_to_answer() -> None:
    text = (
        'api = Service("api", "app", ["run"], port=80)\n'
        'site = Website("site", "web", routes={{"/v1/*": api}})\n'
        'system = System("shop", site, recovery=Recovery("us-west-2", "{}"))\n'
    )
    with pytest.raises(Mistake, match="a second region with a website is not written yet"):
        graph_of(text.format("pilot light"), "production-recovery")
    assert check(graph_of(text.format("backup and restore"), "production-recovery")) == []
    assert check(graph_of(text.format("pilot light"), "production")) == []

import json

import pytest

from seatrial.graph.schema import facts
from tests import cfn_lint


def test_newest_minor_is_one_that_is_offered() -> None:
    for engine in ("postgres", "mysql", "aurora-postgresql", "redis", "valkey"):
        for version in facts.engine_versions(engine):
            newest = facts.newest_minor(engine, version.split(".")[0])
            assert newest in facts.engine_versions(engine)
            assert facts.newest_minor(engine, version) is not None


def test_newest_minor_orders_numbers_and_not_texts() -> None:
    versions = [each for each in facts.engine_versions("postgres") if each.startswith("15.")]
    assert max(int(each.split(".")[1]) for each in versions) >= 10
    assert facts.newest_minor("postgres", "15") == versions[-1]
    assert int(versions[-1].split(".")[1]) == max(int(each.split(".")[1]) for each in versions)


def test_a_version_that_is_gone_names_none() -> None:
    assert "15.4" in facts.deprecated_versions("postgres")
    assert facts.newest_minor("postgres", "15.4") is None
    assert facts.newest_minor("postgres", "1") is None


@pytest.mark.parametrize("major", ["14", "15", "16", "17", "18"])
def test_cfn_lint_accepts_the_newest_minor(major: str) -> None:
    newest = facts.newest_minor("postgres", major)
    database = {
        "Type": "AWS::RDS::DBInstance",
        "DeletionPolicy": "Snapshot",
        "UpdateReplacePolicy": "Snapshot",
        "Properties": {
            "Engine": "postgres",
            "EngineVersion": newest,
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20",
            "BackupRetentionPeriod": 7,
            "ManageMasterUserPassword": True,
            "MasterUsername": "app",
        },
    }
    template = json.dumps({"Resources": {"Db": database}})
    assert [(each.rule.id, each.message) for each in cfn_lint.matches(template)] == []


def test_classes_of_an_engine_a_region_and_a_version() -> None:
    everywhere = facts.database_classes("postgres")
    assert {"db.t3.micro", "db.t4g.micro", "db.r5.xlarge"} <= everywhere
    assert facts.database_classes("postgres", "us-east-1") < everywhere
    newest = facts.newest_minor("postgres", "15")
    assert "db.t2.micro" in everywhere - facts.database_classes("postgres", None, newest)
    assert "cache.r5.large" in facts.database_classes("elasticache", "us-east-1")
    assert facts.database_classes("postgres", "nowhere") == frozenset()
    with pytest.raises(KeyError):
        facts.database_classes("sybase")


def test_fargate_has_the_documented_sizes() -> None:
    assert facts.fargate_cpus() == (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    assert facts.fargate_memory(256) == (512, 1024, 2048)
    assert facts.fargate_memory(1024) == tuple(range(2048, 8192 + 1, 1024))
    assert facts.fargate_memory(8192) == tuple(range(16384, 61440 + 1, 4096))
    assert facts.fargate_memory(16384) == tuple(range(32768, 122880 + 1, 8192))
    assert facts.fargate_memory(300) == ()


def test_regions_and_their_zones() -> None:
    assert {"us-east-1", "eu-central-1", "cn-north-1"} <= facts.regions()
    assert facts.zones("us-east-1") == 6
    assert facts.zones("us-west-1") == 2
    with pytest.raises(KeyError):
        facts.zones("us-east-7")


def test_log_retentions_are_in_order() -> None:
    days = facts.log_retentions()
    assert days == tuple(sorted(days))
    assert {7, 30, 365, 3653} <= set(days)
    assert 31 not in days

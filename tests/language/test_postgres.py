"""PostgreSQL as it is written: only what RDS takes, and how others speak of it."""

import pytest

from seatrial.language import Postgres
from seatrial.mistake import Mistake, Place

SIZE = "db.t3.micro"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"storage_gb": 19}, "not between 20 and 65536"),
        ({"storage_gb": 50, "max_storage_gb": 50}, "must be over storage_gb=50"),
        ({"backup_days": 36}, "not between 0 and 35"),
        ({"readers": [SIZE], "backup_days": 0}, "read replicas need backups"),
        ({"readers": ["db.t3.mikro"]}, "'db.t3.mikro' is not an RDS instance class"),
        ({"backup_region": "us-east-9"}, "not an AWS region"),
        ({"backup_window": "3:00-4:00"}, "not like '03:00-04:00'"),
        ({"backup_window": "24:00-25:00"}, "not like '03:00-04:00'"),
        ({"maintenance_window": "Sunday:04:30-Sunday:05:30"}, "not like 'Sun:04:30"),
        ({"monitoring_seconds": 20}, "20 is not an interval .* Known: 1, 5, 10, 15, 30, 60."),
        ({"database": "my-db"}, "not a plain PostgreSQL name"),
        ({"database": "x" * 64}, "not a plain PostgreSQL name"),
        ({"user": "postgres"}, "reserved"),
        ({"user": "Me"}, "not a plain PostgreSQL name"),
    ],
)
def test_what_rds_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told) as raised:
        Postgres("db", "15", SIZE, **settings)
    assert raised.value.what.startswith("Postgres 'db': ")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "it needs a size"),
        ({"size": SIZE, "serverless": (0.5, 2)}, "size and serverless exclude each other"),
        ({"size": SIZE, "aurora": True}, "'db.t3.micro' is not an Aurora instance class"),
        ({"serverless": (0.5,)}, "the fewest and the most units"),
        ({"serverless": (2, 1)}, "not a range of Aurora capacity units"),
        ({"serverless": (0.3, 1)}, "not a range of Aurora capacity units"),
        ({"serverless": (0, 0.5)}, "not a range of Aurora capacity units"),
        ({"serverless": (1, 256.5)}, "not a range of Aurora capacity units"),
        ({"serverless": (0.5, 2), "storage_gb": 50}, "Aurora's storage grows by itself"),
        ({"serverless": (0.5, 2), "max_storage_gb": 50}, "Aurora's storage grows by itself"),
        ({"serverless": (0.5, 2), "backup_days": 0}, "Aurora always has backups"),
        ({"serverless": (0.5, 2), "engine_url": "DB"}, "engine_url stands in for RDS only"),
        ({"serverless": (0.5, 2), "backup_region": "us-west-2"}, "backup_region is RDS's"),
        ({"serverless": (0.5, 2), "readers": ["db.serverless"] * 16}, "at most 15 readers"),
        (
            {"size": "db.r6g.large", "aurora": True, "readers": ["db.serverless"]},
            "a serverless reader needs serverless=",
        ),
        ({"size": SIZE, "readers": ["db.serverless"]}, "not an RDS instance class"),
        ({"size": SIZE, "extensions": ["Vector;"]}, "not the name of an extension"),
    ],
)
def test_what_aurora_would_refuse_is_told_before_it_does(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(Mistake, match=told):
        Postgres("db", "16", **settings)


def test_aurora_has_versions_of_its_own() -> None:
    with pytest.raises(Mistake, match=r"Aurora no longer offers PostgreSQL 16\.1\.") as raised:
        Postgres("db", "16.1", serverless=(0.5, 2))
    assert "The newest minor is 16." in raised.value.right


def test_auroras_standby_is_a_reader() -> None:
    db = Postgres("db", "16", serverless=(0.5, 2), multi_az=True)
    assert db.reading == ["db.serverless"]
    assert db.reader.host.field == "reader_host"
    assert db.write.host.field == "host"
    with pytest.raises(Mistake, match="no reader to use"):
        Postgres("db", "16", SIZE, multi_az=True).reader  # noqa: B018 - as below


def test_it_is_used_to_write_or_to_read_and_named_by_its_host() -> None:
    db = Postgres("db", "15", SIZE, readers=[SIZE])
    assert (db.write.mode, db.write.part) == ("write", db)
    assert (db.reader.mode, db.reader.part) == ("read", db)
    assert (db.host.field, db.port.field, db.major) == ("host", "port", 15)


def test_a_reader_that_is_not_there_is_told_at_the_line_that_asks_for_it() -> None:
    db = Postgres("db", "15", SIZE)
    with pytest.raises(Mistake, match="it has no reader to use") as raised:
        db.reader  # noqa: B018 - reading it is the mistake
    line = test_a_reader_that_is_not_there_is_told_at_the_line_that_asks_for_it.__code__
    assert raised.value.where == Place(__file__, line.co_firstlineno + 3)


def test_aurora_has_no_storage_type() -> None:
    assert Postgres("db", version="16", size="db.t4g.micro", storage_type="gp2").storage_type
    with pytest.raises(Mistake, match="no type to choose"):
        Postgres("db", version="16", size="db.t4g.medium", aurora=True, storage_type="gp2")

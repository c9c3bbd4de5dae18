"""Databases: readers take their source's disk, gp3 beyond its baseline, what is copied."""

import pytest

from seatrial.graph.annotations import Uses
from seatrial.graph.values import Join, Ref
from seatrial.price.bill import bill
from seatrial.price.quantity import Quantity
from seatrial.price.services.rds import vcpus
from tests.price.graphs import US_EAST_1, billed, cents, graph, lines, resource, usage

DB = {"Engine": "postgres", "DBInstanceClass": "db.r5.large", "AllocatedStorage": "500"}


def test_a_reader_has_its_sources_engine_and_disk() -> None:
    made = graph(
        resource("Db", "RDS::DBInstance", "db", **DB, StorageType="gp3", MultiAZ=True),
        resource(
            "Reader",
            "RDS::DBInstance",
            "db",
            SourceDBInstanceIdentifier=Ref("Db"),
            DBInstanceClass="db.t3.medium",
        ),
    )
    found = {line.component: line for line in billed(made).lines if line.resource == "Reader"}
    assert found["reader"].key == "rds.pg.db.t3.medium.single"
    assert (found["storage"].key, cents(found["storage"])) == ("rds.gp3.single_gb_mo", 57.50)


def test_a_reader_of_another_region_says_that_its_disk_is_not_known() -> None:
    source = Join(("arn:aws:rds:us-east-1:", Ref("Account"), ":db:shop"))
    made = graph(
        resource(
            "Db",
            "RDS::DBInstance",
            "db",
            SourceDBInstanceIdentifier=source,
            DBInstanceClass="db.r5.large",
            StorageType="gp3",
        )
    )
    assert "its source" in lines(made)["storage"].unknown
    assert cents(lines(made, usage(db={"storage_gb": 500}))["storage"]) == 57.50


@pytest.mark.parametrize(
    ("gb", "iops", "rate", "more"),
    [(100, 3000, 125, {}), (100, 4000, 0, {"storage IOPS": 1000}), (500, 12_000, 500, {}),
     (500, 13_000, 600, {"storage IOPS": 1000, "storage rate": 100})],
)  # fmt: skip
def test_gp3_is_paid_beyond_its_baseline(
    gb: int, iops: int, rate: int, more: dict[str, int]
) -> None:
    disk = {"AllocatedStorage": str(gb), "Iops": iops, "StorageThroughput": rate}
    made = graph(resource("Db", "RDS::DBInstance", **{**DB, **disk, "StorageType": "gp3"}))
    found = lines(made)
    beyond = {
        name: found[name].quantity.expected
        for name in found
        if name in ("storage IOPS", "storage rate")
    }
    assert beyond == more


def test_storage_grows_as_it_is_said_and_not_beyond_its_maximum() -> None:
    made = graph(resource("Db", "RDS::DBInstance", "db", **DB, MaxAllocatedStorage=1000))
    assert lines(made, usage(db={"storage_gb": (100, 700, 5000)}))["storage"].quantity == Quantity(
        500, 700, 1000
    )


def test_backups_are_free_up_to_the_database() -> None:
    made = graph(resource("Db", "RDS::DBInstance", "db", **DB))
    line = lines(made)["backups"]
    assert (line.empty, "free" in line.assumed[0]) == (True, True)
    assert cents(lines(made, usage(db={"backup_gb": 100}))["backups"]) == 9.50


def test_copies_elsewhere_cost_the_other_regions_price() -> None:
    made = graph(
        resource("Db", "RDS::DBInstance", "db", **DB, AutomaticBackupReplicationRegion="us-west-2")
    )
    said = usage(db={"replicated_gb": 50, "copies_gb": 500})
    found = lines(made, said)
    assert cents(found["backups to us-west-2, transfer"]) == 1.00
    assert (
        found["backups to us-west-2, storage"].unknown
        == "no price of rds.backup_gb_mo in us-west-2"
    )
    there = bill(made, US_EAST_1, said, elsewhere=lambda region: US_EAST_1)
    stored = next(line for line in there.lines if line.component == "backups to us-west-2, storage")
    assert cents(stored) == 47.50


@pytest.mark.parametrize(
    ("class_", "count"),
    [("db.t3.micro", 2), ("db.r5.large", 2), ("db.r5.xlarge", 4), ("db.m5.24xlarge", 96),
     ("db.t2.small", 1), ("db.serverless", None), ("", None)],
)  # fmt: skip
def test_vcpus_follow_the_size(class_: str, count: float | None) -> None:
    assert vcpus(class_) == count


def aurora(**cluster: object) -> object:
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 16}
    return graph(
        resource(
            "Cluster",
            "RDS::DBCluster",
            "db",
            Engine="aurora-postgresql",
            ServerlessV2ScalingConfiguration=scaling,
            **cluster,
        ),
        resource(
            "Writer",
            "RDS::DBInstance",
            "db",
            DBClusterIdentifier=Ref("Cluster"),
            DBInstanceClass="db.serverless",
        ),
    )


def test_capacity_that_nobody_said_is_the_minimum_and_at_most_the_maximum() -> None:
    line = lines(aurora())["Aurora capacity"]
    assert line.quantity == Quantity(0.5 * 730, 0.5 * 730, 16 * 730)
    assert "nobody said acu" in line.assumed[0]


def test_capacity_stays_within_its_bounds() -> None:
    line = lines(aurora(), usage(db={"acu": (0.1, 4, 99)}))["Aurora capacity"]
    assert line.quantity == Quantity(0.5 * 730, 4 * 730, 16 * 730)


def test_io_optimized_pays_no_requests() -> None:
    said = usage(db={"storage_gb": 100, "io": 1e7, "acu": 1})
    assert cents(lines(aurora(), said)["I/O requests"]) == 2.00
    found = lines(aurora(StorageType="aurora-iopt1"), said)
    assert "I/O requests" not in found
    assert found["storage"].key == "aurora.iopt.storage_gb_mo"


def test_documentdb() -> None:
    made = graph(
        resource("Cluster", "DocDB::DBCluster", "mongo"),
        *(
            resource(f"I{each}", "DocDB::DBInstance", "mongo", DBInstanceClass="db.t3.medium")
            for each in "123"
        ),
    )
    found = billed(made, usage(mongo={"storage_gb": 30, "io": 1e8}))
    assert round(found.total.expected, 2) == round(3 * 56.94 + 3.00 + 20.00, 2)


@pytest.mark.parametrize(
    ("shape", "nodes"),
    [({"NumCacheClusters": 3}, 3), ({"NumNodeGroups": 2, "ReplicasPerNodeGroup": 2}, 6), ({}, 1)],
)
def test_nodes_of_a_replication_group(shape: dict[str, int], nodes: int) -> None:
    group = resource(
        "Cache",
        "ElastiCache::ReplicationGroup",
        CacheNodeType="cache.r5.large",
        Engine="valkey",
        **shape,
    )
    line = lines(graph(group))["nodes"]
    assert (line.key, line.quantity.expected) == ("elasticache.valkey.cache.r5.large", nodes * 730)


def test_only_copies_beyond_the_first_are_paid() -> None:
    def kept(days: int) -> set[str]:
        group = resource(
            "Cache",
            "ElastiCache::ReplicationGroup",
            "c",
            CacheNodeType="cache.r5.large",
            SnapshotRetentionLimit=days,
        )
        return set(lines(graph(group), usage(c={"backup_gb": 10})))

    assert kept(0) == kept(1) == {"nodes"}
    assert kept(5) == {"nodes", "backups"}


def test_a_replicator_is_paid_by_hours_and_data() -> None:
    made = graph(resource("R", "MSK::Replicator", "kafka"))
    found = lines(made, usage(kafka={"replicated_gb": 10}))
    assert found["replicator hours"].quantity.expected == 730
    assert found["replicator data"].quantity.expected == 10


def kafka() -> object:
    disk = {"EBSStorageInfo": {"VolumeSize": 10}}
    nodes = {"InstanceType": "kafka.m5.large", "ClientSubnets": [1, 2, 3], "StorageInfo": disk}
    return graph(
        resource(
            "Kafka", "MSK::Cluster", "kafka", NumberOfBrokerNodes=3, BrokerNodeGroupInfo=nodes
        ),
        annotations=(
            Uses("in", "kafka", "write"),
            Uses("a", "kafka", "read"),
            Uses("b", "kafka", "read"),
        ),
    )


def test_what_clients_of_kafka_move_across_zones() -> None:
    line = lines(kafka(), usage(kafka={"in_gb": 90}))["data between zones"]
    # one producer and two consumers, two of three times in another zone
    assert line.quantity.expected == pytest.approx(90 * 3 * 2 / 3)


def test_what_is_said_goes_before_what_follows_from_kafka() -> None:
    found = lines(kafka(), usage(kafka={"in_gb": 90, "cross_zone_gb": 7}))
    assert found["data between zones"].quantity.expected == 7


def test_a_reader_of_another_region_has_the_engine_of_its_parameters() -> None:
    made = graph(
        resource("Parameters", "RDS::DBParameterGroup", Family="mysql8.0"),
        resource(
            "Db",
            "RDS::DBInstance",
            SourceDBInstanceIdentifier="arn:aws:rds:us-east-1:1:db:shop",
            DBParameterGroupName=Ref("Parameters"),
            DBInstanceClass="db.t3.micro",
        ),
    )
    assert lines(made)["reader"].key == "rds.mysql.db.t3.micro.single"


@pytest.mark.parametrize(
    ("engine", "class_", "multi", "key", "usd"),
    [
        ("MySQL", "db.t3.medium", False, "rds.mysql.db.t3.medium.single", 49.64),
        ("mysql", "db.t3.micro", True, "rds.mysql.db.t3.micro.multi", 24.82),
        ("Postgres", "db.t3.medium", False, "rds.pg.db.t3.medium.single", 52.56),
    ],
)
def test_an_engine_may_be_written_in_capitals(
    engine: str, class_: str, multi: bool, key: str, usd: float
) -> None:
    database = resource(
        "Db",
        "RDS::DBInstance",
        Engine=engine,
        DBInstanceClass=class_,
        MultiAZ=multi,
        AllocatedStorage="5",
    )
    found = lines(graph(database))["instance, Multi-AZ" if multi else "instance"]
    assert (found.key, cents(found)) == (key, usd)


def test_instances_of_aurora_mysql() -> None:
    cluster = resource("C", "RDS::DBCluster", Engine="aurora-mysql")
    made = resource(
        "I", "RDS::DBInstance", DBClusterIdentifier=Ref("C"), DBInstanceClass="db.t3.medium"
    )
    found = lines(graph(cluster, made))["instance"]
    assert (found.key, cents(found)) == ("aurora.mysql.db.t3.medium", 59.86)

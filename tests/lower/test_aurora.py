"""Aurora: one cluster, instances in different zones, capacity that follows the load."""

from seatrial.graph.annotations import Note
from seatrial.graph.values import GetAtt, Secret, Zone
from tests.lower.stores import alarms, environment, stores, text
from tests.lower.systems import graph_of


def test_a_serverless_cluster_has_the_capacity_that_is_written() -> None:
    graph = stores()
    cluster = graph["VectorsCluster"].properties
    assert cluster["Engine"] == "aurora-postgresql"
    assert cluster["EngineVersion"].startswith("16.")
    assert "limitless" not in cluster["EngineVersion"]
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 16}
    assert cluster["BackupRetentionPeriod"] == 7
    assert cluster["MasterUserPassword"] == Secret("VectorsCredentials", "password", dynamic=True)
    assert "BacktrackWindow" not in cluster  # Aurora MySQL's alone
    assert graph["VectorsWriter"].properties["DBInstanceClass"] == "db.serverless"


def test_a_standby_is_a_reader_in_another_zone_that_is_promoted_first() -> None:
    graph = stores()
    writer, reader = graph["VectorsWriter"].properties, graph["VectorsReader1"].properties
    assert (writer["AvailabilityZone"], writer["PromotionTier"]) == (Zone(0), 0)
    assert (reader["AvailabilityZone"], reader["PromotionTier"]) == (Zone(1), 1)
    assert "VectorsReader2" not in graph.resources


def test_a_provisioned_cluster_has_classes_and_no_capacity() -> None:
    graph = stores()
    assert "ServerlessV2ScalingConfiguration" not in graph["LargeCluster"].properties
    assert graph["LargeWriter"].properties["DBInstanceClass"] == "db.r6g.large"
    assert graph["LargeWriter"].properties["EnablePerformanceInsights"] is True


def test_parameters_ask_for_tls_and_load_what_an_extension_needs() -> None:
    graph = stores()
    group = graph["VectorsParameters"].properties
    assert group["Family"] == "aurora-postgresql16"
    assert group["Parameters"] == {"rds.force_ssl": "1", "shared_preload_libraries": "pg_cron"}
    (note,) = [each for each in graph.annotated(Note) if each.topic == "Extensions of vectors"]
    assert 'CREATE EXTENSION IF NOT EXISTS "vector"' in note.steps


def test_users_get_the_clusters_endpoints() -> None:
    graph = stores()
    got = environment(graph, "QueryTask")
    assert got["LARGE_PGHOST"] == GetAtt("LargeCluster", "ReadEndpoint.Address")
    assert got["LARGE_PGPASSWORD"] == Secret("LargeCredentials", "password")
    attached = graph["LargeCredentialsAttachment"].properties
    assert attached["TargetType"] == "AWS::RDS::DBCluster"
    assert attached["TargetId"].id == "LargeCluster"
    assert "LargeWriter" in graph["QueryService"].depends_on


def test_a_url_names_the_clusters_host_and_port() -> None:
    graph = graph_of(
        'db = Postgres("db", version="16", serverless=(0.5, 1), url=True)\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[db]))\n'
    )
    said = text(graph, "DbUrl")
    assert said.startswith("postgresql://<username>:<password>@<GetAtt(id='DbCluster'")
    assert "Endpoint.Port" in said


def test_it_is_watched() -> None:
    found = alarms(stores(), "vectors")
    assert found["CPUUtilization"]["Threshold"] == 80
    assert found["ACUUtilization"]["Threshold"] == 90
    assert found["AuroraReplicaLagMaximum"]["Dimensions"][0]["Name"] == "DBClusterIdentifier"
    assert "ACUUtilization" not in alarms(stores(), "large")

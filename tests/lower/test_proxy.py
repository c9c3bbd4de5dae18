"""RDS Proxy: who writes goes through it, and it alone reaches the database for them."""

from seatrial.graph.values import GetAtt, Ref, Secret
from tests.lower.stores import alarms, entries, environment, stores, text
from tests.lower.systems import graph_of


def test_it_stands_before_the_instance_as_the_seed_has_it() -> None:
    graph = stores()
    proxy = graph["DbProxy"].properties
    assert proxy["EngineFamily"] == "POSTGRESQL"
    assert proxy["RequireTLS"] is True
    assert proxy["IdleClientTimeout"] == 1800
    (login,) = proxy["Auth"]
    assert (login["AuthScheme"], login["SecretArn"]) == ("SECRETS", Ref("DbCredentials"))
    targets = graph["DbProxyTargets"].properties
    assert targets["DBInstanceIdentifiers"] == [Ref("DbInstance")]
    assert targets["ConnectionPoolConfigurationInfo"] == {"MaxConnectionsPercent": 100}


def test_it_may_read_its_own_credentials_and_nothing_else() -> None:
    (policy,) = stores()["DbProxyRole"].properties["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    assert statement["Resource"] == Ref("DbCredentials")


def test_writers_reach_the_proxy_and_readers_the_replica() -> None:
    graph = stores()
    assert environment(graph, "ApiTask")["PGHOST"] == GetAtt("DbProxy", "Endpoint")
    replica = GetAtt("DbReader1", "Endpoint.Address")
    assert environment(graph, "ApiTask")["DB_HOST"] == replica
    assert environment(graph, "QueryTask")["PGHOST"] == replica
    # The api writes through the proxy and names the replica's host as well.
    assert entries(graph, "DbGroup") == dict.fromkeys(
        ["DbProxyGroup", "ApiGroup", "QueryGroup"], 5432
    )
    assert entries(graph, "DbProxyGroup") == {"ApiGroup": 5432}
    (out,) = graph["DbProxyGroup"].properties["SecurityGroupEgress"]
    assert out["DestinationSecurityGroupId"] == GetAtt("DbGroup", "GroupId")


def test_auroras_readers_have_an_endpoint_of_the_proxy() -> None:
    graph = stores()
    assert graph["VectorsProxyReader"].properties["TargetRole"] == "READ_ONLY"
    reader = GetAtt("VectorsProxyReader", "Endpoint")
    assert environment(graph, "QueryTask")["VECTORS_PGHOST"] == reader
    assert graph["VectorsProxyTargets"].properties["DBClusterIdentifiers"] == [
        Ref("VectorsCluster")
    ]
    assert entries(graph, "VectorsGroup") == {"VectorsProxyGroup": 5432}


def test_a_service_waits_for_the_proxy_and_a_url_names_it() -> None:
    graph = stores()
    assert "DbProxyTargets" in graph["ApiService"].depends_on
    said = text(graph, "DbUrl")
    assert "@<GetAtt(id='DbProxy', attribute='Endpoint')>:5432/app?sslmode=" in said
    assert environment(graph, "ApiTask")["DATABASE_URL"] == Secret("DbUrl")


def test_who_only_reads_gets_a_url_that_it_can_reach() -> None:
    graph = stores()
    assert environment(graph, "QueryTask")["DATABASE_URL"] == Secret("DbReaderUrl")
    assert "@<GetAtt(id='DbReader1'" in text(graph, "DbReaderUrl")
    assert "@<GetAtt(id='VectorsProxyReader'" in text(graph, "VectorsReaderUrl")


def test_the_instance_and_its_reader_are_watched() -> None:
    found = alarms(stores(), "db")
    assert found["CPUUtilization"]["Threshold"] == 80
    assert found["ReplicaLag"]["Dimensions"] == [
        {"Name": "DBInstanceIdentifier", "Value": Ref("DbReader1")}
    ]
    assert found["FreeStorageSpace"]["Threshold"] == 50 * 2**30, "a tenth of 500 GiB"
    assert found["FreeStorageSpace"]["ComparisonOperator"] == "LessThanThreshold"


def test_storage_that_grows_needs_no_watch() -> None:
    graph = graph_of(
        'db = Postgres("db", "16", "db.t4g.medium", storage_gb=20, max_storage_gb=100)\n'
        'api = Service("api", "app", ["run"], uses=[db])\n'
        'system = System("shop", api, alerts=Alerts("ops@example.com"))\n'
    )
    assert "FreeStorageSpace" not in alarms(graph, "db")


def test_a_program_that_only_names_the_host_reaches_what_it_names() -> None:
    graph = graph_of(
        'db = Postgres("db", "16", "db.t4g.medium", readers=["db.t4g.medium"], proxy=True)\n'
        'api = Service("api", "app", ["run"], env={"H": db.host})\n'
        'system = System("shop", api)\n'
    )
    assert environment(graph, "ApiTask") == {"H": GetAtt("DbProxy", "Endpoint")}
    assert entries(graph, "DbProxyGroup") == {"ApiGroup": 5432}


def test_without_a_reader_in_an_environment_the_primary_answers() -> None:
    graph = graph_of(
        'db = Postgres("db", "16", "db.t4g.medium", readers=["db.t4g.medium"])\n'
        'api = Service("api", "app", ["run"], uses=[db.reader], env={"H": db.reader.host})\n'
        'system = System("shop", api)\n'
        'system.environment("staging", change={db: dict(readers=[])})\n',
        "staging",
    )
    assert environment(graph, "ApiTask")["H"] == GetAtt("DbInstance", "Endpoint.Address")

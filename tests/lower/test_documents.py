"""DocumentDB: spread over the zones, TLS, and a URL that a driver can use as it is."""

from seatrial.graph.values import Secret, Zone
from tests.lower.stores import alarms, entries, environment, stores, text
from tests.lower.systems import graph_of


def test_instances_are_spread_over_the_zones() -> None:
    graph = stores()
    zones = [graph[f"DocsInstance{number}"].properties["AvailabilityZone"] for number in (1, 2, 3)]
    assert zones == [Zone(0), Zone(1), Zone(2)]
    assert graph["DocsInstance1"].properties["DBInstanceClass"] == "db.t3.medium"


def test_the_cluster_asks_for_tls_and_keeps_backups() -> None:
    graph = stores()
    cluster = graph["DocsCluster"].properties
    assert (cluster["EngineVersion"], cluster["BackupRetentionPeriod"]) == ("5.0.0", 7)
    group = graph[cluster["DBClusterParameterGroupName"].id].properties
    assert (group["Family"], group["Parameters"]["tls"]) == ("docdb5.0", "enabled")


def test_the_url_is_a_secret_with_tls_and_without_retryable_writes() -> None:
    graph = stores()
    assert environment(graph, "ApiTask")["MONGODB_URL"] == Secret("DocsUrl")
    said = text(graph, "DocsUrl")
    assert said.startswith("mongodb://<username>:<password>@<GetAtt(id='DocsCluster'")
    assert "tls=true&tlsCAFile=/etc/ssl/certs/rds-global-bundle.pem" in said
    assert said.endswith("&retryWrites=false")
    assert "readPreference" not in said


def test_who_only_reads_prefers_the_instances_that_take_no_writes() -> None:
    graph = stores()
    assert environment(graph, "QueryTask")["MONGODB_URL"] == Secret("DocsReaderUrl")
    assert "&readPreference=secondaryPreferred&" in text(graph, "DocsReaderUrl")


def test_plain_connections_are_a_choice_and_a_second_url_is_made_only_for_readers() -> None:
    graph = graph_of(
        'docs = Documents("docs", "db.t4g.medium", parameters={"tls": "disabled"})\n'
        'system = System("shop", Service("api", "app", ["run"], uses=[docs]))\n'
    )
    assert "tls=false" in text(graph, "DocsUrl")
    assert "DocsReaderUrl" not in graph.resources


def test_its_users_reach_it_and_it_is_watched() -> None:
    graph = stores()
    assert entries(graph, "DocsGroup") == {"ApiGroup": 27017, "QueryGroup": 27017}
    found = alarms(graph, "docs")
    assert found["CPUUtilization"]["Namespace"] == "AWS/DocDB"
    assert found.keys() == {
        "CPUUtilization",
        "DBClusterReplicaLagMaximum",
        "LowMemNumOperationsThrottled",
    }

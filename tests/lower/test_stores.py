"""Every store together: AWS would take it, cfn-lint too, and nothing secret stands in it."""

from pathlib import Path

import pytest

from seatrial.graph.check import check
from seatrial.graph.graph import ordered
from seatrial.graph.values import GetAtt, Pseudo, Ref, Secret, join
from seatrial.template import render_json
from tests.lower.stores import container, entries, environment, stores, two_regions
from tests.lower.systems import graph_of
from tests.policy.findings import by_cfn_lint


@pytest.mark.parametrize("name", ["production", "staging"])
def test_aws_would_take_it(name: str) -> None:
    graph = stores(name)
    assert [str(each) for each in check(graph)] == []
    assert len(ordered(graph)) == len(graph.resources)


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    files = []
    for name in ("production", "staging"):
        file = tmp_path / f"{name}.json"
        file.write_text(render_json(stores(name)))
        files.append(file)
    assert by_cfn_lint(files) == {file: set() for file in files}


@pytest.mark.parametrize("name", ["production", "production-recovery"])
def test_aws_would_take_both_regions(name: str, tmp_path: Path) -> None:
    graph = two_regions(name)
    assert [str(each) for each in check(graph)] == []
    file = tmp_path / "template.json"
    file.write_text(render_json(graph))
    assert by_cfn_lint([file]) == {file: set()}


def test_aurora_is_one_database_over_two_regions() -> None:
    first, second = two_regions("production"), two_regions("production-recovery")
    name = first["VectorsGlobalCluster"].properties["GlobalClusterIdentifier"]
    copy = second["VectorsCluster"].properties
    assert copy["GlobalClusterIdentifier"] == name
    assert not copy.keys() & {"MasterUsername", "MasterUserPassword", "DatabaseName"}
    assert "VectorsCredentials" in second.parameters
    host = GetAtt("VectorsCluster", "Endpoint.Address")
    assert environment(second, "ApiTask")["VECTORS_PGHOST"] == host
    assert "VectorsWriter" in second["ApiService"].depends_on
    assert (
        GetAtt("VectorsCluster", "DBClusterArn")
        in first["BackupSelection"].properties["BackupSelection"]["Resources"]
    )


def test_the_standby_reads_the_bucket_that_the_first_region_copies_to() -> None:
    first, second = two_regions("production"), two_regions("production-recovery")
    assert "FilesBucket" not in second.resources
    (rule,) = first["FilesBucket"].properties["ReplicationConfiguration"]["Rules"]
    name = environment(second, "ApiTask")["S3_BUCKET"]
    assert rule["Destination"]["Bucket"] == join("arn:", Pseudo("AWS::Partition"), ":s3:::", name)
    assert "NotesBucket" in second.resources


def test_the_standby_has_no_proxy_and_makes_no_role_of_the_account_twice() -> None:
    second = two_regions("production-recovery")
    assert second.of("AWS::RDS::DBProxy", "AWS::IAM::ServiceLinkedRole") == []
    assert environment(second, "QueryTask")["PGHOST"] == GetAtt("DbInstance", "Endpoint.Address")
    assert entries(second, "DbGroup").keys() == {"ApiGroup", "QueryGroup"}


def test_what_holds_a_password_is_a_secret() -> None:
    graph = stores()
    for task in ("ApiTask", "QueryTask"):
        for name, value in environment(graph, task).items():
            if name.endswith(("_URL", "PASSWORD")):
                assert isinstance(value, Secret), name


def test_a_program_that_reads_other_names_gets_secrets_as_secrets() -> None:
    graph = graph_of(
        'db = Postgres("db", "16", "db.t4g.medium")\n'
        'docs = Documents("docs", "db.t4g.medium")\n'
        'search = Search("search", "t3.small.search")\n'
        'files = Bucket("files")\n'
        'env = {"DB_PASSWORD": db.password, "DB_NAME": db.database, "MONGO": docs.url,\n'
        '    "MONGO_HOST": docs.host, "ELASTICSEARCH_URL": search.url,\n'
        '    "FILES": files.bucket_name}\n'
        'api = Service("api", "app", ["run"], uses=[db, docs, search, files], env=env)\n'
        'system = System("shop", api)\n'
    )
    got = environment(graph, "ApiTask")
    assert got["DB_PASSWORD"] == Secret("DbCredentials", "password")
    assert got["DB_NAME"] == "app"
    assert got["MONGO"] == Secret("DocsUrl")
    assert got["MONGO_HOST"] == GetAtt("DocsCluster", "Endpoint")
    assert got["ELASTICSEARCH_URL"] == Secret("SearchUrl")
    assert got["FILES"] == Ref("FilesBucket")
    assert check(graph) == []
    named = {each["Name"] for each in container(graph, "ApiTask")["Secrets"]}
    assert {"DB_PASSWORD", "MONGO", "ELASTICSEARCH_URL"} <= named


def test_stores_are_encrypted_and_go_into_private_subnets() -> None:
    graph = stores()
    private = {f"PrivateSubnet{zone}" for zone in (1, 2, 3)}
    for each in graph.of("AWS::RDS::DBCluster", "AWS::DocDB::DBCluster"):
        assert each.properties["StorageEncrypted"] is True
        assert each.properties["DeletionProtection"] is True
        assert each.deletion_policy == each.update_replace_policy == "Snapshot"
        subnets = graph[each.properties["DBSubnetGroupName"].id].properties["SubnetIds"]
        assert {subnet.id for subnet in subnets} == private
    for each in graph.of("AWS::RDS::DBInstance"):
        assert each.properties["PubliclyAccessible"] is False
    for each in stores("staging").of("AWS::RDS::DBCluster", "AWS::DocDB::DBCluster"):
        assert each.properties["DeletionProtection"] is False


def test_every_metric_on_the_dashboard_is_of_a_resource_that_is_there() -> None:
    pieces = stores()["Dashboard"].properties["DashboardBody"].parts
    titles = "".join(each for each in pieces if isinstance(each, str))
    for part in ("db", "vectors", "large", "docs", "search", "files"):
        assert f'"title":"{part}: ' in titles

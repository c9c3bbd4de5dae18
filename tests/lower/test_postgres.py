"""Databases: encrypted, protected where customers are, their credentials never written."""

import json

from hypothesis import given

from seatrial.graph import Graph, Resource
from seatrial.graph.values import GetAtt, Secret, symbols
from tests.graph.schema.lint import errors
from tests.lower.systems import Described, few, graph_of, part_of, systems


def text(more: str = "", change: str = "{}") -> str:
    return (
        f'db = Postgres("db", version="15", size="db.t3.micro", {more})\n'
        'api = Service("api", "app", ["run"], uses=[db])\n'
        'system = System("shop", api)\n'
        'system.environment("production")\n'
        f'system.environment("staging", change={{db: {change}}})\n'
    )


def primaries(graph: Graph) -> list[Resource]:
    """Give the instances that are no read replica of another."""
    instances = graph.of("AWS::RDS::DBInstance")
    return [each for each in instances if "SourceDBInstanceIdentifier" not in each.properties]


@few
@given(systems())
def test_a_database_is_encrypted_private_and_asks_for_tls(described: Described) -> None:
    graph = described.graph()
    for each in graph.of("AWS::RDS::DBInstance"):
        assert each.properties["PubliclyAccessible"] is False
    for each in primaries(graph):
        assert each.properties["StorageEncrypted"] is True  # and its replicas with it
        parameters = graph[each.properties["DBParameterGroupName"].id].properties
        assert parameters["Parameters"]["rds.force_ssl"] == "1"
        assert parameters["Family"] == f"postgres{each.properties['EngineVersion'].split('.')[0]}"
        assert each.deletion_policy == "Snapshot"


@few
@given(systems())
def test_no_password_stands_in_the_graph(described: Described) -> None:
    graph = described.graph()
    for each in primaries(graph):
        credentials = graph[each.properties["MasterUserPassword"].id]
        assert each.properties["MasterUserPassword"] == Secret(
            credentials.id, "password", dynamic=True
        )
        recipe = credentials.properties["GenerateSecretString"]
        assert json.loads(recipe["SecretStringTemplate"]).keys() == {"username"}
        assert recipe["GenerateStringKey"] == "password"
        # host, port and dbname come with the attachment.
        attached = [
            a
            for a in graph.of("AWS::SecretsManager::SecretTargetAttachment")
            if a.properties["SecretId"] == credentials.ref
        ]
        assert [a.properties["TargetId"].id for a in attached] == [each.id]


@few
@given(systems())
def test_every_secret_is_generated_or_made_of_generated_ones(described: Described) -> None:
    graph = described.graph()
    for each in graph.of("AWS::SecretsManager::Secret"):
        if "SecretString" in each.properties:
            named = [
                symbol.id
                for symbol in symbols(each.properties["SecretString"])
                if isinstance(symbol, Secret)
            ]
            assert named
            assert {part_of(graph[id]) for id in named} == {part_of(each)}
        else:
            assert "GenerateSecretString" in each.properties


def test_only_production_is_protected_unless_said() -> None:
    for environment, protected in (("production", True), ("staging", False)):
        instance = graph_of(text(), environment)["DbInstance"]
        assert instance.properties["DeletionProtection"] is protected
    assert graph_of(text(change="dict(protect=True)"), "staging")["DbInstance"].properties[
        "DeletionProtection"
    ]


def test_the_url_names_host_port_and_database_and_asks_for_tls() -> None:
    graph = graph_of(text('url=True, database="orders"'))
    parts = graph["DbUrl"].properties["SecretString"].parts
    assert parts[0] == "postgresql://"
    assert GetAtt("DbInstance", "Endpoint.Address") in parts
    assert "/orders?sslmode=" in parts
    assert parts[-1].aws == "verify-full"
    assert parts[3].key == "password"


def test_a_full_version_is_taken_and_a_major_one_becomes_its_newest_minor() -> None:
    newest = graph_of(text())["DbInstance"].properties["EngineVersion"]
    assert newest.startswith("15.")
    full = text().replace('"15"', repr(newest))
    assert graph_of(full)["DbInstance"].properties["EngineVersion"] == newest


def test_monitoring_is_of_every_instance_by_a_role_of_its_own() -> None:
    for shape, kinds in (
        ('readers=["db.t3.micro"]', ("Instance", "Reader1")),
        ("aurora=True, multi_az=True", ("Writer", "Reader1")),
    ):
        described = text(shape + ", monitoring_seconds=15").replace("t3.micro", "t4g.medium")
        graph = graph_of(described)
        assert errors(graph) == []
        for kind in kinds:
            told = graph[f"Db{kind}"].properties
            assert told["MonitoringInterval"] == 15
            assert told["MonitoringRoleArn"] == GetAtt("DbMonitoringRole", "Arn")
        trust = graph["DbMonitoringRole"].properties["AssumeRolePolicyDocument"]["Statement"][0]
        assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert "DbMonitoringRole" not in graph_of(text()).resources

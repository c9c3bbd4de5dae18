"""Task definitions: environment, secrets, and roles that may just what the task names."""

from typing import Any

import pytest
from hypothesis import given

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Source
from seatrial.graph.values import AtRun, GetAtt, Ref, Secret
from seatrial.image.dockerfile import USER
from tests.lower.systems import Described, few, graph_of, systems

DB = 'db = Postgres("db", version="15", size="db.t3.micro")\n'
SYSTEM = 'system = System("shop", api)\n'


def container(graph: Graph, task: str) -> dict[str, Any]:
    (found,) = graph[task].properties["ContainerDefinitions"]
    assert isinstance(found, dict)
    return found


def variables(graph: Graph, task: str = "ApiTask") -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in container(graph, task)["Environment"]}


def secrets(graph: Graph, task: str = "ApiTask") -> dict[str, Secret]:
    return {each["Name"]: each["ValueFrom"] for each in container(graph, task)["Secrets"]}


def statements(role: Resource) -> list[dict[str, Any]]:
    return [
        statement
        for policy in role.properties.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@few
@given(systems())
def test_the_execution_role_reads_the_named_secrets_and_nothing_else(described: Described) -> None:
    graph = described.graph()
    for task in graph.of("AWS::ECS::TaskDefinition"):
        named = {each.id for each in secrets(graph, task.id).values()}
        role = graph[task.properties["ExecutionRoleArn"].id]
        readable = [
            each["Resource"]
            for each in statements(role)
            if "secretsmanager:GetSecretValue" in each["Action"]
        ]
        assert {each.id for resources in readable for each in resources} == named
        assert all(isinstance(each, Ref) for resources in readable for each in resources)


@few
@given(systems())
def test_a_role_names_what_it_may_touch(described: Described) -> None:
    graph = described.graph()
    for task in graph.of("AWS::ECS::TaskDefinition"):
        assert statements(graph[task.properties["TaskRoleArn"].id]) == []
        for each in statements(graph[task.properties["ExecutionRoleArn"].id]):
            # GetAuthorizationToken knows no resource.
            assert each["Resource"] != "*" or each["Action"] == "ecr:GetAuthorizationToken"


@few
@given(systems())
def test_a_container_has_the_images_user_and_the_tasks_memory(described: Described) -> None:
    graph = described.graph()
    for task in graph.of("AWS::ECS::TaskDefinition"):
        assert container(graph, task.id)["User"] == f"{USER}:{USER}"
        assert container(graph, task.id)["Memory"] == int(task.properties["Memory"])


@few
@given(systems())
def test_no_secret_is_a_plain_variable(described: Described) -> None:
    graph = described.graph()
    for task in graph.of("AWS::ECS::TaskDefinition"):
        plain = variables(graph, task.id)
        assert not any(isinstance(value, Secret) for value in plain.values())
        assert not {"PGPASSWORD", "DATABASE_URL"} & plain.keys()
        # ECS refuses a name that is both.
        assert not plain.keys() & secrets(graph, task.id).keys()


@few
@given(systems())
def test_the_image_comes_from_the_repository_of_the_source_folder(described: Described) -> None:
    graph = described.graph()
    folders = {each.task_definition: each.folder for each in graph.annotated(Source)}
    images = {id: container(graph, id)["Image"].parts[0] for id in folders}
    for one, folder in folders.items():
        for other, another in folders.items():
            assert (images[one] == images[other]) == (folder == another)
    for id, image in images.items():
        role = graph[graph[id].properties["ExecutionRoleArn"].id]
        pull = [each for each in statements(role) if "ecr:BatchGetImage" in each["Action"]]
        assert [each["Resource"] for each in pull] == [GetAtt(image.id, "Arn")]


def test_a_database_is_spoken_to_by_libpqs_own_variables() -> None:
    graph = graph_of(DB + 'api = Service("api", "app", ["run"], uses=[db])\n' + SYSTEM)
    assert secrets(graph) == {
        "PGHOST": Secret("DbCredentials", "host"),
        "PGPORT": Secret("DbCredentials", "port"),
        "PGDATABASE": Secret("DbCredentials", "dbname"),
        "PGUSER": Secret("DbCredentials", "username"),
        "PGPASSWORD": Secret("DbCredentials", "password"),
    }
    assert variables(graph) == {"PGSSLMODE": AtRun("PGSSLMODE", "verify-full")}


def test_a_second_database_is_prefixed_with_its_name() -> None:
    graph = graph_of(
        DB
        + 'more = Postgres("read-model", version="15", size="db.t3.micro", url=True)\n'
        + 'api = Service("api", "app", ["run"], uses=[db, more])\n'
        + SYSTEM
    )
    assert secrets(graph)["PGPASSWORD"].id == "DbCredentials"
    assert secrets(graph)["READ_MODEL_PGPASSWORD"].id == "ReadModelCredentials"
    assert secrets(graph)["READ_MODEL_DATABASE_URL"] == Secret("ReadModelUrl")
    assert "DATABASE_URL" not in secrets(graph)


def test_a_database_that_only_env_names_brings_no_variables_of_its_own() -> None:
    graph = graph_of(
        DB + 'api = Service("api", "app", ["run"], env={"DB_HOST": db.host})\n' + SYSTEM
    )
    assert variables(graph) == {"DB_HOST": GetAtt("DbInstance", "Endpoint.Address")}
    assert secrets(graph) == {}


@pytest.mark.parametrize("value", ["'elsewhere'", "7"])
def test_env_wins_over_what_a_database_brings(value: str) -> None:
    env = f'env={{"PGHOST": {value}}}'
    graph = graph_of(DB + f'api = Service("api", "app", ["run"], uses=[db], {env})\n' + SYSTEM)
    assert variables(graph)["PGHOST"] == value.strip("'")
    assert "PGHOST" not in secrets(graph)


def test_host_and_port_are_each_tasks_own() -> None:
    graph = graph_of('api = Service("api", "app", ["run", HOST, PORT, "x"], port=8000)\n' + SYSTEM)
    assert container(graph, "ApiTask")["Command"] == [
        "run",
        AtRun("HOST", "0.0.0.0"),
        AtRun("PORT", "8000"),
        "x",
    ]
    assert variables(graph) == {"HOST": AtRun("HOST", "0.0.0.0"), "PORT": AtRun("PORT", "8000")}


def test_a_start_period_of_the_container_stays_within_what_ecs_takes() -> None:
    graph = graph_of(
        'api = Service("api", "app", ["run"], port=80, health=Health(grace=900))\n' + SYSTEM
    )
    assert container(graph, "ApiTask")["HealthCheck"]["StartPeriod"] == 300
    assert graph["ApiService"].properties["HealthCheckGracePeriodSeconds"] == 900

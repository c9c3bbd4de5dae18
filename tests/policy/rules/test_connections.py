"""How many connections a database takes, and how many a task holds."""

import pytest

from seatrial.policy import Plan
from seatrial.policy.rules.connections import most_connections, pool_of
from tests.policy.reaching import Ways
from tests.policy.sample import read


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        # Measured on running instances they are 198 to 1660, a little less than what is allowed.
        ("db.t2.small", 225),
        ("db.t2.medium", 450),
        ("db.m4.large", 901),
        ("db.r4.large", 1717),
        ("db.r5.24xlarge", 5000),
    ],
)
def test_connections_by_the_formula(kind: str, most: int) -> None:
    sample = {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceClass": kind}}}
    graph = read(sample)
    found = most_connections(Plan(graph, Ways()), graph["Db"])
    assert found is not None
    assert found[0] == most


def task(environment: dict[str, str], command: list[str] | None = None) -> int | None:
    inside = {
        "Environment": [{"Name": name, "Value": value} for name, value in environment.items()],
        "Command": command or [],
    }
    graph = read(
        {
            "Task": {
                "Type": "AWS::ECS::TaskDefinition",
                "Properties": {"ContainerDefinitions": [inside]},
            }
        }
    )
    pool = pool_of(graph["Task"])
    return pool.connections if pool else None


@pytest.mark.parametrize(
    ("environment", "command", "held"),
    [
        ({"DATABASE_POOL_SIZE": "20"}, [], 20),
        ({"DB_POOL_SIZE": "5", "DB_MAX_OVERFLOW": "10"}, [], 15),
        ({"POOL_SIZE": "5", "WEB_CONCURRENCY": "4"}, [], 20),
        ({"SQLALCHEMY_POOL_SIZE": "5"}, ["uvicorn", "app:app", "--workers", "3"], 15),
        ({"SQLALCHEMY_POOL_SIZE": "5"}, ["gunicorn", "--workers=3", "app:app"], 15),
        ({"SQLALCHEMY_POOL_SIZE": "5"}, ["gunicorn", "-w", "2", "app:app"], 10),
        ({"THREAD_POOL_SIZE": "50"}, [], None),
        ({"DATABASE_POOL_SIZE": "many"}, [], None),
        ({}, ["uvicorn", "app:app", "--workers", "3"], None),
    ],
)
def test_what_a_task_holds(
    environment: dict[str, str], command: list[str], held: int | None
) -> None:
    assert task(environment, command) == held

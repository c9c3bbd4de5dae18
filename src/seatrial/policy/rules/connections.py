"""Database connections: what all tasks may open against what the database takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._data import table
from seatrial.policy.rules._services import services_that_reach, task_of, tasks
from seatrial.policy.rules._stores import INSTANCE

BYTES_A_CONNECTION = 9_531_392
MOST = 5000
POOLS = re.compile(
    r"(DB|DATABASE|POSTGRES|PG|SQLALCHEMY|SQL)_(MAX_)?(POOL_SIZE|POOL_MAX|MAX_POOL_SIZE|CONNECTIONS)"
    r"|POOL_SIZE"
)
OVERFLOWS = re.compile(r"(DB|DATABASE|POSTGRES|PG|SQLALCHEMY|SQL)_(POOL_)?(MAX_)?OVERFLOW")
PROCESSES = ("WEB_CONCURRENCY", "UVICORN_WORKERS", "GUNICORN_WORKERS")


@dataclass(frozen=True, slots=True)
class Pool:
    """What one task may open, and from which words that is read."""

    connections: int
    words: str


def pool_of(task: Resource) -> Pool | None:
    """Give what one task's pools hold, None where no variable says it."""
    whole, words = 0, []
    for container in maps(task.properties.get("ContainerDefinitions")):
        said = [(e.get("Name"), e.get("Value")) for e in maps(container.get("Environment"))]
        given = {name: value for name, value in said if isinstance(name, str)}
        sizes = {name: number(value) for name, value in given.items()}
        pool = next(((n, s) for n, s in sizes.items() if s and POOLS.fullmatch(n)), None)
        if pool is None:
            continue
        more = next((s for n, s in sizes.items() if s and OVERFLOWS.fullmatch(n)), 0) or 0
        processes = next((s for n in PROCESSES if (s := sizes.get(n))), None)
        count = int(processes or _workers(container.get("Command")))
        whole += int(pool[1] + more) * count
        words.append(f"{pool[0]}={pool[1]:g}" + (f" and {more:g} more" if more else ""))
        if count > 1:
            words.append(f"{count} processes")
    return Pool(whole, " and ".join(words)) if whole else None


def _workers(command: object) -> int:
    """Give the processes that `--workers 4`, `--workers=4` or `-w 4` ask for; one unsaid."""
    words = [each for each in command if isinstance(each, str)] if isinstance(command, list) else []
    said = re.search(r"(?:^| )(?:--workers[= ]|-w )(\d+)", " ".join(words))
    return int(said[1]) if said else 1


def most_connections(plan: Plan, database: Resource) -> tuple[int, str] | None:
    """Give how many connections an instance takes at most, and why; None where unknown."""
    group = plan.named(
        database.properties.get("DBParameterGroupName"), "AWS::RDS::DBParameterGroup"
    )
    said = number(at(group.properties, "Parameters", "max_connections")) if group else None
    if said is not None:
        return int(said), "its parameter max_connections"
    kind = database.properties.get("DBInstanceClass")
    if not isinstance(kind, str) or kind.count(".") != 2:
        return None
    _, family, size = kind.split(".")
    sizes = table("sizes")["database_memory"]
    base, times = sizes["large"].get(family), sizes["sizes"].get(size)
    if base is None or times is None or f"{family}.{size}" in sizes["unclear"]:
        return None
    taken = floor(base * times * 1024**3 / BYTES_A_CONNECTION)
    return min(taken, MOST), f"the {base * times:g} GiB of {kind}"


@rule(
    "ST701",
    "too-many-connections",
    "warning",
    "capacity",
    why="PostgreSQL refuses connections over its limit, just when most tasks run.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html",
)
def too_many_connections(plan: Plan) -> Iterator[Fault]:
    """Hold the pools of all tasks against the connections that an RDS PostgreSQL takes.

    What the database takes is `LEAST(memory / 9531392, 5000)`, an upper bound: RDS keeps some
    of the memory for itself. A pool's size is read from variables such as
    `DATABASE_POOL_SIZE`, times `WEB_CONCURRENCY` or `--workers`; a service that names none is
    not counted. A service that goes through RDS Proxy does not reach the database. During a
    rolling deployment old and new tasks hold their pools at the same time.

    Bad:
        Tasks: {Type: AWS::EC2::SecurityGroup}
        Data:
          Type: AWS::EC2::SecurityGroup
          Properties: {SecurityGroupIngress: [{SourceSecurityGroupId: !Ref Tasks}]}
        Db:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            DBInstanceClass: db.t4g.micro
            VPCSecurityGroups: [!Ref Data]
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Environment: [{Name: DB_POOL_SIZE, Value: "20"}]}]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 6
            TaskDefinition: !Ref Task
            NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Tasks]}}

    Good:
        Tasks: {Type: AWS::EC2::SecurityGroup}
        Data:
          Type: AWS::EC2::SecurityGroup
          Properties: {SecurityGroupIngress: [{SourceSecurityGroupId: !Ref Tasks}]}
        Db:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            DBInstanceClass: db.t4g.micro
            VPCSecurityGroups: [!Ref Data]
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {ContainerDefinitions: [{Environment: [{Name: DB_POOL_SIZE, Value: "5"}]}]}
        Api:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: 6
            TaskDefinition: !Ref Task
            NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Tasks]}}
    """
    for database in plan.of(INSTANCE):
        if database.properties.get("Engine") != "postgres":
            continue
        limit = most_connections(plan, database)
        # A replica shares its group with the first: who reads there is not told apart.
        if limit is None or database.properties.get("SourceDBInstanceIdentifier"):
            continue
        steady, deploying, words = 0, 0, []
        for service in services_that_reach(plan, database.properties.get("VPCSecurityGroups")):
            task, bounds = task_of(plan, service), tasks(plan, service)
            pool = pool_of(task) if task else None
            if pool is None or bounds is None:
                continue
            percent = number(at(service.properties, "DeploymentConfiguration", "MaximumPercent"))
            steady += bounds.most * pool.connections
            deploying += floor(bounds.most * (percent or 200) / 100) * pool.connections
            tasks_hold = ("task", "holds") if bounds.most == 1 else ("tasks", "hold")
            words.append(
                f"{bounds.most} {tasks_hold[0]} of {service.label} {tasks_hold[1]} "
                f"{bounds.most * pool.connections} ({pool.words})"
            )
        most, why = limit
        if deploying <= most:
            continue
        total = (
            f"{steady} connections" if steady > most else f"{deploying} while a version rolls out"
        )
        yield Fault(
            database.id,
            "DBInstanceClass",
            f"{'; '.join(words)}: {total}, over the {most} that {why} allows at most.",
            "Smaller pools, fewer tasks, a larger class, or an RDS Proxy between them.",
            "Postgres(..., proxy=True)",
        )

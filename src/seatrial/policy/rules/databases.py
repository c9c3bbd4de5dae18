"""Connections to relational databases: whether server and client insist on TLS."""

import re
from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.containers import containers
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, written
from seatrial.policy.rule import Fault, rule

DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
WEAK = {
    "disable": "never encrypts",
    "allow": "encrypts only when the server insists",
    "prefer": "falls back to plain text when the server refuses TLS",
    "require": "encrypts, and believes whoever answers",
}
SSLMODE = re.compile(r"[?&](?:sslmode|ssl)=([a-z-]+)")


@rule(
    "ST201",
    "database-takes-plain-text",
    "warning",
    "encryption",
    why="One client with another setting, and passwords and rows cross the network readable.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html",
)
def database_takes_plain_text(plan: Plan) -> Iterator[Fault]:
    """Find a PostgreSQL or MySQL database whose parameters do not insist on TLS.

    RDS for PostgreSQL insists from version 15 on where nothing is said, Aurora does not below
    17. What is said in the parameter group counts, so the group and the database are read
    together.

    Bad:
        Parameters:
          Type: AWS::RDS::DBParameterGroup
          Properties: {Family: postgres15, Parameters: {rds.force_ssl: "0"}}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, EngineVersion: "15.4", DBParameterGroupName: !Ref Parameters}

    Good:
        Parameters:
          Type: AWS::RDS::DBParameterGroup
          Properties: {Family: postgres15, Parameters: {rds.force_ssl: "1"}}
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: postgres, EngineVersion: "15.4", DBParameterGroupName: !Ref Parameters}
    """  # noqa: E501 - a database is read in one line
    for database in plan.of(*DATABASES):
        if insists(plan, database) is not False:
            continue
        group = _parameters(plan, database)
        name = _switch(database)
        path = f"Parameters.{name}" if group else ""
        yield Fault(
            (group or database).id,
            path,
            f"{database.id} takes connections without TLS: {name} is off.",
            f"Write {name}: '1' in its parameter group.",
            f"Leave {name} as it is: Postgres(...) turns it on.",
            part=database.part,
        )


def insists(plan: Plan, database: Resource) -> bool | None:
    """Tell whether a database refuses plain connections; None where it is not known."""
    engine = database.properties.get("Engine")
    if not isinstance(engine, str) or engine not in _SWITCHES:
        return None
    group = _parameters(plan, database)
    said = at(group.properties, "Parameters", _switch(database)) if group else None
    if said is not None:
        return str(said).lower() in ("1", "on", "true")
    return _by_default(engine, written(database.properties.get("EngineVersion")))


_SWITCHES = {
    "postgres": "rds.force_ssl",
    "aurora-postgresql": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "aurora-mysql": "require_secure_transport",
}


def _switch(database: Resource) -> str:
    return _SWITCHES[str(database.properties.get("Engine"))]


def _by_default(engine: str, version: str) -> bool | None:
    major = version.partition(".")[0]
    if not major.isdecimal():
        return None
    if engine == "postgres":
        return int(major) >= 15
    # Aurora's default has changed with 17; what newer ones do is not claimed here.
    return False if engine == "aurora-postgresql" and int(major) < 17 else None


def _parameters(plan: Plan, database: Resource) -> Resource | None:
    groups = ("DBParameterGroupName", "DBClusterParameterGroupName")
    named = [database.properties.get(each) for each in groups]
    kinds = ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
    return next(iter(plan.all_named(named, *kinds)), None)


@rule(
    "ST202",
    "client-trusts-any-database",
    "warning",
    "encryption",
    why="A client that does not check the certificate sends its password to whoever stands "
    "between; one that does not insist on TLS sends it readable.",
    source="https://www.postgresql.org/docs/current/libpq-ssl.html",
)
def client_trusts_any_database(plan: Plan) -> Iterator[Fault]:
    """Find a container that talks to PostgreSQL without checking whom it talks to.

    It reads `PGSSLMODE` and the `sslmode` of a connection URL that the template writes into
    a secret; an URL without one takes `PGSSLMODE`. Only `verify-ca` and `verify-full` check
    the certificate.

    Bad:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment: [{Name: PGHOST, Value: !GetAtt Db.Endpoint.Address}]
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}

    Good:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Environment:
                  - {Name: PGHOST, Value: !GetAtt Db.Endpoint.Address}
                  - {Name: PGSSLMODE, Value: verify-full}
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
    """
    urls: dict[str, set[str]] = {}
    for container in containers(plan):
        mode = container.variable("PGSSLMODE")
        given = {*container.variables, *container.secrets}
        if "PGHOST" in given or "PGSSLMODE" in given:
            unsaid = mode is None and "PGSSLMODE" not in container.secrets
            said = "prefer" if unsaid else mode
            if isinstance(said, str) and said in WEAK:
                word = f"PGSSLMODE is {said}" if mode else "without PGSSLMODE libpq"
                yield Fault(
                    container.task.id,
                    container.path_of("PGSSLMODE"),
                    f"{word}{':' if mode else ''} {WEAK[said]}.",
                    "Write PGSSLMODE: verify-full.",
                    "Leave PGSSLMODE out of env: verify-full is what a service gets.",
                )
        for _, secret in container.secrets.values():
            if secret is not None:
                urls.setdefault(secret.id, set()).add(str(mode))
    for id, modes in urls.items():
        yield from _weak_url(plan.graph[id], modes)


def _weak_url(secret: Resource, modes: set[str]) -> Iterator[Fault]:
    text = written(secret.properties.get("SecretString"))
    if not text.startswith(("postgres://", "postgresql://", "postgresql+")):
        return
    found = SSLMODE.search(text)
    if found is None and modes <= {"verify-full", "verify-ca"}:
        return
    mode = found.group(1) if found else "prefer"
    if mode in WEAK:
        yield Fault(
            secret.id,
            "SecretString",
            f"the URL {'says sslmode=' + mode if found else 'says no sslmode'}: {WEAK[mode]}.",
            "End the URL in ?sslmode=verify-full.",
        )

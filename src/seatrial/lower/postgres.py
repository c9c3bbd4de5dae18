"""PostgreSQL: what its users get, whatever runs it.

`rds.py` has the instance and `aurora.py` the cluster, `proxy.py` what may stand
before either, `credentials.py` the login, each key of which is injected by itself.
"""

from seatrial.graph.annotations import Note, OwnEngine
from seatrial.graph.schema import facts
from seatrial.graph.values import (
    AtRun,
    GetAtt,
    Join,
    Secret,
    Value,
)
from seatrial.language import Access, Alerts, Postgres
from seatrial.lower import aurora, credentials, monitoring, proxy, rds
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget

LIBPQ = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "username",
    "PGPASSWORD": "password",
}
"""libpq's variable -> the key of the credentials that holds it (after the attachment)."""
PRELOADED = ("pg_stat_statements", "pg_cron", "pgaudit", "pg_hint_plan", "pglogical")
"""Extensions that a server loads as it starts; any other needs nothing but CREATE EXTENSION."""


def _lower(lowering: Lowering, database: Postgres) -> None:
    credentials.generate(
        lowering,
        database,
        database.user,
        f"User, password, host, port and name of {database.name}",
        copied=True,
    )
    monitoring.lower(lowering, database)
    if database.cluster:
        aurora.lower(lowering, database, _version(database), _parameters(database))
    else:
        rds.lower(lowering, database, _version(database), _parameters(database))
    instance = lowering.ref(database, "Cluster" if database.cluster else "Instance")
    kind = "AWS::RDS::DBCluster" if database.cluster else "AWS::RDS::DBInstance"
    credentials.attach(lowering, database, instance, kind)
    if not database.cluster:
        rds.add_readers(lowering, database)
    if database.proxy:
        proxy.lower(lowering, database)
    if database.extensions:
        _extensions(lowering, database)
    _urls(lowering, database)
    if database.engine_url:
        lowering.annotate(OwnEngine(lowering.id(database, "Instance"), database.engine_url))


def _stand_by(lowering: Lowering, database: Postgres) -> None:
    """Add a replica of the first region's database, which a recovery promotes.

    Its user and password are the first's, so it reads a copy of the same secret.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.XRgn.html
    """
    lowering.copied_here(database, "Credentials")
    monitoring.lower(lowering, database)
    stand_by = aurora.stand_by if database.cluster else rds.stand_by
    stand_by(lowering, database, _version(database), _parameters(database))
    _urls(lowering, database)


def _given(lowering: Lowering, database: Postgres, access: Access) -> Given:
    named = lowering.id(database, "Credentials")
    variables: dict[str, Value] = {"PGSSLMODE": AtRun("PGSSLMODE", "verify-full")}
    secrets: dict[str, Value] = {key: Secret(named, of) for key, of in LIBPQ.items()}
    reads = access.mode == "read" and bool(database.reading)
    # The credentials hold the host of the database itself, in the first region.
    if reads or database.proxy or lowering.second:
        del secrets["PGHOST"]
        variables["PGHOST"] = endpoint(lowering, database, reads)
    if database.url:
        kind = "ReaderUrl" if reads else "Url"
        secrets["DATABASE_URL"] = Secret(lowering.id(database, kind))
    return Given(variables, secrets)


def endpoint(lowering: Lowering, database: Postgres, reads: bool = False) -> GetAtt:
    """Give the host name that a user reaches: the proxy's, the readers' or the primary's."""
    if database.proxy and not (reads and not database.cluster):
        return proxy.endpoint(lowering, database, reads)
    if database.cluster:
        attribute = "ReadEndpoint.Address" if reads else "Endpoint.Address"
        return GetAtt(lowering.id(database, "Cluster"), attribute)
    return GetAtt(lowering.id(database, "Reader1" if reads else "Instance"), "Endpoint.Address")


def _port(lowering: Lowering, database: Postgres) -> Value:
    # A proxy has no attribute for its port; it is its engine's own.
    if database.proxy:
        return str(Postgres.PORT)
    return GetAtt(lowering.id(database, _primary(database)), "Endpoint.Port")


def _primary(database: Postgres) -> str:
    return "Cluster" if database.cluster else "Instance"


def _gate(database: Postgres, access: Access) -> str:
    """RDS's read replicas are reached directly: a proxy there serves the primary alone."""
    direct = access.mode == "read" and database.readers and not database.cluster
    return "ProxyGroup" if database.proxy and not direct else "Group"


def _value(lowering: Lowering, database: Postgres, field: str) -> Value:
    if field == "password":
        return Secret(lowering.id(database, "Credentials"), "password")
    if field == "port":
        return _port(lowering, database)
    # An environment may have no reader: then the primary answers.
    return endpoint(lowering, database, field == "reader_host" and bool(database.reading))


def _ready(lowering: Lowering, database: Postgres) -> list[str]:
    ready = [lowering.id(database, "Writer" if database.cluster else "Instance")]
    if not lowering.second:
        attached = lowering.id(database, "CredentialsAttachment")
        ready = [attached, *(ready if database.cluster else [])]
    if database.proxy:
        ready.append(lowering.id(database, "ProxyTargets"))
    return ready


def _watch(lowering: Lowering, alerts: Alerts, database: Postgres) -> None:
    if database.cluster:
        aurora.watch(lowering, alerts, database)
        return
    rds.watch(lowering, alerts, database)


def _widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
    more = proxy.widgets(lowering, database) if database.proxy else []
    if database.cluster:
        return [*aurora.widgets(lowering, database), *more]
    return [*rds.widgets(lowering, database), *more]


def _parameters(database: Postgres) -> dict[str, str]:
    """Give the parameters: TLS only, and what the extensions must have loaded."""
    loaded = [each for each in database.extensions if each in PRELOADED]
    preload = {"shared_preload_libraries": ",".join(loaded)} if loaded else {}
    return {"rds.force_ssl": "1", **preload, **database.parameters}


def _version(database: Postgres) -> str:
    """Give the full version: the newest minor of a major one."""
    if "." in database.version:
        return database.version
    newest = facts.newest_minor(database.engine, database.version)
    assert newest
    return newest


def _urls(lowering: Lowering, database: Postgres) -> None:
    if database.url:
        _url(lowering, database, "Url")
        if database.reading and lowering.reads(database):
            _url(lowering, database, "ReaderUrl")


def _url(lowering: Lowering, database: Postgres, kind: str) -> None:
    host = endpoint(lowering, database, reads=kind == "ReaderUrl")
    credentials.url(
        lowering,
        database,
        kind,
        f"Connection URL of {database.name}",
        Join(
            (
                *credentials.login(lowering, database, "postgresql", host),
                ":",
                _port(lowering, database),
                f"/{database.database}?sslmode=",
                AtRun("PGSSLMODE", "verify-full"),
            )
        ),
    )


def _extensions(lowering: Lowering, database: Postgres) -> None:
    lowering.annotate(
        Note(
            f"Extensions of {database.name}",
            "AWS has them installed; each database must ask for them once, in a migration. "
            f"{database.user} may: it is a member of rds_superuser.",
            tuple(f'CREATE EXTENSION IF NOT EXISTS "{each}"' for each in database.extensions),
        )
    )


KIND = Kind(
    Postgres,
    "database",
    lower=_lower,
    ports=lambda _: (Postgres.PORT,),
    gate=_gate,
    given=_given,
    value=_value,
    ready=_ready,
    watch=_watch,
    widgets=_widgets,
    stand_by=_stand_by,
    backed_up=lambda lowering, database: [
        GetAtt(lowering.id(database, "Cluster"), "DBClusterArn")
        if database.cluster
        else GetAtt(lowering.id(database, "Instance"), "DBInstanceArn")
    ],
)

"""PostgreSQL: what its users get, and on RDS the instance with its readers.

`aurora.py` has the cluster, `proxy.py` what may stand before either,
`credentials.py` the login, each key of which is injected by itself.
"""

from seatrial.graph import Resource
from seatrial.graph.annotations import Note, OwnEngine
from seatrial.graph.schema import facts
from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    AtRun,
    GetAtt,
    Join,
    Ref,
    Secret,
    Value,
    join,
)
from seatrial.language import Access, Alerts, Postgres
from seatrial.lower import aurora, credentials, proxy
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, line, widget

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
LAG = 60
"""Seconds that a reader may be behind."""


def _lower(lowering: Lowering, database: Postgres) -> None:
    credentials.generate(
        lowering,
        database,
        database.user,
        f"User, password, host, port and name of {database.name}",
        copied=True,
    )
    if database.cluster:
        aurora.lower(lowering, database, _version(database), _parameters(database))
    else:
        _instance(lowering, database)
    instance = lowering.ref(database, "Cluster" if database.cluster else "Instance")
    kind = "AWS::RDS::DBCluster" if database.cluster else "AWS::RDS::DBInstance"
    credentials.attach(lowering, database, instance, kind)
    if not database.cluster:
        for number, size in enumerate(database.readers, start=1):
            _reader(lowering, database, number, size)
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
    if database.cluster:
        aurora.stand_by(lowering, database, _version(database), _parameters(database))
        _urls(lowering, database)
        return
    primary = lowering.environment.primary
    assert primary
    source = join(
        "arn:",
        PARTITION,
        f":rds:{primary.region}:",
        ACCOUNT,
        f":db:{_identifier(lowering, database)}",
    )
    add = _instance(lowering, database)
    for first in FROM_THE_FIRST:
        add.properties.pop(first, None)
    add.properties |= {
        "SourceDBInstanceIdentifier": source,
        "SourceRegion": primary.region,
        "KmsKeyId": join("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":alias/aws/rds"),
    }
    _urls(lowering, database)


FROM_THE_FIRST = (
    "AllocatedStorage",
    "DBName",
    "DeleteAutomatedBackups",
    "Engine",
    "EngineVersion",
    "MasterUserPassword",
    "MasterUsername",
    "StorageEncrypted",
)
"""What a replica takes from its source, and CloudFormation refuses to be told; the key says
that it is encrypted."""


def _identifier(lowering: Lowering, database: Postgres) -> str:
    return f"{lowering.name}-{database.name}"


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
    if alerts.database_cpu is not None:
        alarm(
            lowering,
            database,
            "Cpu",
            f"{database.name}: CPU over {alerts.database_cpu:g} percent for five minutes",
            ("AWS/RDS", "CPUUtilization"),
            "Average",
            alerts.database_cpu,
            {"DBInstanceIdentifier": Ref(lowering.id(database, "Instance"))},
            5,
        )
    for number, _ in enumerate(database.readers, start=1):
        alarm(
            lowering,
            database,
            f"Reader{number}Lag",
            f"{database.name}: reader {number} is over {LAG} seconds behind for five minutes",
            ("AWS/RDS", "ReplicaLag"),
            "Average",
            LAG,
            {"DBInstanceIdentifier": Ref(lowering.id(database, f"Reader{number}"))},
            5,
        )


def _widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
    more = proxy.widgets(lowering, database) if database.proxy else []
    if database.cluster:
        return [*aurora.widgets(lowering, database), *more]
    return [*_of_instance(lowering, database), *_of_readers(lowering, database), *more]


def _of_readers(lowering: Lowering, database: Postgres) -> list[Widget]:
    readers = [
        {"DBInstanceIdentifier": Ref(lowering.id(database, f"Reader{number}"))}
        for number, _ in enumerate(database.readers, start=1)
    ]
    if not readers:
        return []
    return [
        widget(
            f"{database.name}: readers' {title}",
            [line("AWS/RDS", name, each, "Average") for each in readers for name in names],
        )
        for title, names in (
            ("replication lag", ["ReplicaLag"]),
            ("query load", ["CPUUtilization", "DatabaseConnections"]),
            ("read latency", ["ReadLatency"]),
        )
    ]


def _of_instance(lowering: Lowering, database: Postgres) -> list[Widget]:
    instance = {"DBInstanceIdentifier": Ref(lowering.id(database, "Instance"))}
    return [
        widget(
            f"{database.name}: {title}",
            [line("AWS/RDS", name, instance, "Average") for name in names],
        )
        for title, names in (
            ("CPU", ["CPUUtilization"]),
            ("connections", ["DatabaseConnections"]),
            ("free storage", ["FreeStorageSpace"]),
            ("IOPS", ["ReadIOPS", "WriteIOPS"]),
        )
    ]


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


def _backup_region(lowering: Lowering, database: Postgres) -> str | None:
    """Give where backups go: as said, or to the region that has no replica of its own."""
    recovery = lowering.environment.recovery
    restored = recovery.region if recovery and not recovery.standby else None
    return database.backup_region or restored


def _instance(lowering: Lowering, database: Postgres) -> Resource:
    major = str(database.major)
    protect = lowering.environment.production if database.protect is None else database.protect
    subnets = lowering.add(
        database,
        "Subnets",
        "AWS::RDS::DBSubnetGroup",
        {
            "DBSubnetGroupDescription": f"Private subnets for {database.name}",
            "SubnetIds": lowering.data_subnets,
        },
    )
    parameters = lowering.add(
        database,
        "Parameters",
        "AWS::RDS::DBParameterGroup",
        {
            "Family": f"postgres{major}",
            "Description": f"Parameters of {database.name}",
            "Parameters": _parameters(database),
        },
    )
    region = _backup_region(lowering, database)
    return lowering.add(
        database,
        "Instance",
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": _identifier(lowering, database),
            "Engine": "postgres",
            "EngineVersion": _version(database),
            "DBInstanceClass": database.size,
            "DBName": database.database,
            "MasterUsername": credentials.key(lowering, database, "username"),
            "MasterUserPassword": credentials.key(lowering, database, "password"),
            "Port": str(Postgres.PORT),
            "AllocatedStorage": str(database.storage_gb),
            "MaxAllocatedStorage": database.max_storage_gb,
            "StorageType": database.storage_type,
            "StorageEncrypted": True,
            "MultiAZ": database.multi_az,
            "DBSubnetGroupName": subnets.ref,
            "DBParameterGroupName": parameters.ref,
            "VPCSecurityGroups": [GetAtt(lowering.id(database, "Group"), "GroupId")],
            "PubliclyAccessible": False,
            "BackupRetentionPeriod": database.backup_days,
            "PreferredBackupWindow": database.backup_window,
            "PreferredMaintenanceWindow": database.maintenance_window,
            "CopyTagsToSnapshot": True,
            "DeleteAutomatedBackups": False,
            "AutomaticBackupReplicationRegion": region,
            "AutomaticBackupReplicationKmsKeyId": join(
                "arn:", PARTITION, f":kms:{region}:", ACCOUNT, ":alias/aws/rds"
            )
            if region
            else None,
            "AutoMinorVersionUpgrade": True,
            "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
            "EnablePerformanceInsights": database.insights,
            "PerformanceInsightsRetentionPeriod": 7 if database.insights else None,
            "DeletionProtection": protect,
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Snapshot",
        update_replace_policy="Snapshot",
    )


def _reader(lowering: Lowering, database: Postgres, number: int, size: str) -> None:
    lowering.add(
        database,
        f"Reader{number}",
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": f"{lowering.name}-{database.name}-reader-{number}",
            "SourceDBInstanceIdentifier": lowering.ref(database, "Instance"),
            "Engine": "postgres",
            "DBInstanceClass": size,
            "PubliclyAccessible": False,
            "VPCSecurityGroups": [GetAtt(lowering.id(database, "Group"), "GroupId")],
            "DBParameterGroupName": lowering.ref(database, "Parameters"),
            "AutoMinorVersionUpgrade": True,
            "CopyTagsToSnapshot": True,
            "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Delete",
        update_replace_policy="Delete",
    )


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

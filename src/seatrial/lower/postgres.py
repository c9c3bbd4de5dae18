"""PostgreSQL on RDS: instance, readers, subnets, parameters, and its credentials.

The credentials are generated before the database, which needs them at birth;
attaching them afterwards adds host, port and database name to the same secret,
so that each is a key of its own and rotation works.
"""

from seatrial.graph import Resource
from seatrial.graph.annotations import OwnEngine
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
from seatrial.language import Access, Postgres
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, line, widget

LIBPQ = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "username",
    "PGPASSWORD": "password",
}
"""libpq's variable -> the key of the credentials that holds it (after the attachment)."""


def _lower(lowering: Lowering, database: Postgres) -> None:
    _credentials(lowering, database)
    _instance(lowering, database)
    _attachment(lowering, database)
    for number, size in enumerate(database.readers, start=1):
        _reader(lowering, database, number, size)
    if database.url:
        _url(lowering, database)
    if database.engine_url:
        lowering.annotate(OwnEngine(lowering.id(database, "Instance"), database.engine_url))


def _stand_by(lowering: Lowering, database: Postgres) -> None:
    """Add a replica of the first region's database, which a recovery promotes.

    Its user and password are the first's, so it reads a copy of the same secret.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.XRgn.html
    """
    lowering.copied_here(database, "Credentials")
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
    if database.url:
        _url(lowering, database)


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
    credentials = lowering.id(database, "Credentials")
    variables: dict[str, Value] = {"PGSSLMODE": AtRun("PGSSLMODE", "verify-full")}
    secrets: dict[str, Value] = {key: Secret(credentials, of) for key, of in LIBPQ.items()}
    if access.mode == "read" and database.readers:
        del secrets["PGHOST"]
        variables["PGHOST"] = GetAtt(lowering.id(database, "Reader1"), "Endpoint.Address")
    if lowering.second:  # the copied secret names the host of the first region
        del secrets["PGHOST"]
        variables["PGHOST"] = GetAtt(lowering.id(database, "Instance"), "Endpoint.Address")
    if database.url:
        secrets["DATABASE_URL"] = Secret(lowering.id(database, "Url"))
    return Given(variables, secrets)


def _value(lowering: Lowering, database: Postgres, field: str) -> Value:
    attributes = {"host": "Endpoint.Address", "port": "Endpoint.Port"}
    return GetAtt(lowering.id(database, "Instance"), attributes[field])


def _ready(lowering: Lowering, database: Postgres) -> list[str]:
    return [lowering.id(database, "Instance" if lowering.second else "CredentialsAttachment")]


def _widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
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


def _credentials(lowering: Lowering, database: Postgres) -> None:
    lowering.add(
        database,
        "Credentials",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{database.name}",
            "Description": f"User, password, host, port and name of {database.name}",
            "GenerateSecretString": {
                "SecretStringTemplate": f'{{"username": "{database.user}"}}',
                "GenerateStringKey": "password",
                "PasswordLength": 32,
                "ExcludePunctuation": True,  # RDS refuses some, and a URL would need escapes
            },
            "ReplicaRegions": lowering.copied_to,
        },
        **GOES_WITH_THE_STACK,
    )


def _parameters(database: Postgres) -> dict[str, str]:
    return {"rds.force_ssl": "1", **database.parameters}


def _backup_region(lowering: Lowering, database: Postgres) -> str | None:
    """Give where backups go: as said, or to the region that has no replica of its own."""
    recovery = lowering.environment.recovery
    restored = recovery.region if recovery and not recovery.standby else None
    return database.backup_region or restored


def _instance(lowering: Lowering, database: Postgres) -> Resource:
    major = str(database.major)
    version = (
        database.version
        if "." in database.version
        else facts.newest_minor("postgres", database.version)
    )
    protect = lowering.environment.production if database.protect is None else database.protect
    credentials = lowering.id(database, "Credentials")
    subnets = lowering.add(
        database,
        "Subnets",
        "AWS::RDS::DBSubnetGroup",
        {
            "DBSubnetGroupDescription": f"Private subnets for {database.name}",
            "SubnetIds": lowering.private_subnets,
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
            "EngineVersion": version,
            "DBInstanceClass": database.size,
            "DBName": database.database,
            "MasterUsername": Secret(credentials, "username", dynamic=True),
            "MasterUserPassword": Secret(credentials, "password", dynamic=True),
            "Port": str(Postgres.PORT),
            "AllocatedStorage": str(database.storage_gb),
            "MaxAllocatedStorage": database.max_storage_gb,
            "StorageType": "gp3",
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


def _attachment(lowering: Lowering, database: Postgres) -> None:
    lowering.add(
        database,
        "CredentialsAttachment",
        "AWS::SecretsManager::SecretTargetAttachment",
        {
            "SecretId": lowering.ref(database, "Credentials"),
            "TargetId": lowering.ref(database, "Instance"),
            "TargetType": "AWS::RDS::DBInstance",
        },
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


def _url(lowering: Lowering, database: Postgres) -> None:
    """Add the whole connection URL as a secret of its own: ECS injects no part of a text."""
    credentials = lowering.id(database, "Credentials")
    instance = Ref(lowering.id(database, "Instance")).id
    lowering.add(
        database,
        "Url",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{database.name}-url",
            "Description": f"Connection URL of {database.name}",
            "SecretString": Join(
                (
                    "postgresql://",
                    Secret(credentials, "username", dynamic=True),
                    ":",
                    Secret(credentials, "password", dynamic=True),
                    "@",
                    GetAtt(instance, "Endpoint.Address"),
                    ":",
                    GetAtt(instance, "Endpoint.Port"),
                    f"/{database.database}?sslmode=",
                    AtRun("PGSSLMODE", "verify-full"),
                )
            ),
        },
        **GOES_WITH_THE_STACK,
    )


KIND = Kind(
    Postgres,
    "database",
    lower=_lower,
    ports=lambda _: (Postgres.PORT,),
    given=_given,
    value=_value,
    ready=_ready,
    widgets=_widgets,
    stand_by=_stand_by,
    backed_up=lambda lowering, database: [
        GetAtt(lowering.id(database, "Instance"), "DBInstanceArn")
    ],
)

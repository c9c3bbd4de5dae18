"""PostgreSQL on RDS: one instance, its standby in another zone, its read replicas."""

from collections.abc import Mapping

from seatrial.graph import Resource
from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Ref, join
from seatrial.language import Alerts, Postgres
from seatrial.lower import credentials, monitoring, subnet_group
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import Widget, alarm, line, widget

FREE = 0.1
"""Share of the storage that must stay free where it does not grow."""
GIB = 2**30
LAG = 60
"""Seconds that a reader may be behind."""
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


def lower(
    lowering: Lowering, database: Postgres, version: str, parameters: Mapping[str, str]
) -> Resource:
    """Add subnets, parameters and the instance, which is given."""
    major = str(database.major)
    protect = lowering.environment.production if database.protect is None else database.protect
    subnets = subnet_group.add(lowering, database)
    group = lowering.add(
        database,
        "Parameters",
        "AWS::RDS::DBParameterGroup",
        {
            "Family": f"postgres{major}",
            "Description": f"Parameters of {database.name}",
            "Parameters": dict(parameters),
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
            "MasterUsername": credentials.key(lowering, database, "username"),
            "MasterUserPassword": credentials.key(lowering, database, "password"),
            "Port": str(Postgres.PORT),
            "AllocatedStorage": str(database.storage_gb),
            "MaxAllocatedStorage": database.max_storage_gb,
            "StorageType": database.storage_type,
            "StorageEncrypted": True,
            "MultiAZ": database.multi_az,
            "DBSubnetGroupName": subnets.ref,
            "DBParameterGroupName": group.ref,
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
            **monitoring.settings(lowering, database),
            "DeletionProtection": protect,
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Snapshot",
        update_replace_policy="Snapshot",
    )


def stand_by(
    lowering: Lowering, database: Postgres, version: str, parameters: Mapping[str, str]
) -> None:
    """Add a replica of the first region's instance, which a recovery promotes."""
    primary = lowering.environment.primary
    assert primary
    source = join(
        "arn:",
        PARTITION,
        f":rds:{primary.region}:",
        ACCOUNT,
        f":db:{_identifier(lowering, database)}",
    )
    replica = lower(lowering, database, version, parameters)
    for first in FROM_THE_FIRST:
        replica.properties.pop(first, None)
    replica.properties |= {
        "SourceDBInstanceIdentifier": source,
        "SourceRegion": primary.region,
        "KmsKeyId": join("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":alias/aws/rds"),
    }


def add_readers(lowering: Lowering, database: Postgres) -> None:
    """Add the read replicas."""
    for number, size in enumerate(database.readers, start=1):
        _reader(lowering, database, number, size)


def watch(lowering: Lowering, alerts: Alerts, database: Postgres) -> None:
    """Add the alarms: CPU where asked for, storage that does not grow, readers behind."""
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
    if database.max_storage_gb is None:
        free = FREE * database.storage_gb
        alarm(
            lowering,
            database,
            "Storage",
            f"{database.name}: under {free:g} of {database.storage_gb} GiB free for five minutes",
            ("AWS/RDS", "FreeStorageSpace"),
            "Minimum",
            int(free * GIB),
            {"DBInstanceIdentifier": Ref(lowering.id(database, "Instance"))},
            5,
            "LessThanThreshold",
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


def widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
    """Give the charts of the instance and its readers."""
    return [*_of_instance(lowering, database), *_of_readers(lowering, database)]


def _identifier(lowering: Lowering, database: Postgres) -> str:
    return f"{lowering.name}-{database.name}"


def _backup_region(lowering: Lowering, database: Postgres) -> str | None:
    """Give where backups go: as said, or to the region that has no replica of its own."""
    recovery = lowering.environment.recovery
    restored = recovery.region if recovery and not recovery.standby else None
    return database.backup_region or restored


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
            **monitoring.settings(lowering, database),
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Delete",
        update_replace_policy="Delete",
    )


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

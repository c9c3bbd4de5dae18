"""PostgreSQL on Aurora: a cluster, its writer and its readers in other zones.

The cluster holds data, backups and parameters; instances come and go. With
`serverless` all of them follow the load between the same two capacities.
"""

from collections.abc import Mapping

from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Value, Zone, join
from seatrial.language import Alerts, Postgres
from seatrial.lower import cluster_alarms, credentials, monitoring, subnet_group
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.metrics import Widget, line, widget

LAG = 1000
"""Milliseconds that a reader may be behind: Aurora's own is well under 100."""
FULL = 90
"""Percent of the most capacity units."""
FROM_THE_FIRST = ("DatabaseName", "MasterUsername", "MasterUserPassword")
"""What a copy has from the first region's cluster."""
WRITES_FIRST = 1
"""Promotion tier up to which a serverless reader is kept as large as the writer."""


def lower(
    lowering: Lowering, database: Postgres, version: str, parameters: Mapping[str, str]
) -> None:
    """Add subnets, parameters, the cluster and its instances."""
    _cluster(lowering, database, version, parameters)
    if lowering.copied_to:
        lowering.add(
            database,
            "GlobalCluster",
            "AWS::RDS::GlobalCluster",
            {
                "GlobalClusterIdentifier": _global_name(lowering, database),
                "SourceDBClusterIdentifier": lowering.ref(database, "Cluster"),
            },
            **GOES_WITH_THE_STACK,
        )
    _instance(lowering, database, "Writer", database.instance_class, Zone(0), 0)
    for number, size in enumerate(database.reading, start=1):
        tier = min(number, WRITES_FIRST) if database.multi_az else WRITES_FIRST + 1
        zone = Zone(number % lowering.zones)
        _instance(lowering, database, f"Reader{number}", size, zone, tier)


def stand_by(
    lowering: Lowering, database: Postgres, version: str, parameters: Mapping[str, str]
) -> None:
    """Add the same in a second region, as a copy that a recovery lets take writes.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html
    """
    lower(lowering, database, version, parameters)
    copy = lowering.graph[lowering.id(database, "Cluster")].properties
    for first in FROM_THE_FIRST:
        copy.pop(first)
    key = join("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":alias/aws/rds")
    copy |= {"GlobalClusterIdentifier": _global_name(lowering, database), "KmsKeyId": key}


def _global_name(lowering: Lowering, database: Postgres) -> str:
    return f"{lowering.name}-{database.name}-global"


def _cluster(
    lowering: Lowering, database: Postgres, version: str, parameters: Mapping[str, str]
) -> None:
    protect = lowering.environment.production if database.protect is None else database.protect
    subnets = subnet_group.add(lowering, database)
    group = lowering.add(
        database,
        "Parameters",
        "AWS::RDS::DBClusterParameterGroup",
        {
            "Family": f"aurora-postgresql{database.major}",
            "Description": f"Parameters of {database.name}",
            "Parameters": dict(parameters),
        },
    )
    lowering.add(
        database,
        "Cluster",
        "AWS::RDS::DBCluster",
        {
            "DBClusterIdentifier": f"{lowering.name}-{database.name}",
            "Engine": database.engine,
            "EngineVersion": version,
            "ServerlessV2ScalingConfiguration": _capacity(database),
            "DatabaseName": database.database,
            "MasterUsername": credentials.key(lowering, database, "username"),
            "MasterUserPassword": credentials.key(lowering, database, "password"),
            "Port": Postgres.PORT,
            "StorageEncrypted": True,
            "DBSubnetGroupName": subnets.ref,
            "DBClusterParameterGroupName": group.ref,
            "VpcSecurityGroupIds": [GetAtt(lowering.id(database, "Group"), "GroupId")],
            "BackupRetentionPeriod": database.backup_days,
            "PreferredBackupWindow": database.backup_window,
            "PreferredMaintenanceWindow": database.maintenance_window,
            "CopyTagsToSnapshot": True,
            "EnableCloudwatchLogsExports": ["postgresql"],
            "DeletionProtection": protect,
        },
        deletion_policy="Snapshot",
        update_replace_policy="Snapshot",
    )


def _capacity(database: Postgres) -> Value:
    if database.serverless is None:
        return None
    low, high = database.serverless
    return {"MinCapacity": low, "MaxCapacity": high}


def _instance(
    lowering: Lowering, database: Postgres, kind: str, size: str, zone: Zone, tier: int
) -> None:
    lowering.add(
        database,
        kind,
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": f"{lowering.name}-{database.name}-{_dashed(kind)}",
            "DBClusterIdentifier": lowering.ref(database, "Cluster"),
            "Engine": database.engine,
            "DBInstanceClass": size,
            "AvailabilityZone": zone,
            "PromotionTier": tier,
            "PubliclyAccessible": False,
            "AutoMinorVersionUpgrade": True,
            "EnablePerformanceInsights": database.insights,
            "PerformanceInsightsRetentionPeriod": 7 if database.insights else None,
            **monitoring.settings(lowering, database),
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Delete",  # the cluster's snapshot holds the data
        update_replace_policy="Delete",
    )


def _dashed(kind: str) -> str:
    return kind.lower().replace("reader", "reader-")


def watch(lowering: Lowering, alerts: Alerts, database: Postgres) -> None:
    """Add the alarms: CPU where asked for, capacity at its end, readers behind."""
    watched = []
    if alerts.database_cpu is not None:
        told = f"CPU over {alerts.database_cpu:g} percent"
        watched.append(("Cpu", told, "CPUUtilization", alerts.database_cpu))
    if database.serverless is not None:
        told = f"over {FULL} percent of {database.serverless[1]:g} capacity units"
        watched.append(("Capacity", told, "ACUUtilization", FULL))
    if database.reading:
        told = f"a reader is over {LAG} milliseconds behind"
        watched.append(("Lag", told, "AuroraReplicaLagMaximum", LAG))
    cluster_alarms.add(lowering, database, "AWS/RDS", watched)


def widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
    """Give the charts of a cluster."""
    charts = [
        ("CPU", ["CPUUtilization"]),
        ("connections", ["DatabaseConnections"]),
        ("latency", ["CommitLatency", "ReadLatency", "WriteLatency"]),
        ("IOPS", ["VolumeReadIOPs", "VolumeWriteIOPs"]),
    ]
    if database.serverless is not None:
        charts.append(("capacity units", ["ServerlessDatabaseCapacity"]))
    if database.reading:
        charts.append(("replication lag", ["AuroraReplicaLagMaximum"]))
    of = cluster_alarms.of_cluster(lowering, database)
    return [
        widget(
            f"{database.name}: {title}",
            [line("AWS/RDS", name, of, "Average") for name in names],
        )
        for title, names in charts
    ]

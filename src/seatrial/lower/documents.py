"""DocumentDB: a cluster, its instances over the zones, and the URL that its users get."""

from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    GetAtt,
    Join,
    Secret,
    Value,
    Zone,
    join,
)
from seatrial.image.dockerfile import CERTIFICATES
from seatrial.language import Access, Alerts, Documents
from seatrial.language.documents import VERSIONS
from seatrial.lower import cluster_alarms, credentials, subnet_group
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, line, widget

LAG = 1000
"""Milliseconds that an instance which reads may be behind."""


def _lower(lowering: Lowering, documents: Documents) -> None:
    credentials.generate(
        lowering, documents, documents.user, f"User, password, host and port of {documents.name}"
    )
    _cluster(lowering, documents)
    for number in range(1, documents.instances + 1):
        _instance(lowering, documents, number)
    cluster = lowering.ref(documents, "Cluster")
    credentials.attach(lowering, documents, cluster, "AWS::DocDB::DBCluster")
    _url(lowering, documents, "Url", "")
    if lowering.reads(documents):
        _url(lowering, documents, "ReaderUrl", "&readPreference=secondaryPreferred")


def _cluster(lowering: Lowering, documents: Documents) -> None:
    production = lowering.environment.production
    subnets = subnet_group.add(lowering, documents, "DocDB")
    parameters = lowering.add(
        documents,
        "Parameters",
        "AWS::DocDB::DBClusterParameterGroup",
        {
            "Family": f"docdb{documents.version}",
            "Description": f"Parameters of {documents.name}",
            "Parameters": {"tls": "enabled", "audit_logs": "enabled", **documents.parameters},
        },
    )
    lowering.add(
        documents,
        "Cluster",
        "AWS::DocDB::DBCluster",
        {
            "DBClusterIdentifier": f"{lowering.name}-{documents.name}",
            "EngineVersion": VERSIONS[documents.version],
            "MasterUsername": credentials.key(lowering, documents, "username"),
            "MasterUserPassword": credentials.key(lowering, documents, "password"),
            "Port": Documents.PORT,
            "StorageEncrypted": True,
            "DBSubnetGroupName": subnets.ref,
            "DBClusterParameterGroupName": parameters.ref,
            "VpcSecurityGroupIds": [GetAtt(lowering.id(documents, "Group"), "GroupId")],
            "BackupRetentionPeriod": documents.backup_days,
            "PreferredBackupWindow": documents.backup_window,
            "PreferredMaintenanceWindow": documents.maintenance_window.lower(),
            "EnableCloudwatchLogsExports": ["audit"],
            "DeletionProtection": production if documents.protect is None else documents.protect,
        },
        deletion_policy="Snapshot",
        update_replace_policy="Snapshot",
    )


def _instance(lowering: Lowering, documents: Documents, number: int) -> None:
    lowering.add(
        documents,
        f"Instance{number}",
        "AWS::DocDB::DBInstance",
        {
            "DBInstanceIdentifier": f"{lowering.name}-{documents.name}-{number}",
            "DBClusterIdentifier": lowering.ref(documents, "Cluster"),
            "DBInstanceClass": documents.size,
            "AvailabilityZone": Zone((number - 1) % lowering.zones),
            "AutoMinorVersionUpgrade": True,
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        },
        deletion_policy="Delete",  # the cluster's snapshot holds the data
        update_replace_policy="Delete",
    )


def _url(lowering: Lowering, documents: Documents, kind: str, more: str) -> None:
    plain = documents.parameters.get("tls") == "disabled"
    tls = "tls=false" if plain else f"tls=true&tlsCAFile={CERTIFICATES}"
    host = GetAtt(lowering.id(documents, "Cluster"), "Endpoint")
    credentials.url(
        lowering,
        documents,
        kind,
        f"Connection URL of {documents.name}",
        Join(
            (
                *credentials.login(lowering, documents, "mongodb", host),
                (
                    f":{Documents.PORT}/{documents.database}?authSource=admin&{tls}"
                    f"&replicaSet=rs0{more}&retryWrites=false"
                ),
            )
        ),
    )


def _given(lowering: Lowering, documents: Documents, access: Access) -> Given:
    kind = "ReaderUrl" if access.mode == "read" else "Url"
    return Given(secrets={"MONGODB_URL": Secret(lowering.id(documents, kind))})


def _value(lowering: Lowering, documents: Documents, field: str) -> Value:
    if field == "url":
        return Secret(lowering.id(documents, "Url"))
    attribute = {"host": "Endpoint", "port": "Port"}[field]
    return GetAtt(lowering.id(documents, "Cluster"), attribute)


def _ready(lowering: Lowering, documents: Documents) -> list[str]:
    return [lowering.id(documents, kind) for kind in ("CredentialsAttachment", "Instance1")]


def _arns(lowering: Lowering, documents: Documents) -> list[Value]:
    cluster = lowering.ref(documents, "Cluster")
    return [join("arn:", PARTITION, ":rds:", REGION, ":", ACCOUNT, ":cluster:", cluster)]


def _watch(lowering: Lowering, alerts: Alerts, documents: Documents) -> None:
    watched = [("Memory", "operations wait for memory", "LowMemNumOperationsThrottled", 0.0)]
    if alerts.database_cpu is not None:
        told = f"CPU over {alerts.database_cpu:g} percent"
        watched.append(("Cpu", told, "CPUUtilization", alerts.database_cpu))
    if documents.instances > 1:
        told = f"an instance is over {LAG} milliseconds behind"
        watched.append(("Lag", told, "DBClusterReplicaLagMaximum", LAG))
    cluster_alarms.add(lowering, documents, "AWS/DocDB", watched)


def _widgets(lowering: Lowering, documents: Documents) -> list[Widget]:
    of = cluster_alarms.of_cluster(lowering, documents)
    return [
        widget(
            f"{documents.name}: {title}",
            [line("AWS/DocDB", name, of, "Average") for name in names],
        )
        for title, names in (
            ("CPU", ["CPUUtilization"]),
            ("connections", ["DatabaseConnections"]),
            ("latency", ["ReadLatency", "WriteLatency"]),
            ("replication lag", ["DBClusterReplicaLagMaximum"]),
        )
    ]


KIND = Kind(
    Documents,
    "documents",
    lower=_lower,
    ports=lambda _: (Documents.PORT,),
    given=_given,
    value=_value,
    ready=_ready,
    watch=_watch,
    widgets=_widgets,
    backed_up=_arns,
)

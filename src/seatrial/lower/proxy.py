"""RDS Proxy: connections to PostgreSQL, shared out.

Users reach the proxy's security group and the proxy the database's, so that
nobody goes around it but those who read from a replica of RDS: there a proxy
serves the primary alone.
"""

from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.language import Postgres
from seatrial.lower.context import Lowering
from seatrial.lower.metrics import Widget, line, widget

IDLE = 1800
"""Seconds until an idle client is let go."""
SHARE = 100
"""Percent of the database's connections that the proxy may take."""


def lower(lowering: Lowering, database: Postgres) -> None:
    """Add the proxy, what it may read and reach, and what it stands before."""
    _groups(lowering, database)
    role = _role(lowering, database)
    proxy = lowering.add(
        database,
        "Proxy",
        "AWS::RDS::DBProxy",
        {
            "DBProxyName": f"{lowering.name}-{database.name}-proxy",
            "EngineFamily": "POSTGRESQL",
            "Auth": [
                {
                    "AuthScheme": "SECRETS",
                    "IAMAuth": "DISABLED",
                    "SecretArn": lowering.ref(database, "Credentials"),
                }
            ],
            "RequireTLS": True,
            "IdleClientTimeout": IDLE,
            "RoleArn": role,
            "VpcSubnetIds": lowering.data_subnets,
            "VpcSecurityGroupIds": [GetAtt(lowering.id(database, "ProxyGroup"), "GroupId")],
        },
    )
    behind = lowering.ref(database, "Cluster" if database.cluster else "Instance")
    instance = ("Writer",) if database.cluster else ()  # a target group waits for an instance
    lowering.add(
        database,
        "ProxyTargets",
        "AWS::RDS::DBProxyTargetGroup",
        {
            "DBProxyName": proxy.ref,
            "TargetGroupName": "default",
            "DBClusterIdentifiers": [behind] if database.cluster else None,
            "DBInstanceIdentifiers": None if database.cluster else [behind],
            "ConnectionPoolConfigurationInfo": {"MaxConnectionsPercent": SHARE},
        },
        depends_on=tuple(
            lowering.id(database, kind) for kind in ("CredentialsAttachment", *instance)
        ),
    )
    if database.cluster and database.reading:
        lowering.add(
            database,
            "ProxyReader",
            "AWS::RDS::DBProxyEndpoint",
            {
                "DBProxyName": proxy.ref,
                "DBProxyEndpointName": f"{lowering.name}-{database.name}-reader",
                "TargetRole": "READ_ONLY",
                "VpcSubnetIds": lowering.data_subnets,
                "VpcSecurityGroupIds": [GetAtt(lowering.id(database, "ProxyGroup"), "GroupId")],
            },
        )


def endpoint(lowering: Lowering, database: Postgres, reads: bool) -> GetAtt:
    """Give the proxy's host name, for readers that of its read-only endpoint."""
    return GetAtt(lowering.id(database, "ProxyReader" if reads else "Proxy"), "Endpoint")


def _groups(lowering: Lowering, database: Postgres) -> None:
    behind = GetAtt(lowering.id(database, "Group"), "GroupId")
    rule: dict[str, Value] = {
        "IpProtocol": "tcp",
        "FromPort": Postgres.PORT,
        "ToPort": Postgres.PORT,
    }
    group = lowering.add(
        database,
        "ProxyGroup",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Proxy of {database.name}",
            "VpcId": Ref("Vpc"),
            "SecurityGroupEgress": [
                {
                    "DestinationSecurityGroupId": behind,
                    **rule,
                    "Description": f"To {database.name}",
                }
            ],
        },
    )
    lowering.add(
        database,
        "FromProxy",
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": behind,
            "SourceSecurityGroupId": group.att("GroupId"),
            **rule,
            "Description": "From its proxy",
        },
    )


def _role(lowering: Lowering, database: Postgres) -> GetAtt:
    read: Value = {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": lowering.ref(database, "Credentials"),
    }
    document: Value = {"Version": "2012-10-17", "Statement": [read]}
    role = lowering.add(
        database,
        "ProxyRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("rds.amazonaws.com"),
            "Policies": [{"PolicyName": "credentials", "PolicyDocument": document}],
        },
    )
    return role.att("Arn")


def widgets(lowering: Lowering, database: Postgres) -> list[Widget]:
    """Give the charts of a proxy."""
    of: dict[str, Value] = {"ProxyName": Ref(lowering.id(database, "Proxy"))}
    return [
        widget(
            f"{database.name}: proxy's connections",
            [
                line("AWS/RDS", name, of, "Sum")
                for name in ("ClientConnections", "DatabaseConnections")
            ],
        ),
        widget(
            f"{database.name}: query latency",
            [line("AWS/RDS", "QueryDatabaseResponseLatency", of, "Average")],
        ),
    ]

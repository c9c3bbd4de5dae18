"""Enhanced monitoring: what a database's machine does, second by second.

RDS writes it to a log group of its own, as a role that each database has.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.html
"""

from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import PARTITION, GetAtt, Value, join
from seatrial.language import Postgres
from seatrial.lower.context import Lowering

POLICY = "service-role/AmazonRDSEnhancedMonitoringRole"


def lower(lowering: Lowering, database: Postgres) -> None:
    """Add the role, where monitoring is asked for."""
    if not database.monitoring_seconds:
        return
    lowering.add(
        database,
        "MonitoringRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("monitoring.rds.amazonaws.com"),
            "ManagedPolicyArns": [join("arn:", PARTITION, f":iam::aws:policy/{POLICY}")],
        },
    )


def settings(lowering: Lowering, database: Postgres) -> dict[str, Value]:
    """Give what each of the database's instances says of it."""
    if not database.monitoring_seconds:
        return {}
    return {
        "MonitoringInterval": database.monitoring_seconds,
        "MonitoringRoleArn": GetAtt(lowering.id(database, "MonitoringRole"), "Arn"),
    }

"""Whether the promised recovery time and point can be met by what is described."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._kafka import TOPIC, topic_settings
from seatrial.policy.rules._services import in_production
from seatrial.policy.rules._stores import (
    CLUSTERS,
    INSTANCE,
    databases,
    has_standby,
    instances_of,
    is_primary,
    promised,
    retention_days,
    spoken,
    word,
)

RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"

MULTI_AZ = 120.0
"""Seconds that a Multi-AZ failover takes at most, typically: Concepts.MultiAZSingleStandby.html."""
AURORA_REPLICA = 60.0
"""Seconds in which a replica of Aurora takes over: Concepts.AuroraHighAvailability.html."""
NEW_INSTANCE = 600.0
"""Seconds in which Aurora without a replica typically has a new instance: the same page."""
POINT_IN_TIME = 300.0
"""Seconds by which the latest restorable time typically trails: USER_PIT.html."""


@rule(
    "ST601",
    "rto-without-failover",
    "error",
    "recovery",
    why="The promised recovery time is shorter than what AWS publishes for this, or for a restore "
    "AWS publishes none.",
    source=RDS + "Concepts.MultiAZSingleStandby.html",
)
def rto_without_failover(plan: Plan) -> Iterator[Fault]:
    """Hold the promised recovery time against how each database comes back.

    A Multi-AZ instance fails over in 60 to 120 seconds; Aurora with a replica is back in less
    than 60 seconds, and with none in less than 10 minutes, typically. For an instance without
    a standby, which is restored into a new one, and for a DocumentDB cluster of one, AWS
    publishes no time.

    Bad:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rto: 900}]}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, MultiAZ: false}}

    Good:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rto: 900}]}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, MultiAZ: true}}
    """
    rto = promised(plan).rto
    if rto is None or not in_production(plan):
        return
    for database in plan.of(INSTANCE):
        standby = has_standby(database) if is_primary(database) else None
        if standby is False:
            yield Fault(
                database.id,
                "MultiAZ",
                f"The promised RTO is {spoken(rto)}. Without a standby the database is restored "
                "into a new instance, and AWS publishes no time for that.",
                "MultiAZ: true",
                "Postgres(..., multi_az=True)",
            )
        elif standby and rto < MULTI_AZ:
            yield _too_slow(database, "MultiAZ", rto, "A Multi-AZ failover", MULTI_AZ)
    for cluster in plan.of(*CLUSTERS):
        count = len(instances_of(plan, cluster))
        aurora = word(cluster) == "Postgres"
        if count == 1 and not aurora:
            yield Fault(
                cluster.id,
                "",
                f"The promised RTO is {spoken(rto)}. With one instance there is no failover, and "
                "AWS publishes no time for a new one.",
                "Add an instance in another zone.",
                "Documents(..., instances=2)",
            )
        elif count == 1 and rto < NEW_INSTANCE:
            what = "A new instance, where there is no second,"
            yield _too_slow(cluster, "", rto, what, NEW_INSTANCE)
        elif count > 1 and aurora and rto < AURORA_REPLICA:
            yield _too_slow(cluster, "", rto, "A failover to a replica", AURORA_REPLICA)


def _too_slow(store: Resource, path: str, rto: float, what: str, takes: float) -> Fault:
    return Fault(
        store.id,
        path,
        f"The promised RTO is {spoken(rto)}. {what} takes up to {spoken(takes)}, typically.",
        "Add an instance in another zone, or promise what AWS does.",
        f"System(..., objectives=Objectives(rto='{spoken(takes)}', ...)), or a standby",
    )


@rule(
    "ST602",
    "rpo-beyond-backups",
    "error",
    "recovery",
    why="What is deleted or overwritten by mistake comes back from a backup only, and no backup "
    "reaches that near.",
    source=RDS + "USER_PIT.html",
)
def rpo_beyond_backups(plan: Plan) -> Iterator[Fault]:
    """Hold the promised recovery point against the backups of each database and table.

    A standby copies a mistake at once, so it does not count. Point-in-time recovery reaches
    to about five minutes before; without automatic backups there is nothing to return to.

    Bad:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: true, BackupRetentionPeriod: 0}}

    Good:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {MultiAZ: true, BackupRetentionPeriod: 7}}
    """
    rpo = promised(plan).rpo
    if rpo is None or not in_production(plan):
        return
    for database in databases(plan):
        if retention_days(database) == 0:
            what = "automatic backups are off"
        elif rpo < POINT_IN_TIME:
            what = f"point-in-time recovery reaches to {spoken(POINT_IN_TIME)} before"
        else:
            continue
        yield Fault(
            database.id,
            "BackupRetentionPeriod",
            f"The promised RPO is {spoken(rpo)}, but {what}.",
            "BackupRetentionPeriod: 7, or promise no less than five minutes.",
            f"{word(database)}(..., backup_days=7), and Objectives(..., rpo='5 min')",
        )
    for each in plan.of("AWS::DynamoDB::Table"):
        name = "PointInTimeRecoverySpecification"
        said = at(each.properties, name, "PointInTimeRecoveryEnabled")
        if said in (None, False, "false"):
            yield Fault(
                each.id,
                f"{name}.PointInTimeRecoveryEnabled",
                f"The promised RPO is {spoken(rpo)}, but the table has no backups.",
                f"{name}: {{PointInTimeRecoveryEnabled: true}}",
            )


@rule(
    "ST606",
    "kafka-forgets-first",
    "error",
    "recovery",
    why="Events that a broken consumer has not read are deleted before it is back.",
    source="https://kafka.apache.org/documentation/#topicconfigs_retention.ms",
)
def kafka_forgets_first(plan: Plan) -> Iterator[Fault]:
    """Tell of a topic that keeps events for less than the promised recovery time.

    Bad:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rto: 1800}]}}
        Resources:
          Events: {Type: AWS::MSK::Topic, Properties: {Configs: cmV0ZW50aW9uLm1zPTYwMDAwMA==}}

    Good:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rto: 1800}]}}
        Resources:
          Events: {Type: AWS::MSK::Topic, Properties: {Configs: cmV0ZW50aW9uLm1zPTg2NDAwMDAw}}
    """
    rto = promised(plan).rto
    for topic in plan.of(TOPIC) if rto is not None else ():
        kept = number(topic_settings(topic).get("retention.ms"))
        if kept is not None and rto is not None and 0 <= kept / 1000 < rto:
            yield Fault(
                topic.id,
                "Configs",
                f"Events are kept for {spoken(kept / 1000)}; a recovery may take {spoken(rto)}.",
                "retention.ms of some days.",
                "kafka.topic(..., retention_hours=72)",
            )


@rule(
    "ST607",
    "failover-never-happens",
    "error",
    "recovery",
    why="Route 53 holds a record that it cannot check for healthy, so the name never moves.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-problems.html",
)
def failover_never_happens(plan: Plan) -> Iterator[Fault]:
    """Tell of a primary record without a health check, and of one that outlives the promise.

    Bad:
        Name:
          Type: AWS::Route53::RecordSet
          Properties:
            Failover: PRIMARY
            SetIdentifier: first
            ResourceRecords: [192.0.2.1]
            TTL: "60"

    Good:
        Watch: {Type: AWS::Route53::HealthCheck}
        Name:
          Type: AWS::Route53::RecordSet
          Properties:
            Failover: PRIMARY
            SetIdentifier: first
            ResourceRecords: [192.0.2.1]
            TTL: "60"
            HealthCheckId: !Ref Watch
    """
    rto = promised(plan).rto
    for record in plan.of("AWS::Route53::RecordSet"):
        given = record.properties
        if given.get("Failover") != "PRIMARY":
            continue
        looks = is_true(at(given, "AliasTarget", "EvaluateTargetHealth"))
        if not given.get("HealthCheckId") and not looks:
            yield Fault(
                record.id,
                "HealthCheckId",
                "Nothing tells whether the primary is healthy, so it never fails over.",
                "Add a HealthCheckId, or EvaluateTargetHealth: true.",
            )
        ttl = number(given.get("TTL"))
        if ttl is not None and rto is not None and ttl >= rto:
            yield Fault(
                record.id,
                "TTL",
                f"Resolvers keep the old address for {spoken(ttl)}; the promised RTO is "
                f"{spoken(rto)}.",
                "TTL: '60'",
            )

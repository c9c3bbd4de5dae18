"""Whether the promised recovery time and point can be met by what is described."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_true, maps, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._kafka import TOPIC, topic_settings
from seatrial.policy.rules._services import in_production, together
from seatrial.policy.rules._stores import (
    CLUSTERS,
    INSTANCE,
    REPLICATION_GROUP,
    databases,
    has_standby,
    instances_of,
    is_primary,
    policy_of_memory,
    promised,
    retention_days,
    written_buckets,
)

RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"

MULTI_AZ = 120.0
"""Seconds that a Multi-AZ failover takes at most, typically: Concepts.MultiAZSingleStandby.html."""
AURORA_REPLICA = 60.0
"""Seconds in which Aurora typically restores with a replica: Concepts.AuroraHighAvailability.html."""
NEW_INSTANCE = 600.0
"""Seconds in which a cluster without a replica typically has a new instance: the same page."""
POINT_IN_TIME = 300.0
"""Seconds by which the latest restorable time typically trails: USER_PIT.html."""
DAY = 86_400.0


def spoken(seconds: float) -> str:
    """Give a time as a person says it."""
    for size, name in ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name if seconds > size else name[:-1]}"
    return f"{seconds:g} seconds"


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
    than 60 seconds, and with none in less than 10 minutes, typically. An instance without a
    standby is restored from a backup into a new instance, for which AWS publishes no time.

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
                f"{spoken(rto)} are promised. Without a standby the database is restored into a "
                "new instance, and AWS publishes no time for that.",
                "MultiAZ: true",
                "Postgres(..., multi_az=True)",
            )
        elif standby and rto < MULTI_AZ:
            yield _too_slow(database, "MultiAZ", rto, "A Multi-AZ failover", MULTI_AZ)
    for cluster in plan.of(*CLUSTERS):
        count = len(instances_of(plan, cluster))
        aurora = cluster.type == CLUSTERS[0]
        if count == 1 and rto < NEW_INSTANCE:
            yield _too_slow(
                cluster, "", rto, "A new instance, where there is no second,", NEW_INSTANCE
            )
        elif count > 1 and aurora and rto < AURORA_REPLICA:
            yield _too_slow(cluster, "", rto, "A failover to a replica", AURORA_REPLICA)


def _too_slow(store: Resource, path: str, rto: float, what: str, takes: float) -> Fault:
    return Fault(
        store.id,
        path,
        f"{spoken(rto)} are promised. {what} takes up to {spoken(takes)}, typically.",
        "Add an instance in another zone, or promise what AWS does.",
        f"System(..., objectives=Objectives(rto='{spoken(takes)}', ...))",
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
            f"At most {spoken(rpo)} of data may be lost, but {what}.",
            "BackupRetentionPeriod: 7, or promise no less than five minutes.",
            "Postgres(..., backup_days=7) and Objectives(rpo='5 min')",
        )
    for each in plan.of("AWS::DynamoDB::Table"):
        name = "PointInTimeRecoverySpecification"
        said = at(each.properties, name, "PointInTimeRecoveryEnabled")
        if said in (None, False, "false"):
            yield Fault(
                each.id,
                f"{name}.PointInTimeRecoveryEnabled",
                f"At most {spoken(rpo)} of data may be lost, but the table has no backups.",
                f"{name}: {{PointInTimeRecoveryEnabled: true}}",
            )


@rule(
    "ST603",
    "left-behind-in-region",
    "warning",
    "recovery",
    why="A system that comes up in another region without all of its data is not recovered.",
    source=RDS + "USER_ReplicateBackups.html",
)
def left_behind_in_region(plan: Plan) -> Iterator[Fault]:
    """Tell of a database or bucket that stays here while others are copied to another region.

    Where something is copied, or its name moves, to a second region, the loss of this one is
    meant to be survived. Caches and what a pipeline can build again do not count.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {AutomaticBackupReplicationRegion: us-west-2}}
        Other: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {AutomaticBackupReplicationRegion: us-west-2}}
        Other:
          Type: AWS::RDS::DBInstance
          Properties: {AutomaticBackupReplicationRegion: us-west-2}
    """
    stores = [*databases(plan), *written_buckets(plan)]
    backed = _copied_by_plans(plan)
    copied = [each for each in stores if each.id in backed or _copies_itself(each)]
    moves = any(each.properties.get("Failover") for each in plan.of("AWS::Route53::RecordSet"))
    if not in_production(plan) or not (copied or moves):
        return
    away = f"{together(plan, copied[0])} is copied" if copied else "A name moves"
    for store in stores:
        if store in copied:
            continue
        bucket = store.type == "AWS::S3::Bucket"
        yield Fault(
            store.id,
            "ReplicationConfiguration" if bucket else "",
            f"{away} to another region; {together(plan, store)} is not.",
            "ReplicationConfiguration to a bucket there."
            if bucket
            else "A copy there: AutomaticBackupReplicationRegion, or a backup plan with a copy.",
            "Bucket(..., replica_region=...)" if bucket else "Postgres(..., backup_region=...)",
        )


def _copies_itself(store: Resource) -> bool:
    given = store.properties
    rules = maps(at(given, "ReplicationConfiguration", "Rules"))
    return bool(
        given.get("AutomaticBackupReplicationRegion")
        or given.get("GlobalClusterIdentifier")
        or any(each.get("Status") == "Enabled" for each in rules)
    )


def _copied_by_plans(plan: Plan) -> set[str]:
    """Give what a backup plan copies to another vault."""
    found: set[str] = set()
    for selection in plan.of("AWS::Backup::BackupSelection"):
        named = plan.named(selection.properties.get("BackupPlanId"), "AWS::Backup::BackupPlan")
        rules = maps(at(named.properties, "BackupPlan", "BackupPlanRule")) if named else []
        if any(each.get("CopyActions") for each in rules):
            found |= plan.needs[selection.id]
    return found


@rule(
    "ST604",
    "stack-deletes-data",
    "error",
    "recovery",
    why="Whoever deletes the stack, or changes what makes AWS replace it, deletes the data.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-attribute-deletionpolicy.html",
)
def stack_deletes_data(plan: Plan) -> Iterator[Fault]:
    """Tell of data of production that goes with the stack, or with its replacement.

    CloudFormation takes a snapshot of an RDS instance or cluster where nothing is said, and
    deletes everything else. A bucket that holds objects it does not delete.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, Properties: {Engine: postgres}}

    Good:
        Db: {Type: AWS::RDS::DBInstance, DeletionPolicy: Snapshot, Properties: {Engine: postgres}}
    """
    if not in_production(plan):
        return
    kinds = ("AWS::DynamoDB::Table", "AWS::EFS::FileSystem", "AWS::MSK::Cluster")
    more = plan.of(*kinds, "AWS::OpenSearchService::Domain")
    for store in [*databases(plan), *more]:
        snapshots = store.type.startswith("AWS::RDS")
        keep = "Snapshot" if store.type in (INSTANCE, *CLUSTERS) else "Retain"
        unsaid = None if snapshots else "Delete"
        for path, said, otherwise in (
            ("DeletionPolicy", store.deletion_policy, unsaid),
            ("UpdateReplacePolicy", store.update_replace_policy, None),
        ):
            if (said or otherwise) == "Delete":
                when = "the stack is" if path == "DeletionPolicy" else "it is replaced"
                yield Fault(
                    store.id,
                    path,
                    f"The data is deleted when {when}{' deleted' if when[:3] == 'the' else ''}.",
                    f"{path}: {keep}",
                    "Postgres(..., protect=True)" if keep == "Snapshot" else "",
                )


@rule(
    "ST605",
    "overwritten-for-good",
    "error",
    "recovery",
    why="What a task overwrites or deletes by mistake is gone, whatever recovery point is promised.",
    source=S3 + "Versioning.html",
)
def overwritten_for_good(plan: Plan) -> Iterator[Fault]:
    """Tell of a bucket without versions that roles write to, where a recovery point is promised.

    Bad:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Files: {Type: AWS::S3::Bucket}
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
              - PolicyDocument:
                  Statement:
                  - {Effect: Allow, Action: s3:PutObject, Resource: !Sub "${Files.Arn}/*"}

    Good:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Files: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
              - PolicyDocument:
                  Statement:
                  - {Effect: Allow, Action: s3:PutObject, Resource: !Sub "${Files.Arn}/*"}
    """
    rpo = promised(plan).rpo
    if rpo is None or not in_production(plan):
        return
    for bucket in written_buckets(plan):
        said = at(bucket.properties, "VersioningConfiguration", "Status")
        if said in (None, "Suspended"):
            yield Fault(
                bucket.id,
                "VersioningConfiguration.Status",
                f"At most {spoken(rpo)} of data may be lost, and the bucket keeps no old versions.",
                "VersioningConfiguration: {Status: Enabled}",
                "Bucket(..., versioning=True)",
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
                f"Resolvers keep the old address for {spoken(ttl)}; {spoken(rto)} are promised.",
                "TTL: '60'",
            )


@rule(
    "ST608",
    "memory-is-the-only-copy",
    "warning",
    "recovery",
    why="A Redis that may not evict holds what is nowhere else, and its snapshots are daily.",
    source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html",
)
def memory_is_the_only_copy(plan: Plan) -> Iterator[Fault]:
    """Tell of a Redis that is used as a store, where less than a day may be lost.

    That it is a store is taken from `noeviction`: a cache may forget.

    Bad:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Keep:
            Type: AWS::ElastiCache::ParameterGroup
            Properties: {Properties: {maxmemory-policy: noeviction}}
          Redis:
            Type: AWS::ElastiCache::ReplicationGroup
            Properties: {CacheParameterGroupName: !Ref Keep, SnapshotRetentionLimit: 1}

    Good:
        Metadata: {Seatrial: {Annotations: [{Kind: RecoveryObjectives, rpo: 300}]}}
        Resources:
          Keep:
            Type: AWS::ElastiCache::ParameterGroup
            Properties: {Properties: {maxmemory-policy: allkeys-lru}}
          Redis:
            Type: AWS::ElastiCache::ReplicationGroup
            Properties: {CacheParameterGroupName: !Ref Keep, SnapshotRetentionLimit: 1}
    """
    rpo = promised(plan).rpo
    if rpo is None or rpo >= DAY or not in_production(plan):
        return
    for cache in plan.of(REPLICATION_GROUP):
        if policy_of_memory(plan, cache) == "noeviction":
            yield Fault(
                cache.id,
                "SnapshotRetentionLimit",
                f"At most {spoken(rpo)} of data may be lost; a snapshot is made once a day.",
                "Keep what must not be lost in a database, and let this one evict.",
                "Redis(..., eviction='allkeys-lru')",
            )

"""What is lost for good: with the stack, in another region, by a mistake, in memory."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, maps
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import in_production
from seatrial.policy.rules._stores import (
    CLUSTERS,
    INSTANCE,
    REPLICATION_GROUP,
    databases,
    policy_of_memory,
    promised,
    spoken,
    written_buckets,
)

RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"

DAY = 86_400.0


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
    away = f"{copied[0].label} is copied" if copied else "A name moves"
    for store in stores:
        if store in copied:
            continue
        bucket = store.type == "AWS::S3::Bucket"
        yield Fault(
            store.id,
            "ReplicationConfiguration" if bucket else "",
            f"{away} to another region; {store.label} is not.",
            "ReplicationConfiguration to a bucket there."
            if bucket
            else "A copy there: AutomaticBackupReplicationRegion, or a backup plan with a copy.",
            _copy(store),
        )


def _copy(store: Resource) -> str:
    if store.type == "AWS::S3::Bucket":
        return "Bucket(..., replica_region=...)"
    if store.type == INSTANCE:
        return "Postgres(..., backup_region=...)"
    return "system.environment(..., recovery=Recovery(..., 'backup and restore'))"


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
                )


@rule(
    "ST605",
    "overwritten-for-good",
    "error",
    "recovery",
    why="What a task overwrites or deletes by mistake is gone, whatever is promised.",
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
                f"The promised RPO is {spoken(rpo)}, and the bucket keeps no old versions.",
                "VersioningConfiguration: {Status: Enabled}",
                "Bucket(..., versioning=True)",
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
                f"The promised RPO is {spoken(rpo)}; a snapshot is made once a day.",
                "Keep what must not be lost in a database, and let this one evict.",
                "Redis(..., eviction='allkeys-lru')",
            )

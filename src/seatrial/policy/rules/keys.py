"""Data at rest: stores that are not encrypted, and keys that keep their users out."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, is_false, is_true, written
from seatrial.policy.rights import Statement, statements
from seatrial.policy.rule import Fault, rule

KEY = "AWS::KMS::Key"
ENCRYPTED: dict[str, tuple[str, ...]] = {
    "AWS::RDS::DBInstance": ("StorageEncrypted",),
    "AWS::RDS::DBCluster": ("StorageEncrypted",),
    "AWS::DocDB::DBCluster": ("StorageEncrypted",),
    "AWS::Neptune::DBCluster": ("StorageEncrypted",),
    "AWS::ElastiCache::ReplicationGroup": ("AtRestEncryptionEnabled",),
    "AWS::OpenSearchService::Domain": ("EncryptionAtRestOptions", "Enabled"),
    "AWS::EFS::FileSystem": ("Encrypted",),
    "AWS::Redshift::Cluster": ("Encrypted",),
    "AWS::EC2::Volume": ("Encrypted",),
}
"""Type -> where it says that what it stores is encrypted."""
SNAPSHOTS = (
    "DBSnapshotIdentifier",
    "SnapshotId",
    "SnapshotIdentifier",
    "SourceDBClusterIdentifier",
    "SourceDBInstanceIdentifier",
)
"""Where a store says whose data it begins with: it is encrypted as that is."""


@rule(
    "ST206",
    "unencrypted-beside-encrypted",
    "warning",
    "encryption",
    why="The same data lies in both: a backup or a disk of the open one gives away what the "
    "other protects.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
)
def unencrypted_beside_encrypted(plan: Plan) -> Iterator[Fault]:
    """Find a store that is not encrypted, in a system whose other stores are.

    An RDS database cannot be encrypted later: it takes a copy of a snapshot. A replica takes
    its source's encryption, and an instance its cluster's. Aurora, Valkey and Redshift encrypt
    what says nothing of it, and a disk that says nothing follows its account's setting.

    Bad:
        Db: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: true}}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {AtRestEncryptionEnabled: false}

    Good:
        Db: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: true}}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {AtRestEncryptionEnabled: true}
    """
    own = [each for each in plan.of(*ENCRYPTED) if not _inherits(each)]
    disks = [*_disks(plan)]
    said = [(each, ENCRYPTED[each.type]) for each in own] + disks
    safe = [each for each, path in said if is_true(at(each.properties, *path))]
    if not safe:
        return
    for store, path in said:
        value = at(store.properties, *path)
        if is_false(value) or (value is None and not _encrypted_unsaid(store)):
            yield Fault(
                store.id,
                ".".join(map(str, path)),
                f"what it stores is not encrypted, and that of {safe[0].id} is.",
                f"Write {path[-1]}: true; for a database that exists, restore an encrypted copy.",
            )


def _inherits(store: Resource) -> bool:
    member = store.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" in store.properties
    return member or any(each in store.properties for each in SNAPSHOTS)


def _encrypted_unsaid(store: Resource) -> bool:
    """Tell whether AWS encrypts a new store of which nothing is said, or only the account knows.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
    https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
    """
    engine = written(store.properties.get("Engine")).lower()
    if store.type == "AWS::RDS::DBCluster":
        return engine.startswith("aurora")
    if store.type == "AWS::ElastiCache::ReplicationGroup":
        return engine == "valkey"
    return store.type in ("AWS::Redshift::Cluster", "AWS::EC2::Volume")


def _disks(plan: Plan) -> Iterator[tuple[Resource, tuple[Any, ...]]]:
    """Give the disks of machines that say something of encryption; the account's default rules."""
    for type_, way in (
        ("AWS::EC2::Instance", ("BlockDeviceMappings",)),
        ("AWS::EC2::LaunchTemplate", ("LaunchTemplateData", "BlockDeviceMappings")),
    ):
        for machine in plan.of(type_):
            mappings = at(machine.properties, *way)
            for index, each in enumerate(mappings if isinstance(mappings, list) else ()):
                if at(each, "Ebs", "Encrypted") is not None:
                    yield machine, (*way, index, "Ebs", "Encrypted")


@rule(
    "ST207",
    "key-refuses-its-user",
    "error",
    "encryption",
    why="AWS's services use a key only if its policy lets them: without it the alarm is never "
    "sent, the log never written, the page never served.",
    source="https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns",
)
def key_refuses_its_user(plan: Plan) -> Iterator[Fault]:
    """Find something encrypted by a key whose policy keeps out the service that must use it.

    Alarms and rules that publish to a topic, CloudWatch Logs, CloudTrail, and CloudFront that
    reads a bucket. AWS's own keys for topics and buckets, `alias/aws/sns` and `alias/aws/s3`,
    let none of them in, and their policies cannot be changed.

    Bad:
        Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/aws/sns}}
        Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref Topic]}}

    Good:
        Key:
          Type: AWS::KMS::Key
          Properties:
            KeyPolicy:
              Statement:
                - Effect: Allow
                  Principal: {Service: cloudwatch.amazonaws.com}
                  Action: [kms:Decrypt, kms:GenerateDataKey*]
                  Resource: "*"
        Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: !Ref Key}}
        Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref Topic]}}
    """
    for resource, path, user, service in _keyed(plan):
        value = at(resource.properties, *path)
        key = _key(plan, value)
        # A bucket that names no key has AWS's own, too.
        own = value is None or (isinstance(value, str) and "alias/aws/" in value)
        if not own and (key is None or _lets(key, service)):
            continue
        who = "AWS's own key" if own else key.id if key else ""
        yield Fault(
            resource.id,
            ".".join(map(str, path)),
            f"{user} cannot use {who}, which lets {service} in nowhere.",
            f"Use a key of your own whose policy lets {service} use kms:Decrypt and "
            "kms:GenerateDataKey*.",
        )


def _keyed(plan: Plan) -> Iterator[tuple[Resource, tuple[Any, ...], str, str]]:
    """Give what is encrypted by a key: the resource, the property, who must use it, its service."""
    publishers = {
        "AWS::CloudWatch::Alarm": ("cloudwatch.amazonaws.com", "AlarmActions"),
        "AWS::Events::Rule": ("events.amazonaws.com", "Targets"),
    }
    for type_, (service, name) in publishers.items():
        seen = set()
        for each in plan.of(type_):
            for topic in plan.all_named(each.properties.get(name), "AWS::SNS::Topic"):
                if "KmsMasterKeyId" in topic.properties and topic.id not in seen:
                    seen.add(topic.id)
                    yield topic, ("KmsMasterKeyId",), each.id, service
    for group in plan.of("AWS::Logs::LogGroup"):
        if "KmsKeyId" in group.properties:
            yield group, ("KmsKeyId",), "CloudWatch Logs", "logs.amazonaws.com"
    for trail in plan.of("AWS::CloudTrail::Trail"):
        if "KMSKeyId" in trail.properties:
            yield trail, ("KMSKeyId",), "CloudTrail", "cloudtrail.amazonaws.com"
    for bucket, distribution in _served(plan):
        way = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0)
        by_default = (*way, "ServerSideEncryptionByDefault")
        if at(bucket.properties, *by_default, "SSEAlgorithm") == "aws:kms":
            path = (*by_default, "KMSMasterKeyID")
            yield bucket, path, distribution.id, "cloudfront.amazonaws.com"


def _served(plan: Plan) -> Iterator[tuple[Resource, Resource]]:
    """Give each bucket that a distribution reads by its own right, with the distribution."""
    for distribution in plan.of("AWS::CloudFront::Distribution"):
        origins = at(distribution.properties, "DistributionConfig", "Origins")
        for origin in origins if isinstance(origins, list) else ():
            for bucket in plan.all_named(at(origin, "DomainName"), "AWS::S3::Bucket"):
                yield bucket, distribution


def _key(plan: Plan, value: Any) -> Resource | None:
    alias = plan.named(value, "AWS::KMS::Alias")
    return plan.named(alias.properties.get("TargetKeyId") if alias else value, KEY)


def _lets(key: Resource, service: str) -> bool:
    """Tell whether a key's policy lets a service in; `logs.REGION.amazonaws.com` is `logs`."""
    name = service.partition(".")[0]
    for each in statements(key, key.properties.get("KeyPolicy"), "KeyPolicy"):
        if each.allows and _for(each, name) and each.may("kms:generatedatakey", "kms:decrypt"):
            return True
    return not at(key.properties, "KeyPolicy", "Statement")


def _for(statement: Statement, service: str) -> bool:
    services = [written(each) for each in statement.principals("Service")]
    everyone = "*" in [written(each) for each in statement.principals("AWS")]
    return everyone or any(each.partition(".")[0] == service for each in services)

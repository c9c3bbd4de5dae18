"""What keeps data: databases, clusters, buckets and the rest, and what is promised of them.

Takes a plan, gives its stores and facts of each. It never says what is wrong.
"""

from dataclasses import dataclass
from functools import lru_cache

from seatrial.graph import Resource
from seatrial.graph.annotations import RecoveryObjectives
from seatrial.graph.scalars import truth
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, maps, number

INSTANCE = "AWS::RDS::DBInstance"
CLUSTERS = ("AWS::RDS::DBCluster", "AWS::DocDB::DBCluster")
INSTANCES = (INSTANCE, "AWS::DocDB::DBInstance")
BUCKET = "AWS::S3::Bucket"
REPLICATION_GROUP = "AWS::ElastiCache::ReplicationGroup"
WRITING = ("s3:PutObject", "s3:DeleteObject", "s3:Put*", "s3:Delete*", "s3:*", "*")


@dataclass(frozen=True, slots=True)
class Promised:
    """What the system promises of a recovery, in seconds; None where nothing is said."""

    rto: float | None
    rpo: float | None


def promised(plan: Plan) -> Promised:
    """Give the least of each that is promised."""
    said = plan.graph.annotated(RecoveryObjectives)
    rtos = [each.rto for each in said if each.rto is not None]
    rpos = [each.rpo for each in said if each.rpo is not None]
    return Promised(min(rtos, default=None), min(rpos, default=None))


def spoken(seconds: float) -> str:
    """Give a time as a person says it."""
    for size, name in ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name if seconds > size else name[:-1]}"
    return f"{seconds:g} seconds"


def word(store: Resource) -> str:
    """Give how a description writes a database: `Postgres`, or `Documents` for DocumentDB."""
    return "Documents" if store.type.startswith("AWS::DocDB") else "Postgres"


def is_primary(database: Resource) -> bool:
    """Tell whether an RDS instance holds data of its own: no replica and in no cluster."""
    given = database.properties
    names = ("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier")
    return not any(given.get(name) for name in names)


def has_standby(database: Resource) -> bool | None:
    """Tell whether an RDS instance is Multi-AZ; None where a symbol stands there."""
    return truth(database.properties.get("MultiAZ", False))


@lru_cache(maxsize=4)
def _instances(plan: Plan) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in plan.of(*INSTANCES):
        cluster = plan.named(each.properties.get("DBClusterIdentifier"), *CLUSTERS)
        if cluster is not None:
            found.setdefault(cluster.id, []).append(each)
    return found


def instances_of(plan: Plan, cluster: Resource) -> list[Resource]:
    """Give the instances of an Aurora or DocumentDB cluster."""
    return _instances(plan).get(cluster.id, [])


def databases(plan: Plan) -> list[Resource]:
    """Give what holds a relational or document database's data: instances alone, and clusters."""
    alone = [each for each in plan.of(INSTANCE) if is_primary(each)]
    return [*alone, *plan.of(*CLUSTERS)]


@lru_cache(maxsize=4)
def written_buckets(plan: Plan) -> tuple[Resource, ...]:
    """Give the buckets whose objects some role may write or delete."""
    found: dict[str, Resource] = {}
    for role in plan.of("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        policies = [at(each, "PolicyDocument") for each in maps(role.properties.get("Policies"))]
        for policy in [*policies, role.properties.get("PolicyDocument")]:
            for statement in maps(at(policy, "Statement")):
                actions = many(statement.get("Action"))
                if statement.get("Effect") == "Allow" and any(a in WRITING for a in actions):
                    for bucket in plan.all_named(statement.get("Resource"), BUCKET):
                        found[bucket.id] = bucket
    return tuple(found.values())


def policy_of_memory(plan: Plan, cache: Resource) -> str:
    """Give what a Redis does when its memory is full, "" where it is not known."""
    named = cache.properties.get("CacheParameterGroupName")
    group = plan.named(named, "AWS::ElastiCache::ParameterGroup")
    said = at(group.properties, "Properties", "maxmemory-policy") if group else None
    return said if isinstance(said, str) else ""


def retention_days(database: Resource) -> float | None:
    """Give the days that automatic backups are kept; one where nothing is said."""
    return number(database.properties.get("BackupRetentionPeriod", 1))

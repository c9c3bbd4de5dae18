"""What stands when a zone or a machine goes: databases, caches, search and brokers."""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, number
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._services import in_production, listed, spread
from seatrial.policy.rules._stores import (
    CLUSTERS,
    INSTANCE,
    has_standby,
    instances_of,
    is_primary,
    promised,
    word,
)

RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"


@rule(
    "ST511",
    "database-in-one-zone",
    "warning",
    "availability",
    why="When its zone is lost, the services in the others have no database until it is restored.",
    source=RDS + "Concepts.MultiAZ.html",
)
def database_in_one_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of a database without a standby whose services spread over zones.

    Only in production, and where no recovery time is promised: a promise that this breaks is
    `rto-without-failover`.

    Bad:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, MultiAZ: false}}

    Good:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, MultiAZ: true}}
    """
    if not in_production(plan) or promised(plan).rto is not None:
        return
    for database in plan.of(INSTANCE):
        if not is_primary(database) or has_standby(database) is not False:
            continue
        across = spread(plan, database.properties.get("VPCSecurityGroups"))
        if len(across) > 1:
            yield Fault(
                database.id,
                "MultiAZ",
                f"Its services run in {listed(across)}; the database is in one of them, "
                "without a standby.",
                "MultiAZ: true",
                "Postgres(..., multi_az=True)",
            )


@rule(
    "ST512",
    "cluster-of-one",
    "warning",
    "availability",
    why="Without a second instance there is nothing to fail over to; AWS makes a new one.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
)
def cluster_of_one(plan: Plan) -> Iterator[Fault]:
    """Tell of a cluster of production with one instance, or with all of them in one zone.

    Bad:
        Cluster: {Type: AWS::DocDB::DBCluster}
        One: {Type: AWS::DocDB::DBInstance, Properties: {DBClusterIdentifier: !Ref Cluster}}

    Good:
        Cluster: {Type: AWS::DocDB::DBCluster}
        One: {Type: AWS::DocDB::DBInstance, Properties: {DBClusterIdentifier: !Ref Cluster}}
        Two: {Type: AWS::DocDB::DBInstance, Properties: {DBClusterIdentifier: !Ref Cluster}}
    """
    if not in_production(plan):
        return
    for cluster in plan.of(*CLUSTERS):
        inside = instances_of(plan, cluster)
        where = {repr(each.properties.get("AvailabilityZone", each.id)) for each in inside}
        how = "instances=2" if word(cluster) == "Documents" else "multi_az=True"
        if len(inside) == 1:
            yield Fault(
                inside[0].id,
                "",
                "It is the only instance of its cluster.",
                "Add a second instance in another zone.",
                f"{word(cluster)}(..., {how})",
            )
        elif inside and len(where) == 1:
            yield Fault(
                inside[0].id,
                "AvailabilityZone",
                f"All {len(inside)} instances of the cluster are in one zone.",
                "Put one of them into another zone.",
            )


@rule(
    "ST513",
    "cache-without-failover",
    "warning",
    "availability",
    why="When its node or its zone is lost, it is empty and away until AWS has made a new one.",
    source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
)
def cache_without_failover(plan: Plan) -> Iterator[Fault]:
    """Tell of a cache of production that nothing takes over for, though its services spread.

    Bad:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {NumCacheClusters: 2, AutomaticFailoverEnabled: false}

    Good:
        S1: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1a}}
        S2: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
        Api:
          Type: AWS::ECS::Service
          Properties: {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S1, !Ref S2]}}}
        Cache:
          Type: AWS::ElastiCache::ReplicationGroup
          Properties: {NumCacheClusters: 2, AutomaticFailoverEnabled: true, MultiAZEnabled: true}
    """
    for cache in plan.of("AWS::ElastiCache::ReplicationGroup") if in_production(plan) else ():
        path, what = _cache_fault(cache)
        across = spread(plan, cache.properties.get("SecurityGroupIds")) if path else set()
        if len(across) > 1:
            yield Fault(
                cache.id,
                path,
                f"Its services run in {listed(across)}, but {what}.",
                "NumCacheClusters: 2, AutomaticFailoverEnabled: true, MultiAZEnabled: true",
                "Redis(..., nodes=2)",
            )


def _cache_fault(cache: Resource) -> tuple[str, str]:
    given = cache.properties
    if number(given.get("NumCacheClusters")) == 1 or number(given.get("ReplicasPerNodeGroup")) == 0:
        name = "NumCacheClusters" if "NumCacheClusters" in given else "ReplicasPerNodeGroup"
        return name, "it has one node"
    for name, what in (
        ("AutomaticFailoverEnabled", "no replica takes over by itself"),
        ("MultiAZEnabled", "its nodes may all lie in one zone"),
    ):
        said = given.get(name, False)
        if said in (False, "false"):
            return name, what
    return "", ""


@rule(
    "ST514",
    "search-in-one-zone",
    "warning",
    "availability",
    why="When its zone is lost, the domain is, and with one node every restart is an outage.",
    source="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html",
)
def search_in_one_zone(plan: Plan) -> Iterator[Fault]:
    """Tell of a search domain of production in one zone, or with a number of nodes that leans.

    Bad:
        Search:
          Type: AWS::OpenSearchService::Domain
          Properties: {ClusterConfig: {InstanceCount: 1}}

    Good:
        Search:
          Type: AWS::OpenSearchService::Domain
          Properties:
            ClusterConfig:
              InstanceCount: 3
              ZoneAwarenessEnabled: true
              ZoneAwarenessConfig: {AvailabilityZoneCount: 3}
    """
    for domain in plan.of("AWS::OpenSearchService::Domain") if in_production(plan) else ():
        nodes = number(at(domain.properties, "ClusterConfig", "InstanceCount") or 1)
        aware = at(domain.properties, "ClusterConfig", "ZoneAwarenessEnabled")
        if nodes == 1:
            what, path = "It has one node", "ClusterConfig.InstanceCount"
        elif aware in (None, False, "false") and nodes is not None:
            what, path = (
                f"Its {nodes:g} nodes are in one zone",
                "ClusterConfig.ZoneAwarenessEnabled",
            )
        else:
            continue
        yield Fault(
            domain.id,
            path,
            f"{what}, so a replica of a shard has no other zone to be in.",
            "InstanceCount: 3, ZoneAwarenessEnabled: true, and its AvailabilityZoneCount: 3",
            "Search(..., nodes=3, replicas=1)",
        )

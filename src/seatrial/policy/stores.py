"""What keeps data in a network, and the ports that it listens on.

Default ports as AWS documents them for each engine.
"""

from collections.abc import Iterator

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import number

STORES: dict[str, str] = {
    "AWS::RDS::DBInstance": "database",
    "AWS::RDS::DBCluster": "database",
    "AWS::RDS::DBProxy": "database proxy",
    "AWS::DocDB::DBCluster": "document database",
    "AWS::Neptune::DBCluster": "graph database",
    "AWS::Redshift::Cluster": "warehouse",
    "AWS::ElastiCache::ReplicationGroup": "cache",
    "AWS::ElastiCache::CacheCluster": "cache",
    "AWS::ElastiCache::ServerlessCache": "cache",
    "AWS::MemoryDB::Cluster": "cache",
    "AWS::MSK::Cluster": "broker",
    "AWS::MSK::ServerlessCluster": "broker",
    "AWS::AmazonMQ::Broker": "broker",
    "AWS::OpenSearchService::Domain": "search domain",
    "AWS::EFS::MountTarget": "file system",
}
"""Type -> what it is, in one word or two."""
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_GettingStarted.html and each
# engine's own page.
ENGINES = {
    "postgres": 5432,
    "aurora-postgresql": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "aurora-mysql": 3306,
    "docdb": 27017,
    "neptune": 8182,
    "sqlserver": 1433,
    "oracle": 1521,
}
# https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
KAFKA = (9092, 9094, 9096, 9098, 9194, 9196, 9198, 2181, 2182)
PORTS: dict[str, tuple[int, ...]] = {
    "AWS::DocDB::DBCluster": (27017,),
    "AWS::Neptune::DBCluster": (8182,),
    "AWS::Redshift::Cluster": (5439,),
    "AWS::ElastiCache::ReplicationGroup": (6379,),
    "AWS::ElastiCache::ServerlessCache": (6379, 6380),
    "AWS::MemoryDB::Cluster": (6379,),
    "AWS::MSK::Cluster": KAFKA,
    "AWS::MSK::ServerlessCluster": (9098,),
    "AWS::OpenSearchService::Domain": (443, 80, 9200),
    "AWS::EFS::MountTarget": (2049,),
}


def stores(plan: Plan) -> Iterator[Resource]:
    """Give what keeps data; an instance of a cluster is the cluster's."""
    for each in plan.of(*STORES):
        if "DBClusterIdentifier" not in each.properties or each.type != "AWS::RDS::DBInstance":
            yield each


def ports(resource: Resource) -> tuple[int, ...]:
    """Give the ports that a store listens on; () where they cannot be known."""
    given = resource.properties.get("Port")
    if given is not None:
        read = number(given)
        return (int(read),) if read is not None else ()
    if resource.type in PORTS:
        return PORTS[resource.type]
    engine = resource.properties.get("Engine") or resource.properties.get("EngineFamily")
    if not isinstance(engine, str):
        return ()
    if engine == "memcached":
        return (11211,)
    if engine in ("redis", "valkey"):
        return (6379,)
    port = ENGINES.get(engine.lower().partition("-se")[0]) or ENGINES.get(engine.lower())
    return (port,) if port else ()

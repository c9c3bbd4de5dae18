"""Amazon ElastiCache: nodes, and copies beyond the free one."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import plain
from seatrial.price.rules import prices


@prices("AWS::ElastiCache::ReplicationGroup")
def replication_group(resource: Resource, estimate: Estimate) -> Lines:
    """Price the nodes of a replication group."""
    properties = resource.properties
    shards = estimate.number(properties.get("NumNodeGroups"), 1)
    replicas = estimate.number(properties.get("ReplicasPerNodeGroup"), 0)
    nodes = estimate.number(properties.get("NumCacheClusters"), shards * (1 + replicas))
    yield from _nodes(resource, estimate, nodes, "redis")
    yield from _copies(resource, estimate)


@prices("AWS::ElastiCache::CacheCluster")
def cache_cluster(resource: Resource, estimate: Estimate) -> Lines:
    """Price the nodes of a cluster of Memcached, or one node of Redis."""
    nodes = estimate.number(resource.properties.get("NumCacheNodes"), 1)
    yield from _nodes(resource, estimate, nodes, "memcached")
    yield from _copies(resource, estimate)


def _nodes(resource: Resource, estimate: Estimate, nodes: float, default: str) -> Lines:
    class_ = estimate.text(resource.properties.get("CacheNodeType"))
    engine = estimate.text(resource.properties.get("Engine"), default)
    hours, told = estimate.hours(resource)
    yield estimate.line(
        resource,
        "nodes",
        f"elasticache.{engine}.{class_}",
        hours * nodes,
        f"{plain(nodes)} {class_} x {told}",
    )


def _copies(resource: Resource, estimate: Estimate) -> Lines:
    """Price copies beyond one, which is free of each cluster.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups.html
    """
    kept = estimate.number(resource.properties.get("SnapshotRetentionLimit"))
    if kept > 1:
        note = f"{plain(kept)} daily copies are kept; one is free"
        yield estimate.metered(
            resource, "backups", "elasticache.backup_gb_mo", "backup_gb", unit="GB", note=note
        )

"""Interfaces of what keeps data and of what AWS puts into a VPC: databases, caches, brokers.

Takes a graph's resources of these types; gives their interfaces with the port that each
listens on, its engine's own where none is written.
"""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.values import Value
from seatrial.reach import ports
from seatrial.reach.interfaces import Interface, Site
from seatrial.reach.network import service
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property
from seatrial.reach.values import UNKNOWN

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
ENGINES = {
    "mysql": 3306,
    "mariadb": 3306,
    "aurora-mysql": 3306,
    "aurora": 3306,
    "postgres": 5432,
    "aurora-postgresql": 5432,
    "oracle": 1521,
    "sqlserver": 1433,
    "db2": 50000,
    "docdb": 27017,
    "neptune": 8182,
}
REPLICATION_GROUP = "AWS::ElastiCache::ReplicationGroup"
CACHE_CLUSTER = "AWS::ElastiCache::CacheCluster"
FAMILIES = {"POSTGRESQL": 5432, "MYSQL": 3306, "SQLSERVER": 1433}
# https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
PLAINTEXT, TLS, SCRAM, IAM = 9092, 9094, 9096, 9098
PUBLIC = 100
"""What is added to a broker's port where it is asked from the internet."""


def stores(site: Site) -> Iterator[Interface]:
    """Give the interfaces of everything here."""
    yield from _databases(site)
    for each in site.graph.of("AWS::RDS::DBProxy"):
        family = site.reading.get(each, "EngineFamily", default="")
        port = FAMILIES.get(family, 0)
        yield from site.interface(
            each,
            "proxy",
            each.properties.get("VpcSubnetIds"),
            each.properties.get("VpcSecurityGroupIds"),
            "VpcSecurityGroupIds",
            ports.tcp(port) if port else ports.TCP_ALL,
            listening=Property(each.id, "EngineFamily"),
            calls=False,
            forwards=True,
            six=False,
        )
    for each in site.graph.of("AWS::RDS::DBProxyEndpoint"):
        proxy = site.graph.resources.get(
            site.reading.name(each.properties.get("DBProxyName"), each.id)
        )
        family = site.reading.get(proxy, "EngineFamily", default="") if proxy else ""
        given = "VpcSecurityGroupIds" in each.properties
        yield from site.interface(
            each,
            "proxy",
            each.properties.get("VpcSubnetIds"),
            (each if given else proxy or each).properties.get("VpcSecurityGroupIds"),
            "VpcSecurityGroupIds",
            ports.tcp(FAMILIES[family]) if family in FAMILIES else ports.TCP_ALL,
            listening=Property(each.id, "DBProxyName"),
            calls=False,
            forwards=True,
            six=False,
            aliases=(proxy.id,) if proxy else (),
        )
    for each in site.graph.of(REPLICATION_GROUP, CACHE_CLUSTER):
        yield from _cache(site, each)
    for each in site.graph.of("AWS::MSK::Cluster"):
        yield from _brokers(site, each)
    for each in site.graph.of("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"):
        options = site.reading.record(each, "VPCOptions")
        enforced = site.reading.get(each, "DomainEndpointOptions", "EnforceHTTPS")
        yield from _plain(
            site,
            each,
            "search domain",
            options.get("SubnetIds"),
            options.get("SecurityGroupIds"),
            "VPCOptions.SecurityGroupIds",
            ports.tcp(443) if enforced is True else ports.union([ports.tcp(80), ports.tcp(443)]),
        )
    for each in site.graph.of("AWS::EC2::VPCEndpoint"):
        if site.reading.get(each, "VpcEndpointType", default="Gateway") != "Interface":
            continue
        yield from _plain(
            site,
            each,
            "endpoint",
            each.properties.get("SubnetIds"),
            each.properties.get("SecurityGroupIds"),
            "SecurityGroupIds",
            ports.tcp(443),
            service(site.reading, each),
        )
    for each in site.graph.of("AWS::EFS::MountTarget"):
        subnet, groups = each.properties.get("SubnetId"), each.properties.get("SecurityGroups")
        nfs = ports.tcp(2049)
        yield from _plain(site, each, "file system", [subnet], groups, "SecurityGroups", nfs)


def _plain(
    site: Site,
    resource: Resource,
    noun: str,
    subnets: Value,
    groups: Value,
    grouped: str,
    listens: Ports,
    service: str = "",
) -> Iterator[Interface]:
    yield from site.interface(
        resource, noun, subnets, groups, grouped, listens, calls=False, service=service, six=False
    )


def _group_subnets(site: Site, resource: Resource, name: str) -> Value:
    """Give the subnets of the subnet group that a resource names."""
    if name not in resource.properties:
        return None
    group = site.graph.resources.get(site.reading.name(resource.properties[name], resource.id))
    if group is None:
        return [f"subnets of {site.reading.name(resource.properties[name], resource.id)}"]
    return group.properties.get("SubnetIds")


def _databases(site: Site) -> Iterator[Interface]:
    reading = site.reading
    members: dict[str, list[Resource]] = {}
    for kind in ("RDS", "DocDB", "Neptune"):
        for each in site.graph.of(f"AWS::{kind}::DBInstance"):
            if "DBClusterIdentifier" in each.properties:
                cluster = reading.name(each.properties["DBClusterIdentifier"], each.id)
                members.setdefault(cluster, []).append(each)
            elif kind == "RDS":
                yield from _instance(site, each, each)
        for home in site.graph.of(f"AWS::{kind}::DBCluster"):
            for member in members.get(home.id, [home]):
                yield from _instance(site, member, home)


def _instance(site: Site, instance: Resource, home: Resource) -> Iterator[Interface]:
    """Give one instance; `home` is its cluster, or itself."""
    reading = site.reading
    first = home
    if "SourceDBInstanceIdentifier" in home.properties:
        source = reading.name(home.properties["SourceDBInstanceIdentifier"], home.id)
        first = site.graph.resources.get(source, home)
    name = next((n for n in home.properties if n.lower() == "vpcsecuritygroups"), "")
    name = name or "VpcSecurityGroupIds"
    subnets = _group_subnets(site, home, "DBSubnetGroupName") or _group_subnets(
        site, first, "DBSubnetGroupName"
    )
    listens, at = _database_port(site, home, first)
    public, closed = _database_public(site, instance, subnets)
    yield from site.interface(
        instance,
        "database",
        subnets or ["default VPC's subnets"],
        home.properties.get(name),
        name,
        listens,
        listening=at,
        public=public,
        closed=closed,
        calls=False,
        aliases=(home.id,) if home is not instance else (),
        owner=home,
        six=False,
    )


def _database_port(site: Site, home: Resource, first: Resource) -> tuple[Ports, Property]:
    for each in (home, first):
        if "Port" in each.properties:
            port = site.reading.number(each.properties["Port"], each.id)
            if port is None:
                site.reading.assume(each.id, "its Port is not known: it is taken to be any")
                return ports.TCP_ALL, Property(each.id, "Port")
            return ports.tcp(port), Property(each.id, "Port")
    fallback = "neptune" if "Neptune" in home.type else "docdb" if "DocDB" in home.type else ""
    engine = str(site.reading.get(first, "Engine", default=fallback)).lower()
    port = ENGINES.get(engine) or ENGINES.get(engine.split("-", maxsplit=1)[0]) or 0
    if not port:
        site.reading.assume(home.id, "its Port is not known: it is taken to be any")
    return ports.tcp(port) if port else ports.TCP_ALL, Property(first.id, "Engine")


def _database_public(
    site: Site, instance: Resource, subnets: Value
) -> tuple[Property | None, Property | None]:
    """Tell what makes a database public, or keeps it from being so.

    Where nothing is written, it is public where its VPC has an internet gateway.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    at = Property(instance.id, "PubliclyAccessible")
    if instance.type != "AWS::RDS::DBInstance" and "PubliclyAccessible" not in instance.properties:
        return None, Property(instance.id)
    said = site.reading.truth(instance.properties.get("PubliclyAccessible"), instance.id)
    if said is not None:
        return (at, None) if said else (None, at)
    if "PubliclyAccessible" in instance.properties:
        site.reading.assume(instance.id, "PubliclyAccessible is not known: taken to be true")
        return at, None
    names = site.reading.names(subnets, instance.id)
    homes = [site.network.subnet(each) for each in names]
    unwritten = Property(instance.id, "PubliclyAccessible (not written)")
    if homes and homes[0].known and not site.network.vpc(homes[0].vpc).gateway:
        return None, unwritten
    return unwritten, None


def _cache(site: Site, each: Resource) -> Iterator[Interface]:
    if each.type == CACHE_CLUSTER:
        name, groups = "VpcSecurityGroupIds", each.properties.get("VpcSecurityGroupIds")
    else:
        name, groups = "SecurityGroupIds", each.properties.get("SecurityGroupIds")
    engine = site.reading.get(each, "Engine", default="redis")
    usual = 11211 if engine == "memcached" else 6379
    port = site.reading.number(each.properties.get("Port", usual), each.id)
    subnets = _group_subnets(site, each, "CacheSubnetGroupName") or ["default VPC's subnets"]
    listens = ports.tcp(port) if port else ports.TCP_ALL
    at = Property(each.id, "Port" if "Port" in each.properties else "Engine")
    yield from site.interface(
        each, "cache", subnets, groups, name, listens, listening=at, calls=False, six=False
    )


def _brokers(site: Site, each: Resource) -> Iterator[Interface]:
    reading = site.reading
    nodes = reading.record(each, "BrokerNodeGroupInfo")
    open_ = reading.get(each, "BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type")
    public = open_ not in (None, "DISABLED")
    at = Property(each.id, "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type")
    found = list(_broker_ports(site, each))
    if public:
        found += [port + PUBLIC for port in found]
    yield from site.interface(
        each,
        "brokers",
        nodes.get("ClientSubnets"),
        nodes.get("SecurityGroups"),
        "BrokerNodeGroupInfo.SecurityGroups",
        ports.union(ports.tcp(port) for port in found),
        listening=Property(each.id, "ClientAuthentication"),
        public=at if public else None,
        closed=None if public else at,
        calls=False,
        six=False,
    )


def _broker_ports(site: Site, each: Resource) -> Iterator[int]:
    def written(*path: str) -> Any:
        return site.reading.get(each, *path)

    between = written("EncryptionInfo", "EncryptionInTransit", "ClientBroker") or "TLS"
    if between is not UNKNOWN and between != "TLS":
        yield PLAINTEXT
    scram = written("ClientAuthentication", "Sasl", "Scram", "Enabled")
    iam = written("ClientAuthentication", "Sasl", "Iam", "Enabled")
    if scram:
        yield SCRAM
    if iam:
        yield IAM
    certificate = written("ClientAuthentication", "Tls", "CertificateAuthorityArnList")
    anybody = written("ClientAuthentication", "Unauthenticated", "Enabled")
    if between != "PLAINTEXT" and (certificate or anybody or not (scram or iam)):
        yield TLS

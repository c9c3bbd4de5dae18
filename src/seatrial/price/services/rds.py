"""Amazon RDS and Aurora: instances, storage, Multi-AZ, readers, proxy, backups."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.line import Line
from seatrial.price.quantity import HOURS, Quantity, plain
from seatrial.price.rules import prices

INSTANCE = "AWS::RDS::DBInstance"
CLUSTER = "AWS::RDS::DBCluster"
ENGINES = {"postgres": "pg", "mysql": "mysql", "mariadb": "mariadb"}
AURORA = {"aurora-postgresql": "pg", "aurora-mysql": "mysql"}

# What gp3 has without paying for more, below and from the size at which volumes are striped:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
STRIPED_GB = 400
BASE_IOPS = (3000, 12_000)
BASE_MBPS = (125, 500)

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html: a proxy is billed for
# the vCPUs of its instance, at least two; and for 8 ACU at the least where it is serverless.
PROXY_VCPUS = 2
PROXY_ACUS = 8
FREE_DAYS = 7
"""Days that Performance Insights keeps for nothing."""

_SIZES = {
    "micro": 2,
    "small": 2,
    "medium": 2,
    "large": 2,
    "xlarge": 4,
}
"""vCPUs by the size in a class, of the families that have AWS's usual ones."""
_SINGLE = frozenset(("t2.micro", "t2.small", "m1.small", "m1.medium", "m3.medium"))


def vcpus(instance: str) -> float | None:
    """Give the vCPUs of a class such as `db.r5.xlarge`; None where they do not follow its size.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
    """
    family, _, size = instance.removeprefix("db.").rpartition(".")
    if f"{family}.{size}" in _SINGLE:
        return 1
    if size in _SIZES:
        return _SIZES[size]
    times = size.removesuffix("xlarge")
    return float(times) * 4 if size.endswith("xlarge") and times.isdecimal() else None


@prices(INSTANCE)
def instance(resource: Resource, estimate: Estimate) -> Lines:
    """Price an instance: of RDS with its storage, or of an Aurora cluster."""
    properties = resource.properties
    cluster = estimate.named(properties.get("DBClusterIdentifier"), CLUSTER)
    engine = _engine(resource, estimate)
    if not engine:
        engine = _engine(_source(resource, estimate) or cluster or resource, estimate)
    class_ = estimate.text(properties.get("DBInstanceClass"))
    if engine in AURORA or (cluster is not None and "DBClusterIdentifier" in properties):
        yield from _of_aurora(resource, estimate, cluster, AURORA.get(engine, engine), class_)
        return
    if not engine and properties.get("SourceDBInstanceIdentifier") is not None:
        engine = _family_engine(resource, estimate)
    yield from _of_rds(resource, estimate, ENGINES.get(engine, engine), class_)


def _engine(resource: Resource, estimate: Estimate) -> str:
    """Give the engine that is written, which AWS takes in capitals too."""
    return estimate.text(resource.properties.get("Engine")).lower()


def _family_engine(resource: Resource, estimate: Estimate) -> str:
    """Give the engine of a reader whose source is elsewhere, by its group of parameters."""
    group = estimate.follow(resource.properties.get("DBParameterGroupName"))
    family = estimate.text(group.properties.get("Family")) if group else ""
    return next((each for each in ENGINES if family.startswith(each)), "postgres")


def _source(resource: Resource, estimate: Estimate) -> Resource | None:
    value = resource.properties.get("SourceDBInstanceIdentifier")
    return estimate.named(value, INSTANCE)


def _of_rds(resource: Resource, estimate: Estimate, engine: str, class_: str) -> Lines:
    properties = resource.properties
    multi = estimate.true(properties.get("MultiAZ"))
    zones = "multi" if multi else "single"
    what = "reader" if properties.get("SourceDBInstanceIdentifier") is not None else "instance"
    hours, told = estimate.hours(resource)
    component = f"{what}, Multi-AZ" if multi else what
    key = f"rds.{engine}.{class_}.{zones}"
    if class_:
        yield estimate.line(resource, component, key, hours, f"1 {class_} x {told}")
    else:
        yield estimate.unknown(resource, component, key, "its class is not known")
    yield from _storage(resource, estimate, zones)
    yield from _copies(resource, estimate)
    yield from _watching(resource, estimate)
    if estimate.true(properties.get("PubliclyAccessible")):
        yield estimate.line(resource, "public IPv4 addresses", "ipv4.h", HOURS, "1 x 730 h")


def _storage(resource: Resource, estimate: Estimate, zones: str) -> Lines:
    source = _source(resource, estimate)
    kept = {**(source.properties if source else {}), **resource.properties}
    iops = estimate.number(kept.get("Iops"))
    kind = estimate.text(kept.get("StorageType"), "io1" if iops else "gp3")
    key = f"rds.{kind}.{zones}_gb_mo"
    size = estimate.number(kept.get("AllocatedStorage"))
    said = estimate.said("storage_gb", resource)
    if not size and said is None:
        why = "its size is that of its source, which is not in this template"
        yield estimate.unknown(resource, "storage", key, why)
        return
    stored = (said.quantity if said else Quantity.of(size)).at_least(size)
    most = estimate.number(kept.get("MaxAllocatedStorage"))
    note = f"grows by itself to {plain(most)} GB at the most" if most > size else ""
    if most:
        stored = stored.at_most(max(most, size))
    how = f"{stored} GB {kind}, {'two zones' if zones == 'multi' else 'one zone'}"
    yield estimate.line(resource, "storage", key, stored, how, note=note)
    if kind.startswith("io") and iops:
        key = f"rds.{kind}.{zones}_iops_mo"
        yield estimate.line(resource, "storage IOPS", key, iops, f"{plain(iops)} IOPS")
    elif kind == "gp3":
        yield from _beyond(resource, estimate, zones, (size, iops))


def _beyond(
    resource: Resource, estimate: Estimate, zones: str, asked: tuple[float, float]
) -> Lines:
    """Price what a gp3 volume has beyond its baseline."""
    size, iops = asked
    striped = size >= STRIPED_GB
    more = iops - BASE_IOPS[striped]
    if iops and more > 0:
        how = f"{plain(iops)} - {BASE_IOPS[striped]} IOPS"
        yield estimate.line(resource, "storage IOPS", f"rds.gp3.{zones}_iops_mo", more, how)
    rate = estimate.number(resource.properties.get("StorageThroughput"))
    more = rate - BASE_MBPS[striped]
    if rate and more > 0:
        how = f"{plain(rate)} - {BASE_MBPS[striped]} MB/s"
        yield estimate.line(resource, "storage rate", f"rds.gp3.{zones}_mbps_mo", more, how)


def _copies(resource: Resource, estimate: Estimate) -> Lines:
    properties = resource.properties
    days = estimate.number(properties.get("BackupRetentionPeriod"), 1)
    reader = properties.get("SourceDBInstanceIdentifier") is not None
    if days and not reader:
        yield backup(resource, estimate, "rds.backup_gb_mo")
    region = estimate.text(properties.get("AutomaticBackupReplicationRegion"))
    if region:
        yield estimate.metered(
            resource,
            f"backups to {region}, transfer",
            f"transfer.{region}_gb",
            "replicated_gb",
            unit="GB",
        )
        yield estimate.metered(
            resource,
            f"backups to {region}, storage",
            "rds.backup_gb_mo",
            "copies_gb",
            unit="GB",
            region=region,
        )


def backup(resource: Resource, estimate: Estimate, key: str) -> Line:
    """Price backups beyond what is free: as much as the storage of the database.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
    """
    said = estimate.said("backup_gb", resource)
    if said is None:
        assumed = ("automated backups are no larger than the database, so they are free",)
        return estimate.line(resource, "backups", key, 0, "0 GB beyond", assumed=assumed)
    how = f"{said.quantity} GB beyond what is free ({said.by})"
    return estimate.line(resource, "backups", key, said.quantity, how)


def _watching(resource: Resource, estimate: Estimate) -> Lines:
    properties = resource.properties
    if estimate.true(properties.get("EnablePerformanceInsights")):
        days = estimate.number(properties.get("PerformanceInsightsRetentionPeriod"), FREE_DAYS)
        if days > FREE_DAYS:
            why = f"{plain(days)} days are kept; {FREE_DAYS} are free"
            yield estimate.unknown(resource, "Performance Insights", "", why)
    if estimate.number(properties.get("MonitoringInterval")):
        why = "Enhanced Monitoring writes to CloudWatch Logs; nobody said how much"
        yield estimate.unknown(resource, "Enhanced Monitoring", "cw.logs_gb", why)


def _of_aurora(
    resource: Resource, estimate: Estimate, cluster: Resource | None, engine: str, class_: str
) -> Lines:
    hours, told = estimate.hours(resource)
    optimized = cluster is not None and (
        estimate.text(cluster.properties.get("StorageType")) == "aurora-iopt1"
    )
    if class_ == "db.serverless":
        units, by, assumed = _units(resource, estimate, cluster)
        key = "aurora.iopt.acu_h" if optimized else "aurora.acu_h"
        yield estimate.line(
            resource,
            "Aurora capacity",
            key,
            units * hours,
            f"{units} ACU x {told}{by}",
            assumed=assumed,
        )
    else:
        key = f"aurora.{'iopt.' if optimized else ''}{engine}.{class_}"
        yield estimate.line(resource, "instance", key, hours, f"1 {class_} x {told}")
    yield from _watching(resource, estimate)


def _units(
    resource: Resource, estimate: Estimate, cluster: Resource | None
) -> tuple[Quantity, str, tuple[str, ...]]:
    bounds = cluster.properties.get("ServerlessV2ScalingConfiguration") if cluster else None
    scaling = estimate.map(bounds)
    least = estimate.number(scaling.get("MinCapacity"))
    most = estimate.number(scaling.get("MaxCapacity"), least)
    said = estimate.said("acu", resource)
    if said is not None:
        return said.quantity.at_least(least).at_most(max(most, least)), f" ({said.by})", ()
    text = f"nobody said acu: {plain(least)} ACU is the minimum, {plain(most)} the maximum"
    return Quantity(least, least, most), "", (text,)


@prices(CLUSTER)
def cluster(resource: Resource, estimate: Estimate) -> Lines:
    """Price what the instances of an Aurora cluster share: storage, requests, backups."""
    if _engine(resource, estimate) not in AURORA:
        yield estimate.unknown(resource, "cluster", "", "a Multi-AZ DB cluster is not priced here")
        return
    optimized = estimate.text(resource.properties.get("StorageType")) == "aurora-iopt1"
    kind = "aurora.iopt" if optimized else "aurora"
    yield estimate.metered(resource, "storage", f"{kind}.storage_gb_mo", "storage_gb", unit="GB")
    if not optimized:
        yield estimate.metered(resource, "I/O requests", "aurora.io_1m", "io", per=1e6)
    yield backup(resource, estimate, "aurora.backup_gb_mo")


@prices("AWS::RDS::DBProxy")
def proxy(resource: Resource, estimate: Estimate) -> Lines:
    """Price a proxy by the vCPUs of the database behind it."""
    target = _behind(resource, estimate)
    if target is None:
        yield estimate.unknown(
            resource, "proxy", "rds.proxy.vcpu_h", "its database is not in this template"
        )
        return
    class_ = estimate.text(target.properties.get("DBInstanceClass"))
    if class_ == "db.serverless":
        own = estimate.named(target.properties.get("DBClusterIdentifier"), CLUSTER)
        units, by, assumed = _units(target, estimate, own)
        units = units.at_least(PROXY_ACUS)
        how = f"{units} ACU x 730 h, {PROXY_ACUS} at the least{by}"
        yield estimate.line(
            resource, "proxy", "rds.proxy.acu_h", units * HOURS, how, assumed=assumed
        )
        return
    count = vcpus(class_)
    if count is None:
        why = f"how many vCPUs {class_ or 'its database'} has is not known"
        yield estimate.unknown(resource, "proxy", "rds.proxy.vcpu_h", why)
        return
    count = max(count, PROXY_VCPUS)
    how = f"{plain(count)} vCPU of {class_} x 730 h"
    yield estimate.line(resource, "proxy", "rds.proxy.vcpu_h", count * HOURS, how)


def _behind(resource: Resource, estimate: Estimate) -> Resource | None:
    for group in estimate.of("AWS::RDS::DBProxyTargetGroup"):
        if estimate.follow(group.properties.get("DBProxyName")) is not resource:
            continue
        names = ("DBInstanceIdentifiers", "DBClusterIdentifiers")
        for target in estimate.all_named(
            [group.properties.get(name) for name in names], INSTANCE, CLUSTER
        ):
            if target.type == INSTANCE:
                return target
            for each in estimate.of(INSTANCE):
                if estimate.follow(each.properties.get("DBClusterIdentifier")) is target:
                    return each
    return None

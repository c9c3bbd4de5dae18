"""What RDS refuses."""

import re

from seatrial.graph.check.balancing import SUBNET, zones_of
from seatrial.graph.check.rule import Found, integer, items, rule, text
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource
from seatrial.graph.scalars import truth
from seatrial.graph.schema import facts
from seatrial.mistake import closest

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
API = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"
INSTANCE = "AWS::RDS::DBInstance"
CLUSTER = "AWS::RDS::DBCluster"
DOCUMENTS = "AWS::DocDB::DBInstance"
SUBNET_GROUPS = ("AWS::RDS::DBSubnetGroup", "AWS::DocDB::DBSubnetGroup")
BASELINE = {"postgres": 400, "mysql": 400, "mariadb": 400}
"""GiB from which gp3 lets an engine have more than its baseline."""
NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")


def engine_of(resource: Resource) -> str:
    """Give a database's engine, "" where it is no literal."""
    if resource.type == DOCUMENTS:
        return "docdb"
    return text(resource.properties.get("Engine")).lower()


@rule("database-class", INSTANCE, DOCUMENTS, source=GUIDE + "Concepts.DBInstanceClass.html")
def database_class(database: Resource, view: View) -> Found:
    """Refuse a class that AWS does not have for the engine, region and version."""
    engine, name = engine_of(database), text(database.properties.get("DBInstanceClass"))
    if not name or engine not in facts.engines():
        return
    region, version = view.graph.region, text(database.properties.get("EngineVersion"))
    everywhere = facts.database_classes(engine)
    here = facts.database_classes(engine, region) or everywhere
    if name not in everywhere:
        problem = f"is {name!r}, which is not a class that {engine} has"
        yield "DBInstanceClass", problem, closest(name, here)
    elif name not in here:
        problem = f"is {name!r}, which {region} does not have for {engine}"
        yield "DBInstanceClass", problem, closest(name, here)
    elif version and name not in (usable := facts.database_classes(engine, None, version)):
        problem = f"is {name!r}, which does not run {engine} {version}"
        yield "DBInstanceClass", problem, closest(name, usable & here)


@rule("database-version", INSTANCE, CLUSTER, source=API + "API_DescribeDBEngineVersions.html")
def database_version(database: Resource, _: View) -> Found:
    """Refuse a version that AWS does not offer; a bare major version AWS resolves itself."""
    engine = engine_of(database)
    # A number written without quotes: 15.10 is 15.1 already, and AWS sees "15.1".
    given = database.properties.get("EngineVersion")
    version = str(given) if isinstance(given, int | float) else text(given)
    try:
        offered = facts.engine_versions(engine)
    except KeyError:
        return
    if not version or facts.newest_minor(engine, version):
        return
    newest = facts.newest_minor(engine, version.split(".")[0]) or offered[-1]
    gone = version in facts.deprecated_versions(engine)
    problem = f"is {version}, which AWS {'no longer offers' if gone else 'does not know'}"
    yield "EngineVersion", f"{problem} for {engine}", f"The nearest that it offers is {newest}."


@rule("database-storage", INSTANCE, source=GUIDE + "CHAP_Storage.html")
def database_storage(database: Resource, _: View) -> Found:
    """Refuse sizes that the storage's type, its IOPS or its growth do not allow."""
    given = database.properties
    kind, size = text(given.get("StorageType")), integer(given.get("AllocatedStorage"))
    most, iops = integer(given.get("MaxAllocatedStorage")), given.get("Iops")
    if size is None:
        return
    if most is not None and most <= size:
        problem = f"is {most}, not more than the {size} GiB to begin with"
        yield "MaxAllocatedStorage", problem, "Make it larger, or leave it out."
    least = {"gp2": 20, "gp3": 20, "io1": 100, "io2": 100}.get(kind)
    if least is not None and size < least and engine_of(database) in BASELINE:
        yield "AllocatedStorage", f"is {size} GiB of {kind}", f"AWS takes {least} or more."
    elif kind == "gp3" and size < BASELINE.get(engine_of(database), 0):
        for name in ("Iops", "StorageThroughput"):
            if given.get(name):
                problem = f"is set for {size} GiB of gp3"
                right = "Under 400 GiB it is 3,000 IOPS and 125 MiB/s: leave it out."
                yield name, problem, right
    if kind in ("io1", "io2") and not iops:
        yield "Iops", f"is missing: {kind} needs it", ""


@rule("database-zones", *SUBNET_GROUPS, source=API + "API_CreateDBSubnetGroup.html")
def database_zones(group: Resource, view: View) -> Found:
    """Refuse a subnet group in one zone."""
    asked = items(group.properties.get("SubnetIds"))
    subnets = [each for item in asked for each in view.all_named(item, SUBNET)]
    if asked and len(subnets) == len(asked) and len(zones_of(subnets)) < 2:
        yield "SubnetIds", "are in one zone", "RDS wants subnets in two zones, Multi-AZ or not."


@rule("database-zone", INSTANCE, source=API + "API_CreateDBInstance.html")
def database_zone(database: Resource, _: View) -> Found:
    """Refuse a zone for a database that is Multi-AZ."""
    if truth(database.properties.get("MultiAZ")) and database.properties.get("AvailabilityZone"):
        yield "AvailabilityZone", "stands beside MultiAZ", "Leave it out: AWS chooses two zones."


@rule("database-monitoring", INSTANCE, source=API + "API_CreateDBInstance.html")
def database_monitoring(database: Resource, _: View) -> Found:
    """Refuse enhanced monitoring without a role."""
    interval = integer(database.properties.get("MonitoringInterval"))
    if interval and not database.properties.get("MonitoringRoleArn"):
        yield "MonitoringRoleArn", f"is missing: MonitoringInterval is {interval}", ""


@rule("database-names", INSTANCE, CLUSTER, source=API + "API_CreateDBInstance.html")
def database_names(database: Resource, _: View) -> Found:
    """Refuse names of databases and first users that the engine keeps to itself."""
    if "postgres" not in engine_of(database):
        return
    user = text(database.properties.get("MasterUsername"))
    if user.lower() in ("admin", "rdsadmin"):
        yield "MasterUsername", f"is {user!r}, which RDS keeps to itself", "Choose another."
    for key in ("DBName", "DatabaseName"):
        name = text(database.properties.get(key))
        if name and not (NAME.fullmatch(name) and len(name) <= 63):
            right = "AWS takes a letter, then letters, digits and underscores, 63 at most."
            yield key, f"is {name!r}", right

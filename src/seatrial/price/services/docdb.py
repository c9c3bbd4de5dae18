"""Amazon DocumentDB: instances, and the storage and requests that they share."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices
from seatrial.price.services.rds import backup


@prices("AWS::DocDB::DBInstance")
def instance(resource: Resource, estimate: Estimate) -> Lines:
    """Price an instance by its class."""
    class_ = estimate.text(resource.properties.get("DBInstanceClass"))
    hours, told = estimate.hours(resource)
    yield estimate.line(resource, "instance", f"docdb.{class_}", hours, f"1 {class_} x {told}")


@prices("AWS::DocDB::DBCluster")
def cluster(resource: Resource, estimate: Estimate) -> Lines:
    """Price a cluster's storage, requests and backups."""
    if estimate.text(resource.properties.get("StorageType")) == "iopt1":
        yield estimate.unknown(resource, "storage", "", "I/O-optimized is not priced here")
        return
    yield estimate.metered(resource, "storage", "docdb.storage_gb_mo", "storage_gb", unit="GB")
    yield estimate.metered(resource, "I/O requests", "docdb.io_1m", "io", per=1e6)
    yield backup(resource, estimate, "docdb.backup_gb_mo")

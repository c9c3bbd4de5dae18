"""Amazon MSK: brokers and their disks, the replicator, monitoring beyond the default."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import HOURS, plain
from seatrial.price.rules import prices


@prices("AWS::MSK::Cluster")
def cluster(resource: Resource, estimate: Estimate) -> Lines:
    """Price a provisioned cluster."""
    properties = resource.properties
    brokers = estimate.number(properties.get("NumberOfBrokerNodes"))
    group = estimate.map(properties.get("BrokerNodeGroupInfo"))
    class_ = estimate.text(group.get("InstanceType"))
    short = class_.removeprefix("kafka.").removeprefix("express.")
    hours, told = estimate.hours(resource)
    express = class_.startswith("express.")
    key = f"msk.{'express.' if express else ''}{short}"
    count = plain(brokers)
    yield estimate.line(resource, "brokers", key, hours * brokers, f"{count} {class_} x {told}")
    if express:
        yield estimate.metered(resource, "storage", "msk.express_gb_mo", "storage_gb", unit="GB")
        yield estimate.metered(resource, "data in", "msk.express_in_gb", "in_gb", unit="GB")
    else:
        disk = estimate.map(estimate.map(group.get("StorageInfo")).get("EBSStorageInfo"))
        size = estimate.number(disk.get("VolumeSize"))
        how = f"{count} x {plain(size)} GB"
        yield estimate.line(resource, "storage", "msk.gp2_gb_mo", brokers * size, how)
    level = estimate.text(properties.get("EnhancedMonitoring"), "DEFAULT")
    if level != "DEFAULT":
        note = f"{level} sends more metrics than the free DEFAULT"
        yield estimate.metered(
            resource, "monitoring metrics", "cw.metric_mo", "metrics", unit="metrics", note=note
        )


@prices("AWS::MSK::ServerlessCluster")
def serverless(resource: Resource, estimate: Estimate) -> Lines:
    """Say that a serverless cluster is not priced here."""
    yield estimate.unknown(resource, "serverless cluster", "", "MSK Serverless is not priced here")


@prices("AWS::MSK::Replicator")
def replicator(resource: Resource, estimate: Estimate) -> Lines:
    """Price a replicator by its hours and by what it copies."""
    yield estimate.line(resource, "replicator hours", "msk.replicator_h", HOURS, "1 x 730 h")
    yield estimate.metered(
        resource, "replicator data", "msk.replicator_gb", "replicated_gb", unit="GB"
    )

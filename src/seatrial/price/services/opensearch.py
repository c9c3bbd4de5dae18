"""Amazon OpenSearch Service: data nodes, managers, and the disks of the data nodes."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import plain
from seatrial.price.rules import prices


@prices("AWS::OpenSearchService::Domain")
def domain(resource: Resource, estimate: Estimate) -> Lines:
    """Price a domain."""
    nodes = estimate.map(resource.properties.get("ClusterConfig"))
    count = estimate.number(nodes.get("InstanceCount"), 1)
    hours, told = estimate.hours(resource)
    kinds = [("data nodes", nodes.get("InstanceType"), count)]
    if estimate.true(nodes.get("DedicatedMasterEnabled")):
        managers = estimate.number(nodes.get("DedicatedMasterCount"), 3)
        kinds.append(("manager nodes", nodes.get("DedicatedMasterType"), managers))
    if estimate.true(nodes.get("WarmEnabled")):
        kinds.append(("warm nodes", nodes.get("WarmType"), estimate.number(nodes.get("WarmCount"))))
    for component, type_, number in kinds:
        class_ = estimate.text(type_, "m5.large.search")
        key = f"opensearch.{class_.removesuffix('.search')}"
        how = f"{plain(number)} {class_} x {told}"
        yield estimate.line(resource, component, key, hours * number, how)
    disk = estimate.map(resource.properties.get("EBSOptions"))
    if estimate.true(disk.get("EBSEnabled")):
        size = estimate.number(disk.get("VolumeSize"))
        kind = estimate.text(disk.get("VolumeType"), "gp2")
        how = f"{plain(count)} x {plain(size)} GB {kind}"
        yield estimate.line(resource, "storage", f"opensearch.{kind}_gb_mo", count * size, how)

"""Amazon EFS: files that many mount."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::EFS::FileSystem")
def file_system(resource: Resource, estimate: Estimate) -> Lines:
    """Price what a file system holds, all of it as it is written first."""
    kind = "onezone" if resource.properties.get("AvailabilityZoneName") else "std"
    yield estimate.metered(resource, "storage", f"efs.{kind}_gb_mo", "storage_gb", unit="GB")

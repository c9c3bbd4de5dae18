"""AWS Backup: what a plan keeps."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices
from seatrial.price.services.s3 import REGION


@prices("AWS::Backup::BackupPlan")
def plan(resource: Resource, estimate: Estimate) -> Lines:
    """Price what a plan keeps here and what it copies elsewhere."""
    yield estimate.metered(
        resource, "backup plan, storage", "backup.rds_gb_mo", "backup_gb", unit="GB"
    )
    rules = estimate.maps(estimate.map(resource.properties.get("BackupPlan")).get("BackupPlanRule"))
    regions = {
        region for each in rules for region in REGION.findall(repr(each.get("CopyActions")))
    } - {estimate.graph.region}
    for region in sorted(regions):
        yield estimate.metered(
            resource,
            f"backup plan, copies in {region}",
            "backup.rds_gb_mo",
            "copies_gb",
            unit="GB",
            region=region,
        )
        yield estimate.metered(
            resource,
            f"backup plan, transfer to {region}",
            f"transfer.{region}_gb",
            "replicated_gb",
            unit="GB",
        )

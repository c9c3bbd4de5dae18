"""AWS Backup: what a plan keeps."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::Backup::BackupPlan")
def plan(resource: Resource, estimate: Estimate) -> Lines:
    """Price what a plan keeps here and what it copies elsewhere."""
    yield estimate.metered(
        resource, "backup plan, storage", "backup.rds_gb_mo", "backup_gb", unit="GB"
    )
    rules = estimate.several((resource.properties.get("BackupPlan") or {}).get("BackupPlanRule"))
    if any(isinstance(each, dict) and each.get("CopyActions") for each in rules):
        why = "how much it copies, and the other region's price, are not known"
        yield estimate.unknown(resource, "backup plan, copies elsewhere", "", why)

"""What CloudFormation refuses of any resource."""

from collections.abc import Iterator

from seatrial.graph.check.refused import Refused
from seatrial.graph.check.view import View
from seatrial.graph.schema import facts
from seatrial.mistake import closest

GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
POLICIES = GUIDE + "aws-attribute-deletionpolicy.html"
SNAPSHOTS = frozenset(
    (
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    )
)


def check_resources(view: View) -> Iterator[Refused]:
    """Give wrong logical ids, policies that a type does not have, and an unknown region."""
    region = view.graph.region
    if region not in facts.regions():
        right = closest(region, facts.regions())
        yield Refused("unknown-region", None, "", f"{region!r} is not an AWS region", right)
    for resource in view.graph:
        if not (resource.id.isascii() and resource.id.isalnum() and len(resource.id) <= 255):
            problem = "has a logical id that AWS does not take"
            right = "AWS takes 255 letters and digits at most."
            yield Refused("logical-id", resource, "", problem, right, source=GUIDE)
        for name, policy in (
            ("DeletionPolicy", resource.deletion_policy),
            ("UpdateReplacePolicy", resource.update_replace_policy),
        ):
            if policy == "Snapshot" and resource.type not in SNAPSHOTS:
                problem = "is 'Snapshot', which the type does not have"
                yield Refused(
                    "policy", resource, name, problem, "Choose 'Retain'.", source=POLICIES
                )
        if resource.update_replace_policy == "RetainExceptOnCreate":
            problem = "is 'RetainExceptOnCreate', which is for DeletionPolicy only"
            right = "Choose 'Retain'."
            yield Refused(
                "policy", resource, "UpdateReplacePolicy", problem, right, source=POLICIES
            )

"""AWS CloudTrail: the first trail's management events are free, data events are not."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::CloudTrail::Trail")
def trail(resource: Resource, estimate: Estimate) -> Lines:
    """Price a trail.

    The first copy of management events in a region is free:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-manage-costs.html
    """
    yield estimate.line(
        resource,
        "management events",
        "cloudtrail.event_100k",
        0,
        "the first copy is free",
        assumed=("no other trail of the account records the same events",),
    )
    selectors = estimate.maps(resource.properties.get("EventSelectors"))
    data = any(each.get("DataResources") for each in selectors)
    if data or resource.properties.get("AdvancedEventSelectors"):
        why = "how many data events it records nobody said"
        yield estimate.unknown(resource, "data events", "cloudtrail.data_100k", why)

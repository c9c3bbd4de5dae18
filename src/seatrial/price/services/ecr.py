"""Amazon ECR: images that are kept."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::ECR::Repository")
def repository(resource: Resource, estimate: Estimate) -> Lines:
    """Price the images of a repository; to pull them in the same region is free."""
    yield estimate.metered(resource, "images", "ecr.gb_mo", "images_gb", unit="GB")

"""Amazon SageMaker: the machines of an endpoint."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import Quantity
from seatrial.price.rules import prices

CONFIG = "AWS::SageMaker::EndpointConfig"


@prices("AWS::SageMaker::Endpoint")
def endpoint(resource: Resource, estimate: Estimate) -> Lines:
    """Price an endpoint by the variants of its configuration."""
    config = estimate.named(resource.properties.get("EndpointConfigName"), CONFIG)
    if config is None:
        why = "its configuration is not in this template"
        yield estimate.unknown(resource, "machines", "", why)
        return
    hours, told = estimate.hours(resource)
    said = estimate.said("instances", resource)
    for variant in estimate.maps(config.properties.get("ProductionVariants")):
        if variant.get("ServerlessConfig"):
            yield estimate.unknown(resource, "inference", "", "serverless is not priced here")
            continue
        class_ = estimate.text(variant.get("InstanceType"))
        number = estimate.number(variant.get("InitialInstanceCount"), 1)
        count = said.quantity if said else Quantity.of(number)
        how = f"{count} {class_} x {told}"
        yield estimate.line(resource, "machines", f"sagemaker.{class_}", count * hours, how)

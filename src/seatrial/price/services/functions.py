"""AWS Lambda: requests and the time they take."""

from functools import lru_cache

from seatrial.graph import Resource
from seatrial.graph.values import referred
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::Lambda::Function")
def function(resource: Resource, estimate: Estimate) -> Lines:
    """Price a function by its requests and the memory that they hold while they run."""
    if estimate.said("requests", resource) is None and _serves_the_stack(resource, estimate):
        assumed = ("it runs only when the stack changes",)
        yield estimate.line(
            resource, "requests", "lambda.request_1m", 0, "0 requests", assumed=assumed
        )
        return
    yield estimate.metered(resource, "requests", "lambda.request_1m", "requests", per=1e6)
    chips = estimate.several(resource.properties.get("Architectures"))
    key = f"lambda.{'arm' if 'arm64' in chips else 'x86'}.gb_s"
    requests = estimate.said("requests", resource)
    took = estimate.said("request_ms", resource)
    if requests is None or took is None:
        part = resource.label
        why = f"nobody said requests and request_ms of {part}"
        yield estimate.unknown(resource, "compute", key, why, wants="request_ms")
        return
    memory = estimate.number(resource.properties.get("MemorySize"), 128)
    seconds = requests.quantity * took.quantity / 1000
    how = f"{requests.quantity} x {took.quantity} ms x {memory:g} MB"
    yield estimate.line(resource, "compute", key, seconds * (memory / 1024), how)


def _serves_the_stack(resource: Resource, estimate: Estimate) -> bool:
    """Tell whether a custom resource calls the function."""
    return resource.id in _called_by_stacks(estimate)


@lru_cache(maxsize=4)
def _called_by_stacks(estimate: Estimate) -> frozenset[str]:
    """Give the functions that custom resources call; worked out once for a graph."""
    return frozenset(
        id
        for each in estimate.graph
        if each.type.startswith("Custom::") or each.type == "AWS::CloudFormation::CustomResource"
        for id in referred(each.properties.get("ServiceToken"))
    )

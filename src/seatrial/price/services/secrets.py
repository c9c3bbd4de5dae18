"""Secrets Manager, KMS and SSM parameters."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices

AT_START = "tasks read secrets when they start: calls are below 10,000 a month"


@prices("AWS::SecretsManager::Secret")
def secret(resource: Resource, estimate: Estimate) -> Lines:
    """Price a secret, and calls where they are said."""
    replicas = len(estimate.several(resource.properties.get("ReplicaRegions")))
    count = 1 + replicas
    how = f"1 secret and {replicas} replicas" if replicas else "1 secret"
    assumed = () if estimate.said("secret_calls", resource) else (AT_START,)
    yield estimate.line(resource, "secrets", "secret_mo", count, how, assumed=assumed)
    if estimate.usage.get("secret_calls", resource.id) is not None or _first_of_part(
        resource, estimate
    ):
        yield estimate.metered(
            resource, "secret calls", "secret_10k_calls", "secret_calls", per=10_000
        )


def _first_of_part(resource: Resource, estimate: Estimate) -> bool:
    """Tell whether this secret carries the calls that are said of its part."""
    part = resource.label
    if estimate.usage.get("secret_calls", part) is None:
        return False
    first = next(each for each in estimate.of(resource.type) if each.label == part)
    return first is resource


@prices("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
def key(resource: Resource, estimate: Estimate) -> Lines:
    """Price a key of one's own, and the calls to it."""
    yield estimate.line(resource, "keys", "kms.key_mo", 1, "1 key")
    yield estimate.metered(resource, "key calls", "kms.10k", "key_calls", per=10_000)


@prices("AWS::SSM::Parameter")
def parameter(resource: Resource, estimate: Estimate) -> Lines:
    """Price an advanced parameter; a standard one is free."""
    tier = estimate.text(resource.properties.get("Tier"), "Standard")
    if tier == "Advanced":
        yield estimate.line(resource, "parameters", "ssm.advanced_mo", 1, "1 advanced parameter")
    elif tier == "Intelligent-Tiering":
        why = "whether it becomes an advanced parameter is its value's size"
        yield estimate.unknown(resource, "parameters", "ssm.advanced_mo", why)

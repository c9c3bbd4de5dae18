"""Secrets that AWS generates, so that nobody ever types or reads them."""

from seatrial.graph.values import Secret as SecretValue
from seatrial.language import Access, Secret
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering
from seatrial.lower.kind import Given, Kind


def _lower(lowering: Lowering, secret: Secret) -> None:
    if lowering.copied_here(secret, "Secret"):
        return
    generated = {"PasswordLength": secret.length, "ExcludePunctuation": True}
    told = "" if secret.generate else ": a person puts the value in"
    lowering.add(
        secret,
        "Secret",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{secret.name}",
            "Description": f"{secret.name} of {lowering.name}{told}",
            "GenerateSecretString": generated if secret.generate else None,
            "ReplicaRegions": lowering.copied_to,
        },
        **GOES_WITH_THE_STACK,
    )


def _given(lowering: Lowering, secret: Secret, _: Access) -> Given:
    name = secret.name.upper().replace("-", "_")
    return Given(secrets={name: SecretValue(lowering.id(secret, "Secret"))})


KIND = Kind(Secret, "secret", lower=_lower, given=_given)

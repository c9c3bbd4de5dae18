"""Secrets that AWS generates, so that nobody ever types or reads them."""

from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering


def lower(lowering: Lowering) -> None:
    """Add a Secrets Manager secret for each `Secret` part."""
    for secret in lowering.secrets:
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
            },
            **GOES_WITH_THE_STACK,
        )

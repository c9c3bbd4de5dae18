"""The key of a service that a program calls: a secret of its own, or a shared one.

Takes what a part says of its key, gives the symbol that a task's variable
names. It never sees a value: a person puts it in, or AWS generates it.
"""

from seatrial.graph.values import Secret as SecretValue
from seatrial.language import Secret
from seatrial.language.part import Part
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering


def lower(lowering: Lowering, part: Part, shared: Secret | None, generate: bool = False) -> None:
    """Add the secret of a part's own key, unless it shares another."""
    if shared is not None or (not generate and lowering.copied_here(part, "Key")):
        return
    told = "generated" if generate else "a person puts it in"
    lowering.add(
        part,
        "Key",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{part.name}-key",
            "Description": f"Key of {part.name}: {told}",
            "GenerateSecretString": {"PasswordLength": 48, "ExcludePunctuation": True}
            if generate
            else None,
            "ReplicaRegions": None if generate else lowering.copied_to,
        },
        **GOES_WITH_THE_STACK,
    )


def value(lowering: Lowering, part: Part, shared: Secret | None) -> SecretValue:
    """Give the symbol of a part's key."""
    return SecretValue(identity(lowering, part, shared))


def identity(lowering: Lowering, part: Part, shared: Secret | None) -> str:
    """Give the logical id of the secret that holds a part's key."""
    return lowering.id(part, "Key") if shared is None else lowering.id(shared, "Secret")

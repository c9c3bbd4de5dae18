"""Services outside AWS: a secret for the key, an address, and the way out to it."""

from seatrial.graph.annotations import Outside
from seatrial.graph.values import Value
from seatrial.language import Access, External, Secret
from seatrial.language.part import Part
from seatrial.lower import keys
from seatrial.lower.context import Lowering
from seatrial.lower.kind import Given, Kind


def _lower(lowering: Lowering, external: External) -> None:
    check_way_out(lowering, external)
    if external.key:
        keys.lower(lowering, external, _shared(external))
    lowering.annotate(Outside(external.name, external.url, external.price))


def _shared(external: External) -> Secret | None:
    return external.key if isinstance(external.key, Secret) else None


def _given(lowering: Lowering, external: External, _: Access) -> Given:
    name = external.name.upper().replace("-", "_")
    key = keys.value(lowering, external, _shared(external)) if external.key else None
    return Given({f"{name}_URL": external.url}, {f"{name}_API_KEY": key} if key else {})


def _value(_lowering: Lowering, external: External, _field: str) -> Value:
    return external.url


def check_way_out(lowering: Lowering, part: Part, own: bool = False) -> None:
    """Refuse what lies on the internet where those who call it have no way there.

    One machine has a way of its own; what has machines of its `own` needs NAT there too.
    """
    if lowering.machine and not own:
        return
    if lowering.environment.setting("nat") == "none":
        raise part.wrong(
            "it lies outside the network, and with nat='none' nothing leads there.",
            "Write nat='one'.",
        )


KIND = Kind(External, "service outside", lower=_lower, given=_given, value=_value)

"""How much a part is used in a month, and who says so.

Takes what the description says (`Expected`) and what a usage file says; a file
wins over the description, a logical id over its part. It never invents a figure:
what nobody said is None, and what is assumed in its place is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seatrial.graph.annotations import Expected
from seatrial.price.quantity import Quantity

DESCRIPTION = "system.expects"


@dataclass(frozen=True, slots=True)
class Said:
    """A figure with whoever said it, e.g. `system.expects` or `usage.yaml:4`."""

    quantity: Quantity
    by: str


class Usage:
    """What is said of use: name of a part or logical id -> measure -> figure."""

    def __init__(self, said: Mapping[str, Mapping[str, Said]] | None = None) -> None:
        self._said = {name: dict(measures) for name, measures in (said or {}).items()}
        self._heard: set[tuple[str, str]] = set()

    @classmethod
    def expected(cls, annotations: Iterable[Expected]) -> "Usage":
        """Read what the description says; a later word replaces an earlier one."""
        said: dict[str, dict[str, Said]] = {}
        for each in annotations:
            quantity = Quantity(each.low, each.expected, each.high)
            said.setdefault(each.part, {})[each.measure] = Said(quantity, DESCRIPTION)
        return cls(said)

    def over(self, other: "Usage") -> "Usage":
        """Give both together; where both speak of a measure, this one is heard."""
        said = {name: dict(measures) for name, measures in other._said.items()}
        for name, measures in self._said.items():
            said.setdefault(name, {}).update(measures)
        return Usage(said)

    def get(self, measure: str, *names: str) -> Said | None:
        """Give a measure of the first of these names (logical id, then part) that has it."""
        for name in names:
            found = self._said.get(name, {}).get(measure)
            if found is not None:
                self._heard.add((name, measure))
                return found
        return None

    @property
    def unheard(self) -> tuple[str, ...]:
        """Say what a file says and nobody asked for, so far; a description is for many graphs."""
        return tuple(
            f"{said.by}: nothing here is billed by {measure} of {name}"
            for name, measures in self._said.items()
            for measure, said in measures.items()
            if said.by != DESCRIPTION and (name, measure) not in self._heard
        )

    def of(self, name: str) -> Mapping[str, Said]:
        """Give everything that is said of a name."""
        return self._said.get(name, {})

    @property
    def names(self) -> tuple[str, ...]:
        """Give every part and logical id that is spoken of."""
        return tuple(self._said)

"""What the rules of each resource type work with: the graph, the usage and the book.

Takes a graph, a book and the usage; helps a rule to read properties that may be
symbols, to find what a part is used for, and to write its lines. It decides nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Outside, Uses
from seatrial.graph.check.view import View
from seatrial.graph.scalars import number, truth
from seatrial.graph.values import SYMBOLS, GetAtt, Join, Pseudo, Ref, Symbol, symbols
from seatrial.price.book import Book, Price
from seatrial.price.line import Line
from seatrial.price.quantity import HOURS, ZERO, Number, Quantity
from seatrial.price.usage import Said, Usage

SECONDS = HOURS * 3600
"""Seconds of a month of 730 hours."""


SERVICE = "AWS "
"""Before the name of a service that stands for the parts of a template that has none."""

Elsewhere = Callable[[str], Book | None]
"""Gives the book of another region; None where there is none."""


class Estimate(View):
    """One graph as the rules of prices see it."""

    def __init__(
        self, graph: Graph, book: Book, usage: Usage, elsewhere: Elsewhere | None = None
    ) -> None:
        super().__init__(graph)
        self.book = book
        self.usage = usage
        self._elsewhere = elsewhere
        self.open: dict[str, None] = {}
        """What a rule wanted to read and a template leaves open; `bill` tells it."""

    def price(self, key: str, region: str | None = None) -> Price | None:
        """Give a price, here or in another region."""
        if region is None or region == self.graph.region:
            return self.book.get(key)
        book = self._elsewhere(region) if self._elsewhere else None
        return book.get(key) if book else None

    # What is written

    def plain(self, value: Any) -> Any:
        """Give a value without symbols: a parameter's default, the region; None where unknown."""
        if isinstance(value, Ref):
            parameter = self.graph.parameters.get(value.id)
            return parameter.default if parameter else None
        if isinstance(value, Pseudo):
            return self.graph.region if value.name == "AWS::Region" else None
        if isinstance(value, Join):
            parts = [self.plain(each) for each in value.parts]
            return "".join(map(str, parts)) if all(each is not None for each in parts) else None
        return value if isinstance(value, str | int | float | list | dict) else None

    def _read(self, value: Any) -> Any:
        found = self.plain(value)
        if found is None and isinstance(value, SYMBOLS):
            self.open[_named(value)] = None
        return found

    def text(self, value: Any, default: str = "") -> str:
        """Give a text; `default` where nothing is written or it cannot be known."""
        found = self._read(value)
        return str(found) if isinstance(found, str | int | float) else default

    def number(self, value: Any, default: float = 0.0) -> float:
        """Give a number; `default` where nothing is written or it cannot be known."""
        found = number(self._read(value))
        return default if found is None else float(found)

    def true(self, value: Any) -> bool:
        """Tell whether a property is true, also where it is written as a text."""
        return truth(self._read(value)) is True

    def map(self, value: Any) -> dict[str, Any]:
        """Give an object's properties; nothing where it cannot be known."""
        found = self._read(value)
        return found if isinstance(found, dict) else {}

    def maps(self, value: Any) -> list[dict[str, Any]]:
        """Give the objects of a list, without those that cannot be known."""
        return [each for each in self.several(value) if isinstance(each, dict)]

    def follow(self, value: Any) -> Resource | None:
        """Give the resource that a value refers to; the first one where it is a text of several."""
        for symbol in symbols(value):
            if isinstance(symbol, Ref | GetAtt) and symbol.id in self.graph.resources:
                return self.graph.resources[symbol.id]
        return None

    def several(self, value: Any) -> list[Any]:
        """Give a list, also where one value is written or a parameter holds the list."""
        if value is None:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        found = self.plain(value)
        if isinstance(found, str):
            return [each.strip() for each in found.split(",") if each.strip()]
        return [value]

    # Who is used how much

    def said(self, measure: str, resource: Resource) -> Said | None:
        """Give what is said of a resource: by its logical id, else by its part."""
        return self.usage.get(measure, resource.id, resource.label)

    def quantity(self, measure: str, *names: str) -> Quantity | None:
        """Give what is said of the first of these names that has the measure."""
        found = self.usage.get(measure, *names)
        return found.quantity if found else None

    def hours(self, resource: Resource) -> tuple[Quantity, str]:
        """Give the hours that a resource runs a month, and how that is written."""
        said = self.said("hours", resource)
        return (said.quantity, f"{said.quantity} h") if said else (Quantity.of(HOURS), "730 h")

    @cached_property
    def used_by(self) -> dict[str, list[Uses]]:
        """Give who uses each part."""
        found: dict[str, list[Uses]] = {}
        for uses in self.graph.annotated(Uses):
            found.setdefault(uses.used, []).append(uses)
        return found

    @cached_property
    def using(self) -> dict[str, list[Uses]]:
        """Give whom each part uses."""
        found: dict[str, list[Uses]] = {}
        for uses in self.graph.annotated(Uses):
            found.setdefault(uses.part, []).append(uses)
        return found

    @cached_property
    def outside(self) -> dict[str, Outside]:
        """Give the services that someone else runs."""
        return {each.part: each for each in self.graph.annotated(Outside)}

    @cached_property
    def zones(self) -> int:
        """Count the availability zones that the subnets lie in; subnets of no known zone count."""
        return len(
            {repr(each.properties.get("AvailabilityZone", each.id)) for each in self.subnets}
        )

    @cached_property
    def subnets(self) -> list[Resource]:
        """Give every subnet."""
        return list(self.of("AWS::EC2::Subnet"))

    @cached_property
    def statements(self) -> list[tuple[Resource, dict[str, Any]]]:
        """Give every statement of a role's or a user's own policies, with its resource."""
        found: list[tuple[Resource, dict[str, Any]]] = []
        for each in self.of("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
            documents = [each.properties.get("PolicyDocument")]
            policies = self.maps(each.properties.get("Policies"))
            documents += [every.get("PolicyDocument") for every in policies]
            for document in self.maps(documents):
                found += [(each, every) for every in self.maps(document.get("Statement"))]
        return found

    # What is written down of it

    def line(
        self,
        resource: Resource | str,
        component: str,
        key: str,
        quantity: Number,
        how: str,
        *,
        part: str | None = None,
        note: str = "",
        assumed: Iterable[str] = (),
        region: str | None = None,
    ) -> Line:
        """Write a line; it is unknown where no book has a price for its key.

        `region` is another one whose price it has.
        """
        price = self.price(key, region)
        amount = Quantity.of(quantity)
        where = region or self.graph.region
        unknown = "" if price or not amount else f"no price of {key} in {where}"
        id, owner = self._names(resource, part)
        return Line(owner, component, id, key, price, amount, how, note, tuple(assumed), unknown)

    def unknown(
        self,
        resource: Resource | str,
        component: str,
        key: str,
        why: str,
        *,
        part: str | None = None,
        note: str = "",
        wants: str = "",
    ) -> Line:
        """Write a line whose price or quantity is not known, with the reason.

        `wants` is the measure that would make it known.
        """
        id, owner = self._names(resource, part)
        price = self.book.get(key)
        return Line(owner, component, id, key, price, ZERO, "", note, (), why, wants)

    def metered(
        self,
        resource: Resource,
        component: str,
        key: str,
        measure: str,
        *,
        per: float = 1,
        unit: str = "",
        part: str | None = None,
        note: str = "",
        assumed: Iterable[str] = (),
        region: str | None = None,
    ) -> Line:
        """Write a line for what is measured; unknown where nobody said how much.

        `per` of the measure are one unit of the price, e.g. 1000 requests.
        """
        said = self.said(measure, resource)
        if said is None:
            why = f"nobody said {measure} of {part or resource.label}"
            return self.unknown(resource, component, key, why, part=part, note=note, wants=measure)
        how = f"{said.quantity} {unit or measure}" + (f" / {per:,g}" if per != 1 else "")
        return self.line(
            resource,
            component,
            key,
            said.quantity / per,
            f"{how} ({said.by})",
            part=part,
            note=note,
            assumed=assumed,
            region=region,
        )

    def _names(self, resource: Resource | str, part: str | None) -> tuple[str, str]:
        """Give a line's resource and part; without parts, the service stands for them."""
        id = resource if isinstance(resource, str) else resource.id
        owner = part if part is not None else id
        if part is None and isinstance(resource, Resource):
            owner = resource.label
        there = self.graph.resources.get(owner)
        if there is not None and not there.part:
            return there.id, f"{SERVICE}{there.type.split('::')[1]}"
        return ("" if isinstance(resource, str) else id), owner


def _named(symbol: Symbol) -> str:
    """Name what a template leaves open, as its author would look for it."""
    if isinstance(symbol, Ref):
        return f"parameter {symbol.id}"
    if isinstance(symbol, GetAtt):
        return f"{symbol.id}.{symbol.attribute}"
    return getattr(symbol, "name", type(symbol).__name__)


Lines = Iterator[Line]

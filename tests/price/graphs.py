"""Small graphs to price, and books whose prices are said in the test."""

from collections.abc import Mapping
from typing import Any

from seatrial.graph import Graph, Resource
from seatrial.graph.annotations import Annotation
from seatrial.graph.graph import Origin
from seatrial.price.bill import Bill, bill
from seatrial.price.book import OURS, Book, Price, Tier, load
from seatrial.price.line import Line
from seatrial.price.quantity import Quantity
from seatrial.price.usage import Said, Usage

US_EAST_1 = load(OURS / "us-east-1.json")


def resource(id: str, type_: str, part: str = "", /, **properties: Any) -> Resource:
    return Resource(id, f"AWS::{type_}", properties, Origin(part) if part else None)


def graph(*resources: Resource, annotations: tuple[Annotation, ...] = (), **settings: Any) -> Graph:
    made = Graph("shop", "production", settings.pop("region", "us-east-1"), **settings)
    for each in resources:
        made.add(each)
    made.annotations.extend(annotations)
    return made


def usage(**said: Mapping[str, float | tuple[float, float, float]]) -> Usage:
    return Usage(
        {
            name.replace("_", "-"): {
                measure: Said(
                    Quantity(*value) if isinstance(value, tuple) else Quantity.of(value), "test"
                )
                for measure, value in measures.items()
            }
            for name, measures in said.items()
        }
    )


def price(key: str, *tiers: tuple[float, float]) -> Price:
    steps = tuple(Tier(float(start), float(usd)) for start, usd in tiers)
    return Price(key, "Offer", "Usage", "unit", steps, "a test", "2026-01-01")


def book(**prices: float | list[tuple[float, float]]) -> Book:
    found = {}
    for name, tiers in prices.items():
        key = name.replace("__", ".")
        found[key] = price(key, *(tiers if isinstance(tiers, list) else [(0, tiers)]))
    return Book("us-east-1", found)


def billed(
    made: Graph, said: Usage | None = None, *, from_: Book = US_EAST_1, free: bool = False
) -> Bill:
    return bill(made, from_, said or Usage(), allowances=free)


def lines(made: Graph, said: Usage | None = None, *, from_: Book = US_EAST_1) -> dict[str, Line]:
    """Give the lines of a graph by their component; a component that is there twice fails."""
    found: dict[str, Line] = {}
    for line in billed(made, said, from_=from_).lines:
        assert line.component not in found, line.component
        found[line.component] = line
    return found


def cents(line: Line) -> float:
    """Give what a line costs at expected traffic, to the cent."""
    return round(line.cost.expected + 1e-9, 2)

"""A figure at low, expected and high traffic, and arithmetic with it.

Takes numbers, gives numbers; it knows neither prices nor resources.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

Number = Union[float, "Quantity"]
HOURS = 730.0
"""Hours of a month, as AWS's own price pages count them."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Three figures: at low, expected and high traffic."""

    low: float
    expected: float
    high: float

    @classmethod
    def of(cls, value: Number) -> "Quantity":
        """Give a quantity; one number stands for every traffic."""
        return value if isinstance(value, Quantity) else cls(value, value, value)

    @property
    def steady(self) -> bool:
        """Tell whether it is the same at every traffic."""
        return self.low == self.expected == self.high

    def each(self, change: Callable[[float], float]) -> "Quantity":
        """Change each of the three figures."""
        return Quantity(change(self.low), change(self.expected), change(self.high))

    def with_(self, other: Number, combine: Callable[[float, float], float]) -> "Quantity":
        """Combine it with another, figure by figure."""
        there = Quantity.of(other)
        return Quantity(
            combine(self.low, there.low),
            combine(self.expected, there.expected),
            combine(self.high, there.high),
        )

    def __add__(self, other: Number) -> "Quantity":
        return self.with_(other, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other: Number) -> "Quantity":
        return self.with_(other, lambda a, b: a - b)

    def __mul__(self, other: Number) -> "Quantity":
        return self.with_(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> "Quantity":
        return self.with_(other, lambda a, b: a / b)

    def __neg__(self) -> "Quantity":
        return self.each(lambda a: -a)

    def at_least(self, other: Number) -> "Quantity":
        """Give the larger of the two, figure by figure."""
        return self.with_(other, max)

    def at_most(self, other: Number) -> "Quantity":
        """Give the smaller of the two, figure by figure."""
        return self.with_(other, min)

    def __str__(self) -> str:
        """Give `2`, or `2 / 5 / 20` where the three differ."""
        if self.steady:
            return plain(self.expected)
        return " / ".join(plain(each) for each in (self.low, self.expected, self.high))

    def __bool__(self) -> bool:
        return self != ZERO


ZERO = Quantity(0.0, 0.0, 0.0)


def plain(number: float) -> str:
    """Give a number as a person writes it: thousands apart, at most four digits after the point."""
    if abs(number) >= 1000 or number == int(number):
        return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
    return f"{number:.4f}".rstrip("0").rstrip(".") if abs(number) >= 0.001 else f"{number:.3g}"

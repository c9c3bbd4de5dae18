"""One line of the bill: what is paid for, how much of it, and why that much.

A line's cost is its quantity times its price. Where a price or a quantity is not
known, `unknown` says why, and the line costs nothing in a total that says so.
"""

from dataclasses import dataclass, replace

from seatrial.price.book import Price
from seatrial.price.quantity import ZERO, Quantity


@dataclass(frozen=True, slots=True)
class Line:
    """What one component of one part costs a month.

    `quantity` is in the unit of `price`; `how` is its arithmetic in words.
    `key` names the price also where the book does not have it. `before` is what
    other lines have taken of the same price, whose tiers are the account's.
    """

    part: str
    component: str
    resource: str
    key: str
    price: Price | None
    quantity: Quantity
    how: str
    note: str = ""
    assumed: tuple[str, ...] = ()
    unknown: str = ""
    wants: str = ""
    """The measure that nobody said, where that is why its cost is unknown."""
    before: Quantity = ZERO
    usd: float | None = None
    """US dollars of one unit where it is the user's own word, not a list price."""

    @property
    def known(self) -> bool:
        """Tell whether its cost is known."""
        return not self.unknown

    @property
    def empty(self) -> bool:
        """Tell whether it is known to cost nothing, because there is nothing of it."""
        return self.known and not self.quantity

    @property
    def cost(self) -> Quantity:
        """Give the US dollars a month; nothing where it is not known."""
        if self.unknown:
            return ZERO
        if self.usd is not None:
            return self.quantity * self.usd
        price = self.price
        if price is None:
            return ZERO
        if len(price.tiers) == 1:
            return self.quantity * price.tiers[0].usd
        return self.quantity.with_(self.before, lambda amount, start: _cost(price, start, amount))

    def after(self, before: Quantity) -> "Line":
        """Give the same line, after others have used the first tiers of its price."""
        return replace(self, before=before)


def _cost(price: Price, start: float, amount: float) -> float:
    """Give what an amount costs whose first unit is number `start` of the month."""
    ends = [each.start for each in price.tiers[1:]] + [float("inf")]
    for tier, end in zip(price.tiers, ends, strict=True):
        if tier.start <= start and start + amount <= end:
            return amount * tier.usd
    return price.cost(start + amount) - price.cost(start)

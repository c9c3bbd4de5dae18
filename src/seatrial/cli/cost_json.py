"""A bill as one JSON document."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from seatrial.cli.cost_text import assumed, left_out
from seatrial.price.bill import Bill
from seatrial.price.line import Line
from seatrial.price.quantity import HOURS, Quantity


def bill_json(bill: Bill, read: Sequence[str] = ()) -> str:
    """Give everything that a bill says, and what was assumed to `read` what it is of."""
    return json.dumps(
        {
            "system": bill.system,
            "environment": bill.environment,
            "region": bill.region,
            "currency": "USD",
            "hours": HOURS,
            "total": rounded(bill.total),
            "lines": [_line(each) for each in bill.lines],
            "free": [asdict(each) for each in bill.free],
            "left_out": left_out(bill.system, bill.unknown),
            "assumed": [*read, *assumed(bill)],
            "said_for_nothing": list(bill.unheard),
        },
        indent=2,
    )


def rounded(quantity: Quantity) -> dict[str, float]:
    """Give three figures without the noise of binary fractions."""
    return {name: round(value, 6) for name, value in asdict(quantity).items()}


def _line(line: Line) -> dict[str, Any]:
    return {
        "part": line.part,
        "component": line.component,
        "resource": line.resource or None,
        "cost": rounded(line.cost) if line.known else None,
        "quantity": rounded(line.quantity) if line.known else None,
        "how": line.how,
        "key": line.key or None,
        "price": asdict(line.price) if line.price else None,
        "usd": line.usd,
        "note": line.note,
        "assumed": list(line.assumed),
        "unknown": line.unknown or None,
        "wants": line.wants or None,
    }

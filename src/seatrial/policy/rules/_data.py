"""What AWS publishes, as dated tables beside the rules: read once, when a rule first asks.

Takes a table's name, gives it as it is written. Each table says where its figures come from.
"""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from seatrial.policy.plan import Plan

FOLDER = Path(__file__).parent.parent / "data"
SOON = timedelta(days=180)
"""How long before its end a version is told of."""


@cache
def table(name: str) -> Any:
    """Give one table, e.g. `lifecycles`."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def day(plan: Plan) -> date:
    """Give the day to hold versions against; unsaid, the day of the table."""
    return plan.today or date.fromisoformat(table("lifecycles")["date"])

"""What AWS publishes, as dated tables beside the rules: read once, when a rule first asks.

Takes a table's name, gives it as it is written. Each table says where its figures come from.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "data"


@cache
def table(name: str) -> Any:
    """Give one table, e.g. `lifecycles`."""
    return json.loads((FOLDER / f"{name}.json").read_text())

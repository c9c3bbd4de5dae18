"""Single values as CloudFormation takes them: a number or a yes or no, also written as a text.

Takes what a property holds, gives a Python value, or None where it is something else: a
symbol, an object, another text. It knows no defaults and resolves nothing.
"""

from math import isfinite
from typing import Any


def number(value: Any) -> float | None:
    """Give a number; `"80"` is one, `true` and `"nan"` are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):  # a text that is none, a whole number beyond floats
        return None
    if not isfinite(found):
        return None
    return value if isinstance(value, int) else found


def truth(value: Any) -> bool | None:
    """Give a yes or no; `"true"` is yes, however it is spelled."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None

"""Properties read with care: a template that others wrote may hold a symbol anywhere.

Each function takes whatever a property holds and gives nothing where it is not what was
expected; none raises, and none guesses.
"""

from typing import Any

from seatrial.graph.scalars import number, truth
from seatrial.graph.values import AtRun, GetAtt, Join, Pseudo, Ref, Secret

__all__ = ["at", "is_false", "is_true", "many", "maps", "number", "written"]


def at(value: Any, *steps: str | int) -> Any:
    """Walk into a value by names and positions; None where the way ends."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def maps(value: Any) -> list[dict[str, Any]]:
    """Give the objects of a list; one that stands alone is a list of one, as IAM has it."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def many(value: Any) -> list[Any]:
    """Give a list's members; what stands alone is a list of one, None of none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def is_true(value: Any) -> bool:
    """Tell whether a property is on; CloudFormation also takes the text `true`."""
    return truth(value) is True


def is_false(value: Any) -> bool:
    """Tell whether a property is said to be off; one that is unsaid or a symbol is not."""
    return truth(value) is False


def written(value: Any) -> str:  # noqa: PLR0911 - one answer a kind
    """Give a text with each symbol in it as `${...}`, "" for what is no text."""
    match value:
        case str():
            return value
        case Join(parts):
            return "".join(written(each) for each in parts)
        case Ref(name) | Pseudo(name):
            return f"${{{name}}}"
        case GetAtt(id, attribute):
            return f"${{{id}.{attribute}}}"
        case Secret(id, key):
            return f"${{{id}:{key}}}"
        case AtRun(_, aws):
            return aws
    return ""

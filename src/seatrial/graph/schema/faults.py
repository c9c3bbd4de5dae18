"""What is wrong with a value: kinds of values, ways to them, and faults.

Takes values with symbols as the graph holds them, gives the words for a
message. It knows CloudFormation's conversions ("80" is 80, and 80 is "80")
and no schema. It shows no value whose name speaks of a secret.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from seatrial.graph.values import SYMBOLS, Symbol
from seatrial.mistake import closest

Steps = tuple[Any, str | int] | None
"""The way to a value: the way to its parent, and its own name or index."""

Kinds = Callable[[Symbol], str]
"""Tells a symbol's kind: `string`, `array`, `object`, `absent`, or "" where nobody knows."""

KINDS: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
    tuple: "array",
    type(None): "null",
}
SYMBOLIC: frozenset[Any] = frozenset(SYMBOLS)
SCALARS = frozenset(("string", "boolean", "integer", "number"))
WORDS = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "null": "nothing",
}
HIDDEN = re.compile("password|secret|token|credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a schema refuses."""

    code: str
    steps: Steps
    problem: str
    right: str = ""


@dataclass(slots=True)
class Faults:
    """What was found; `unsure` when a symbol met a rule about its value."""

    kinds: Kinds
    found: list[Fault] = field(default_factory=list)
    unsure: bool = False
    trying: bool = False

    def add(self, code: str, steps: Steps, problem: str, right: str = "") -> None:
        """Note one fault."""
        self.found.append(Fault(code, steps, problem, right))

    def trial(self) -> "Faults":
        """Give an empty list for a branch that may not count."""
        return Faults(self.kinds, trying=True)

    def nearest(self, value: Any, known: Iterable[Any]) -> str:
        """Suggest one of the values that AWS takes: the nearest number, or the closest word."""
        number, numbers = number_of(value), [each for each in known if isinstance(each, int)]
        if number is None or not numbers or self.trying:
            return self.closest(spell_scalar(value), map(spell_scalar, known))
        near = min(numbers, key=lambda each: (abs(each - number), each))
        return f"The nearest that AWS takes is {near}."

    def closest(self, word: str, known: Iterable[str]) -> str:
        """Suggest what was probably meant; nothing while trying, because it takes long."""
        return "" if self.trying else closest(word, known)


def spell(steps: Steps) -> str:
    """Write a way as people do: `ContainerDefinitions[0].Image`."""
    names: list[str] = []
    while steps:
        steps, step = steps
        names.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(names)).removeprefix(".")


def show(value: Any, steps: Steps) -> str:
    """Quote a plain value for a message, shortened, unless it may be a secret."""
    if HIDDEN.search(spell(steps)):
        return "a value that is not shown"
    if isinstance(value, SYMBOLS):
        return f"a {type(value).__name__}"
    kind = KINDS.get(value.__class__)
    if kind is None or kind not in SCALARS:
        return WORDS.get(kind or "", f"a {type(value).__name__}")
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def spell_scalar(value: Any) -> str:
    """Write a scalar as CloudFormation compares it."""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def number_of(value: Any) -> float | None:
    """Read a number as CloudFormation would, None where it is none."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def fits(value: Any, kind: str, types: frozenset[str]) -> bool:
    """Tell whether CloudFormation can take a plain value for one of these types."""
    if kind in types:
        return True
    if kind not in SCALARS:
        return False
    if "string" in types:
        return True
    if "boolean" in types and str(value).lower() in ("true", "false"):
        return True
    number = number_of(value) if types & {"integer", "number"} else None
    return number is not None and ("number" in types or number.is_integer())


def is_there(value: Any, faults: Faults) -> bool:
    """Tell whether a property is set: AWS::NoValue is not."""
    return value.__class__ not in SYMBOLIC or faults.kinds(value) != "absent"

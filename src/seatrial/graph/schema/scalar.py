"""Hold a word, a number or a text against what one schema node says of it.

Takes the node's keywords and a value without symbols, gives faults. It knows
no other node.
"""

import math
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from seatrial.graph.schema.faults import Faults, Steps, number_of, show, spell_scalar
from seatrial.graph.schema.formats import FORMATS

# A literal longer than this is not matched: some of AWS's patterns backtrack.
LONGEST_MATCHED = 4_096
CHOICES = frozenset({"enum", "enumCaseInsensitive", "const"})
NUMBERS = frozenset({"minimum", "maximum", "multipleOf"})
TEXTS = frozenset({"minLength", "maxLength", "pattern", "format"})
KEYWORDS = CHOICES | NUMBERS | TEXTS


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern once."""
    return re.compile(pattern)


class Scalar:
    """What a node says of a value that is neither an object nor an array."""

    __slots__ = ("numeric", "raw", "textual", "words")

    def __init__(self, raw: dict[str, Any], words: Callable[[list[Any]], Iterable[str]]) -> None:
        self.raw = raw
        self.words = words
        """Gives an enumeration's words as they are compared."""
        self.numeric = not NUMBERS.isdisjoint(raw)
        self.textual = not TEXTS.isdisjoint(raw)

    def check(self, value: Any, steps: Steps, faults: Faults) -> None:
        """Note what is wrong with a value."""
        raw = self.raw
        text = spell_scalar(value)
        if "enum" in raw and text not in self.words(raw["enum"]):
            right = faults.nearest(value, raw["enum"])
            faults.add("wrong-value", steps, f"is {show(value, steps)}", right)
        if "enumCaseInsensitive" in raw:
            known = self.words(raw["enumCaseInsensitive"])
            if text.lower() not in known:
                faults.add(
                    "wrong-value", steps, f"is {show(value, steps)}", faults.closest(text, known)
                )
        if "const" in raw and text != spell_scalar(raw["const"]):
            right = f"AWS takes {raw['const']!r} only here."
            faults.add("wrong-value", steps, f"is {show(value, steps)}", right)
        if self.numeric:
            self._number(value, steps, faults)
        if self.textual:
            self._text(text, steps, faults)

    def _number(self, value: Any, steps: Steps, faults: Faults) -> None:
        raw = self.raw
        number = number_of(value)
        if number is None:
            return
        if number < raw.get("minimum", number):
            right = f"AWS takes {raw['minimum']} or more."
            faults.add("out-of-range", steps, f"is {show(value, steps)}", right)
        elif number > raw.get("maximum", number):
            right = f"AWS takes {raw['maximum']} or less."
            faults.add("out-of-range", steps, f"is {show(value, steps)}", right)
        elif "multipleOf" in raw and not _is_multiple(number, raw["multipleOf"]):
            right = f"AWS takes multiples of {raw['multipleOf']}."
            faults.add("out-of-range", steps, f"is {show(value, steps)}", right)

    def _text(self, text: str, steps: Steps, faults: Faults) -> None:
        raw = self.raw
        if len(text) < raw.get("minLength", 0):
            right = f"AWS takes {raw['minLength']} or more."
            faults.add("wrong-length", steps, f"has {len(text)} characters", right)
        elif len(text) > raw.get("maxLength", len(text)):
            right = f"AWS takes {raw['maxLength']} or fewer."
            faults.add("wrong-length", steps, f"has {len(text)} characters", right)
        elif len(text) > LONGEST_MATCHED:
            return
        elif "pattern" in raw and not compiled(raw["pattern"]).search(text):
            right = f"AWS's pattern for it is {raw['pattern']}"
            faults.add("wrong-pattern", steps, f"is {show(text, steps)}", right)
        elif (known := FORMATS.get(raw.get("format", ""))) and not known.takes(text):
            problem = f"is {show(text, steps)}"
            faults.add("wrong-format", steps, problem, f"AWS takes {known.says} here.")


def _is_multiple(number: float, step: float) -> bool:
    """Say whether a number is a multiple, as decimals are written: 10 is one of 0.1."""
    return math.isclose(number / step, round(number / step), rel_tol=1e-9)

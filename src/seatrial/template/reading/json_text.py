"""JSON as data, with the lines of what stands at its first two levels.

Python's own decoder gives values without places, so the first two levels are walked
here, and each value below is the decoder's.
"""

import json
import re
from collections.abc import Iterator
from json.decoder import WHITESPACE  # type: ignore[attr-defined]  # untyped, but there since 2.6
from math import isfinite
from typing import Any

from seatrial.mistake import Mistake, Place
from seatrial.template.reading.refused import too_deep, twice

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)
_LONE = re.compile(r"\\u[dD][89a-fA-F]")


LONGEST = 31
"""Digits of a whole number; AWS has none of half as many."""


class _Twice(Exception):
    """A key stands twice somewhere inside a value."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Twice
    return made


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def _int(text: str) -> int:
    if len(text) > LONGEST:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_float, parse_int=_int
)


def parse_json(text: str, name: str) -> tuple[Any, dict[tuple[str, ...], int]]:
    """Give the data and the lines of its sections and their entries."""
    walk = _Walk(text)
    try:
        data = walk.whole()
        if _LONE.search(text):
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        said = error.msg[0].lower() + error.msg[1:]
        raise Mistake(f"this is not JSON: {said}.", Place(name, error.lineno)) from None
    except _Twice:
        key, at = next(_repeated(text), ("a key", 0))
        raise twice(key, name, text.count("\n", 0, at) + 1) from None
    except UnicodeEncodeError:
        raise Mistake("this holds half a character (\\uD800 to \\uDFFF).", Place(name)) from None
    except ValueError as error:  # a number of thousands of digits, NaN
        raise Mistake(
            f"this is not JSON: {error}.", Place(name, text.count("\n", 0, walk.at) + 1)
        ) from None
    except RecursionError:
        raise too_deep(name) from None
    return data, walk.lines


class _Walk:
    """One way through a text, noting lines as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: dict[tuple[str, ...], int] = {}
        self.at = 0
        self._line, self._counted = 1, 0

    def blank(self, at: int) -> int:
        """Give where the next token begins."""
        end: int = WHITESPACE.match(self.text, at).end()
        return end

    def whole(self) -> Any:
        """Read the one value of the text."""
        data = self.value(self.blank(0), ())
        if self.at < len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, self.at)
        return data

    def value(self, at: int, above: tuple[str, ...]) -> Any:
        """Read a value; an object of the first two levels key by key."""
        if len(above) == 2 or self.text[at : at + 1] != "{":
            self.at = at
            data, end = _DECODER.raw_decode(self.text, at)
            self.at = self.blank(end)
            return data
        made: dict[str, Any] = {}
        at = self.blank(at + 1)
        if self.text[at : at + 1] == "}":
            self.at = self.blank(at + 1)
            return made
        while True:
            key = self._key(at, above)
            if key in made:
                raise _Twice
            made[key] = self.value(self.at, (*above, key))
            mark, at = self.text[self.at : self.at + 1], self.blank(self.at + 1)
            if mark == "}":
                self.at = at
                return made
            if mark != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", self.text, self.at)

    def _key(self, at: int, above: tuple[str, ...]) -> str:
        if self.text[at : at + 1] != '"':
            wanted = "Expecting property name enclosed in double quotes"
            raise json.JSONDecodeError(wanted, self.text, at)
        self.at = at
        key, end = _DECODER.raw_decode(self.text, at)
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        self.lines[*above, key] = self._line
        end = self.blank(end)
        if self.text[end : end + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", self.text, end)
        self.at = self.blank(end + 1)
        return str(key)


def _repeated(text: str) -> Iterator[tuple[str, int]]:
    """Give the keys that stand twice in their object, and where; the text is JSON."""
    above: list[set[str] | None] = []
    last = None
    for token in _TOKEN.finditer(text):
        said = token.group()
        if said in "{[":
            above.append(set() if said == "{" else None)
        elif said in "}]":
            above.pop()
        elif said == ":" and last is not None and (keys := above[-1]) is not None:
            key = json.loads(last.group())
            if key in keys:
                yield key, last.start()
            keys.add(key)
        last = token

"""Read AWS's offer file in JSON as it arrives, one product or rate at a time.

The file is `{..., "publicationDate": ..., "products": {SKU: {...}}, "terms": {"OnDemand":
{SKU: {...}}, "Reserved": {...}}}` and can be hundreds of megabytes in one line. What is
held is one window of text, never the whole; what comes after the on-demand terms is not
read at all.
"""

import json
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any, TextIO

from seatrial.price.offers import Header, Matching, NotAnOffer

WINDOW = 1 << 18
"""Characters that are read at a time."""


def read(stream: TextIO, matching: Matching) -> Header:
    """Hand every product and every on-demand rate to `matching`; give the file's header."""
    try:
        return _read(_Window(stream), matching)
    except (KeyError, TypeError, AttributeError):
        raise NotAnOffer("a product or a rate has not the form that AWS gives it") from None


def _read(window: "_Window", matching: Matching) -> Header:
    said: dict[str, str] = {}
    for name in window.members():
        if name == "products":
            for sku in window.members():
                product = window.value()
                attributes = product["attributes"]
                if matching.may(attributes.get("usagetype", "")):
                    family = {"productFamily": product.get("productFamily", "")}
                    matching.product(sku, family | attributes)
        elif name == "terms":
            for kind in window.members():
                if kind != "OnDemand":
                    window.value()
                    continue
                _on_demand(window, matching)
                return Header.of(said)
        else:
            value = window.value()
            if isinstance(value, str):
                said[name] = value
    raise NotAnOffer("it has no on-demand terms")


def _on_demand(window: "_Window", matching: Matching) -> None:
    for sku in window.members():
        terms = window.value()
        if not matching.wants(sku):
            continue
        for term in terms.values():
            if term.get("termAttributes", {}).get("LeaseContractLength"):
                continue  # ElastiCache lists reservations here, too
            for rate in term["priceDimensions"].values():
                usd = rate["pricePerUnit"].get("USD")
                if usd is not None:
                    matching.rate(sku, rate["beginRange"], usd)


class _Window:
    """The text that was read and not yet used, and the one place in it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode

    def members(self) -> Iterator[str]:
        """Walk an object: give each name, with the place at its value, which the caller reads."""
        self._take("{")
        if self._next() == "}":
            self._at += 1
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise NotAnOffer("an object has a name that is not text")
            self._take(":")
            yield name
            if self._next() == "}":
                self._at += 1
                return
            self._take(",")

    def value(self) -> Any:
        """Read the value at the place, however many windows it takes."""
        self._next()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except JSONDecodeError:
                if self._ended:
                    raise NotAnOffer("it ends in the middle, or is not JSON") from None
            else:
                # A number at the very end of the window may go on in the next one.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._more(len(self._text) - self._at)

    def _next(self) -> str:
        """Skip white space; give the character at the place without taking it."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                raise NotAnOffer("it ends in the middle")
            self._more(0)

    def _take(self, character: str) -> None:
        if self._next() != character:
            raise NotAnOffer(f"it has {self._text[self._at]!r} where {character!r} belongs")
        self._at += 1

    def _more(self, held: int) -> None:
        # At least as much again as is held: a value is tried a logarithmic number of times.
        read = self._stream.read(max(WINDOW, held))
        self._ended = not read
        self._text = self._text[self._at :] + read
        self._at = 0

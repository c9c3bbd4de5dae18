"""Read AWS's offer file in CSV, row by row.

Five rows say what the file is (`"Publication Date","2026-10-07T16:54:08Z"`), the sixth
names the columns, and each further row is one rate with all of its product's attributes.
Only on-demand rates in US dollars are handed on; one row is held at a time.
"""

import csv
from collections.abc import Iterator
from typing import TextIO

from seatrial.price.offers import Header, Matching, NotAnOffer, plain

NAMED = 5
"""Rows before the names of the columns."""

NEEDED = ("sku", "termtype", "startingrange", "priceperunit", "currency", "usagetype")


def read(stream: TextIO, matching: Matching) -> Header:
    """Hand every on-demand rate to `matching`; give the file's header."""
    try:
        return _read(csv.reader(stream, strict=True), matching)
    except csv.Error as error:
        raise NotAnOffer(f"it ends in the middle, or is not CSV ({error})") from None


def _read(rows: Iterator[list[str]], matching: Matching) -> Header:
    try:
        said = dict(pair[:2] for _, pair in zip(range(NAMED), rows, strict=False))
        columns = {plain(name): index for index, name in enumerate(next(rows))}
    except (StopIteration, ValueError):
        raise NotAnOffer("it has not the six rows that an offer file begins with") from None
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise NotAnOffer(f"it has no column {missing[0]}")
    sku, term, start, usd, currency, usage_type = (columns[name] for name in NEEDED)
    for row in rows:
        if len(row) < len(columns):
            raise NotAnOffer("a row ends in the middle")
        if row[term] != "OnDemand" or row[currency] != "USD" or not matching.may(row[usage_type]):
            continue
        known = matching.wants(row[sku]) or matching.product(
            row[sku], {name: row[index] for name, index in columns.items()}
        )
        if known:
            matching.rate(row[sku], row[start], row[usd])
    return Header.of({plain(name): value for name, value in said.items()})

"""The `aws` provider's schemas, packed.

Takes the name of a resource or data source, gives its schema. The pack is
written by `scripts/refresh-terraform`; only what Seatrial writes is in it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seatrial.graph.schema.lines import Lines, read_lines
from seatrial.terraform.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    TEXT,
    Attribute,
    Kind,
    Many,
    Object,
)

FILE = Path(__file__).parent / "data/aws.tsv"
SCALARS = {"string": TEXT, "number": NUMBER, "bool": BOOL, "dynamic": DYNAMIC}


@cache
def pack() -> Lines:
    """Open the pack."""
    return read_lines(FILE)


@cache
def aws_schema(name: str) -> Object:
    """Give a resource's schema, or a data source's as `data.NAME`; KeyError for another."""
    return _object(pack()[name])


def _object(packed: Mapping[str, Any]) -> Object:
    attributes = {
        name: Attribute(name, _kind(kind), mode)
        for name, (kind, mode) in packed["attributes"].items()
    }
    for name, block in packed["blocks"].items():
        inner: Kind = _object(block)
        if block["nesting"] != "single":
            inner = Many(block["nesting"], inner)
        attributes[name] = Attribute(name, inner, block["mode"], "", True, block["many"])
    return Object(attributes)


def _kind(packed: Any) -> Kind:
    if isinstance(packed, str):
        return SCALARS[packed]
    nesting, inner = packed
    return Many(nesting, _kind(inner))

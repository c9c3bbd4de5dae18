"""The subnets that a database may be in: those for data, of every zone."""

from typing import Literal

from seatrial.graph import Resource
from seatrial.language.part import Part
from seatrial.lower.context import Lowering


def add(lowering: Lowering, part: Part, service: Literal["RDS", "DocDB"] = "RDS") -> Resource:
    """Add the group that a database names."""
    return lowering.add(
        part,
        "Subnets",
        f"AWS::{service}::DBSubnetGroup",
        {
            "DBSubnetGroupDescription": f"Private subnets for {part.name}",
            "SubnetIds": lowering.data_subnets,
        },
    )

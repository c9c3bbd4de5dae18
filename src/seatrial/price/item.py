"""What AWS bills: one entry of the catalogue, its unit, and how a region is written in it.

Plain data; nothing here reads a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CLASS = "{class}"
"""Stands in a key for the class of an instance."""

PREFIXES = {
    "us-east-1": "USE1",
    "us-east-2": "USE2",
    "us-west-1": "USW1",
    "us-west-2": "USW2",
    "ca-central-1": "CAN1",
    "ca-west-1": "CAN2",
    "mx-central-1": "MXC1",
    "sa-east-1": "SAE1",
    "eu-west-1": "EU",
    "eu-west-2": "EUW2",
    "eu-west-3": "EUW3",
    "eu-central-1": "EUC1",
    "eu-north-1": "EUN1",
    "eu-south-1": "EUS1",
    "af-south-1": "AFS1",
    "me-south-1": "MES1",
    "ap-east-1": "APE1",
    "ap-east-2": "APE2",
    "ap-northeast-1": "APN1",
    "ap-northeast-2": "APN2",
    "ap-northeast-3": "APN3",
    "ap-southeast-1": "APS1",
    "ap-southeast-2": "APS2",
    "ap-south-1": "APS3",
    "ap-southeast-3": "APS4",
    "ap-south-2": "APS5",
    "ap-southeast-4": "APS6",
    "ap-southeast-5": "APS7",
    "ap-southeast-6": "APS8",
    "ap-southeast-7": "APS9",
}
"""Region -> the prefix of its usage types.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-region-billing-codes.html
"""

SIZE = r"[a-z0-9-]+(?:\.[a-z0-9-]+){1,3}"
"""A class as AWS writes it: `t3.medium`, `db.r5.xlarge`, `ml.g5.xlarge`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that AWS bills.

    `usage_type` is a pattern after the region's prefix: `*` stands for anything, `{class}` for
    the class, `|` parts two ways that AWS writes it. `where` names the attributes that leave one
    SKU of several; `per` is how many units of the offer are one of ours (1,000 requests); `of`
    names the attribute that holds the class, where the usage type abbreviates it (`db.r5.xl`).
    `world` items have no region: their usage type is written in full.
    """

    key: str
    offer: str
    usage_type: str
    unit: str
    where: Mapping[str, str] = field(default_factory=dict)
    per: float = 1
    of: str = ""
    world: bool = False


UNITS = {
    "hour": "_h",
    "month": "_mo",
    "GB-month": "_gb_mo",
    "GB-hour": "gb_h",
    "vCPU-hour": "vcpu_h",
    "ACU-hour": "acu_h",
    "LCU-hour": "lcu_h",
    "GB": "gb",
    "GB-second": "_gb_s",
    "minute": "_min",
    "run": "_run",
    "IOPS-month": "_iops_mo",
    "MB/s-month": "_mbps_mo",
    "1,000": "_1k",
    "10,000": "_10k",
    "100,000": "_100k",
    "1,000,000": "_1m",
}
"""The units that a price can have."""

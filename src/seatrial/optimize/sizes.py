"""Sizes that are as large on another processor, and the next smaller ones.

Takes and gives AWS's names of sizes; it knows no price. Only families whose members have
the same number of vCPUs and the same memory, size by size, stand for one another.
"""

import re
from collections.abc import Collection

GRAVITON = {
    "t3": ("t4g",),
    "m5": ("m6g", "m7g", "m8g"),
    "m6i": ("m6g", "m7g", "m8g"),
    "r5": ("r6g", "r7g", "r8g"),
    "r6i": ("r6g", "r7g", "r8g"),
    "c5": ("c6g", "c7g", "c8g"),
    "m6g": ("m7g", "m8g"),
    "r6g": ("r7g", "r8g"),
    "m7g": ("m8g",),
    "r7g": ("r8g",),
}
"""Family -> later or Arm families with the same vCPUs and memory, size by size.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html
"""

_SMALLER = (
    "nano",
    "micro",
    "small",
    "medium",
    "large",
    "xlarge",
    "2xlarge",
    "4xlarge",
    "8xlarge",
    "12xlarge",
    "16xlarge",
    "24xlarge",
)
_SIZE = re.compile(r"(?P<before>(?:db\.|cache\.|kafka\.|ml\.)?)(?P<family>[a-z0-9]+)\.(?P<rest>.+)")


def alike(size: str, known: Collection[str]) -> list[str]:
    """Give the sizes of `known` that are as large, on later or Arm processors."""
    found = _SIZE.fullmatch(size)
    if not found:
        return []
    named = [
        f"{found['before']}{family}.{found['rest']}" for family in GRAVITON.get(found["family"], ())
    ]
    return [each for each in named if each in known]


def smaller(size: str, known: Collection[str]) -> str | None:
    """Give the next smaller size of the same family; None where there is none in `known`."""
    found = _SIZE.fullmatch(size)
    word, dot, service = found["rest"].partition(".") if found else ("", "", "")
    if not found or word not in _SMALLER:
        return None
    for each in reversed(_SMALLER[: _SMALLER.index(word)]):
        named = f"{found['before']}{found['family']}.{each}{dot}{service}"
        if named in known:
            return named
    return None

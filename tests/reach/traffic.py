"""Random rules: what the security groups and network ACLs of a random network say."""

from dataclasses import dataclass
from random import Random

BEYOND = "198.51.100.0/24"
SIX = "2001:db8:ffff::/48"
"""Somebody's blocks on the internet."""
CIDRS = (
    "0.0.0.0/0",
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/24",
    "10.0.0.0/24",
    "10.0.0.0/28",
    "10.0.0.16/28",
    "10.0.0.0/27",
    "10.0.0.4/30",
    "10.0.0.8/29",
    "10.0.0.21/32",
    "10.0.0.5/32",
    "10.1.0.0/24",
    "10.0.0.0/8",
    "198.51.100.0/24",
    "203.0.113.0/25",
    "203.0.113.0/24",
)
CIDRS6 = ("::/0", "::/0", "2001:db8:1::/120", "2001:db8:1::10/124", "2001:db8:1::4/126", SIX)
LISTS = (["203.0.113.0/25", "0.0.0.0/0"], [BEYOND], [SIX], [BEYOND, "10.0.0.0/28"])
"""The prefix lists of the network; the last one is for rules alone."""
MANAGED = "s3"
"""A prefix list of AWS's own: `list:s3`."""
# (protocol, first port, last port) as a rule has them.
RANGES = (
    ("-1", 0, 65535),
    ("-1", 0, 65535),
    ("tcp", 22, 22),
    ("tcp", 80, 80),
    ("tcp", 80, 443),
    ("tcp", 443, 443),
    ("tcp", 5432, 5432),
    ("tcp", 8000, 8000),
    ("udp", 53, 53),
    ("tcp", 0, 65535),
    ("tcp", 0, 1023),
    ("tcp", 1024, 65535),
    ("tcp", 32768, 61000),
    ("tcp", 61001, 65535),
    ("udp", 1024, 65535),
)


@dataclass
class Rule:
    """A security group's rule; `cidr`, `list` or `group` is the other end."""

    protocol: str
    low: int
    high: int
    cidr: str = ""
    group: int = -1
    list: str = ""


@dataclass
class Entry:
    """A network ACL's entry."""

    number: int
    allow: bool
    protocol: str
    low: int
    high: int
    cidr: str


def block(dice: Random, six: bool) -> str:
    """Give a block of addresses that a rule may speak of."""
    return dice.choice(CIDRS6 if six and dice.random() < 0.4 else CIDRS)


def entries(dice: Random, six: bool) -> list[Entry]:
    """Give the entries of a network ACL, one way."""
    numbers = sorted(dice.sample(range(1, 100), dice.randint(1, 4)))
    found = []
    for number in numbers:
        protocol, low, high = dice.choice(RANGES)
        allow = dice.random() < 0.7
        found.append(Entry(number, allow, protocol, low, high, block(dice, six)))
    for number, cidr in ((200, "0.0.0.0/0"), *([(201, "::/0")] if six else [])):
        if dice.random() < 0.6:
            found.append(Entry(number, True, "-1", 0, 65535, cidr))
    return found


def rule(dice: Random, groups: int, six: bool) -> Rule:
    """Give a rule of a security group, where there are so many groups."""
    protocol, low, high = dice.choice(RANGES)
    chance = dice.random()
    if chance < 0.35:
        return Rule(protocol, low, high, group=dice.randrange(groups))
    if chance < 0.5:
        return Rule(protocol, low, high, list=dice.choice(["0", "1", "2", "3", MANAGED]))
    return Rule(protocol, low, high, cidr=block(dice, six))

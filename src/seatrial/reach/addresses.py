"""Addresses: blocks of them, and as many single ones as it takes to stand for all.

A block is cut wherever a rule begins or ends, so that one address of each piece
answers for the whole piece, and an answer is exact without trying every address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_network

BITS = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class Block:
    """The addresses from `low` to `high` of one family (4 or 6)."""

    family: int
    low: int
    high: int

    def covers(self, other: "Block") -> bool:
        """Tell whether the whole of another block is inside."""
        return self.family == other.family and self.low <= other.low and other.high <= self.high

    def meets(self, other: "Block") -> bool:
        """Tell whether they have an address in common."""
        return self.family == other.family and self.low <= other.high and other.low <= self.high

    @property
    def size(self) -> int:
        """Give how many addresses it has."""
        return self.high - self.low + 1

    @property
    def everything(self) -> bool:
        """Tell whether it is the whole family."""
        return self.low == 0 and self.high == (1 << BITS[self.family]) - 1


@dataclass(frozen=True, slots=True)
class Address:
    """One address; `number` None is one that only AWS knows, of the networks in `lists`.

    `lists` names the prefix lists of AWS's that it stands for: `cloudfront`, `s3`, `dynamodb`.
    `private` tells whether it is inside a VPC.
    """

    family: int
    number: int | None
    private: bool
    lists: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def block(text: str) -> Block | None:
    """Read a CIDR block or a single address; None where it is neither."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    family = 4 if isinstance(network, IPv4Network) else 6
    return Block(family, int(network.network_address), int(network.broadcast_address))


def written(one: Block) -> str:
    """Write a block as a CIDR, or its first and last address where it is none."""
    make = IPv4Address if one.family == 4 else IPv6Address
    low, high = make(one.low), make(one.high)
    length = BITS[one.family] - (one.size.bit_length() - 1)
    whole = block(f"{low}/{length}")
    return f"{low}/{length}" if whole == one else f"{low}-{high}"


def known(text: str) -> Block:
    """Read a block that is written here."""
    found = block(text)
    assert found is not None
    return found


ANYWHERE = {4: known("0.0.0.0/0"), 6: known("::/0")}
PRIVATE = tuple(
    known(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Addresses that nobody has on the internet (RFC 1918, RFC 6598, RFC 4193)."""
NEVER_PUBLIC = tuple(
    known(each) for each in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
UNICAST_6 = known("2000::/3")


def subtract(blocks: Iterable[Block], taken: Iterable[Block]) -> list[Block]:
    """Give what is left of blocks when others are taken out."""
    left = list(blocks)
    for each in taken:
        following = []
        for one in left:
            if not one.meets(each):
                following.append(one)
                continue
            if one.low < each.low:
                following.append(Block(one.family, one.low, each.low - 1))
            if one.high > each.high:
                following.append(Block(one.family, each.high + 1, one.high))
        left = following
    return left


def internet(own: Iterable[Block]) -> list[Block]:
    """Give the addresses of the internet: all but private ones and the networks' `own`."""
    whole = [ANYWHERE[4], UNICAST_6]
    return subtract(whole, [*PRIVATE, *NEVER_PUBLIC, *own])


def representatives(blocks: Iterable[Block], cuts: Iterable[Block]) -> list[tuple[Block, int]]:
    """Give one address for each way in which addresses of `blocks` lie in or out of `cuts`.

    What lies in the fewest of them comes first.
    """
    wanted = set(cuts)
    found: dict[frozenset[Block], tuple[Block, int]] = {}
    for one in blocks:
        near = [each for each in wanted if each.meets(one) and not each.covers(one)]
        edges = {one.low}
        for each in near:
            edges.add(max(each.low, one.low))
            if each.high < one.high:
                edges.add(each.high + 1)
        around = [each for each in wanted if each.covers(one)]
        for edge in sorted(edges):
            inside = frozenset([*around, *(each for each in near if each.low <= edge <= each.high)])
            found.setdefault(inside, (one, edge))
    return [found[each] for each in sorted(found, key=len)]

"""The gates that a packet passes, each judged alone: what is let through, and by which property.

Takes a network and single addresses; gives, for each security group and network ACL, the
ports that it lets through. A gate knows nothing of the others on the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.reach import ports
from seatrial.reach.addresses import Address, Block
from seatrial.reach.interfaces import Interface
from seatrial.reach.network import Network, Subnet
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property, Rule, covers

Grants = tuple[tuple[Ports, Property], ...]
"""Ports that are let through, each with the property that does so."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate on one way.

    `kind` is what it is (`egress`, `ingress`, `acl in`, `acl out`, `answers`, `route`,
    `address`, `door`), `holder` the resource that has it; `shut` is where it is kept closed,
    or what decides, and `why` what else is to be said of it.
    """

    kind: str
    holder: str
    grants: Grants
    shut: Property
    why: str = ""

    @property
    def ports(self) -> Ports:
        """Give what it lets through."""
        if len(self.grants) == 1:
            return self.grants[0][0]
        return ports.union(each for each, _ in self.grants)


def open_gate(kind: str, holder: str, at: Property, why: str = "") -> Gate:
    """Give a gate that lets everything through."""
    return Gate(kind, holder, ((ports.ALL, at),), at, why)


def closed_gate(kind: str, holder: str, at: Property, why: str = "") -> Gate:
    """Give a gate that lets nothing through."""
    return Gate(kind, holder, (), at, why)


class Ruling:
    """The rules of the security groups of one interface, sorted by who is at the other end."""

    __slots__ = ("blocks", "by_group", "others")

    def __init__(self, rules: list[Rule]) -> None:
        self.by_group: dict[str, list[Rule]] = {}
        self.others = [each for each in rules if not each.group]
        for each in rules:
            if each.group:
                self.by_group.setdefault(each.group, []).append(each)
        self.blocks = tuple({each.block: None for each in self.others if each.block is not None})

    def grants(self, address: Address, groups: frozenset[str]) -> Grants:
        """Give what is let through to or from somebody."""
        named = [rule for group in groups for rule in self.by_group.get(group, ())]
        near = [rule for rule in self.others if rule.covers(address)]
        return tuple((rule.ports, rule.at) for rule in (*named, *near))


class Gates:
    """The gates of one network; what was judged once is remembered."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._rulings: dict[tuple[frozenset[str], bool], Ruling] = {}
        self._acls: dict[tuple[str, bool, Address], tuple[Grants, Grants]] = {}
        self._blocks: dict[str, tuple[Block, ...]] = {}

    def ruling(self, groups: frozenset[str], inward: bool) -> Ruling:
        """Give the rules of several groups: any of them may let something through."""
        key = (groups, inward)
        if key not in self._rulings:
            there = [self.network.rules.group(each) for each in sorted(groups)]
            self._rulings[key] = Ruling(
                [rule for each in there for rule in (each.ingress if inward else each.egress)]
            )
        return self._rulings[key]

    def most(self, source: Interface, target: Interface) -> Ports:
        """Give the ports that the security groups could let through, whatever the addresses."""
        found = ports.ALL
        for groups, other, inward in (
            (target.groups, source.groups, True),
            (source.groups, target.groups, False),
        ):
            if groups is not None:
                ruling = self.ruling(groups, inward)
                named = [r for g in other or () for r in ruling.by_group.get(g, ())]
                found = ports.both(found, ports.union(r.ports for r in (*named, *ruling.others)))
        return found

    def security(
        self, interface: Interface, inward: bool, other: Address, groups: frozenset[str] | None
    ) -> Gate:
        """Judge an interface's security groups for traffic to or from somebody."""
        kind = "ingress" if inward else "egress"
        if interface.groups is None:
            return open_gate(kind, interface.id, interface.grouped, "no security group is asked")
        ruling = self.ruling(interface.groups, inward)
        holder = ", ".join(sorted(interface.groups))
        grants = ruling.grants(other, groups or frozenset())
        name = "SecurityGroupIngress" if inward else "SecurityGroupEgress"
        return Gate(
            kind, holder, grants, Property(min(interface.groups, default=interface.id), name)
        )

    def acl(self, subnet: Subnet, inward: bool, other: Address) -> Gate:
        """Judge a subnet's network ACL for packets to or from somebody."""
        grants, denied = self._entries(subnet.acl, inward, other)
        at = denied[0][1] if denied else Property(subnet.acl)
        return Gate("acl in" if inward else "acl out", subnet.acl, grants, at, subnet.id)

    def answers(
        self, crossed: list[tuple[Subnet, bool, Address]], clients: Ports
    ) -> Iterator[Gate]:
        """Judge the network ACLs that answers cross, towards the port that the client chose.

        A network ACL does not know which packet is an answer; all of them must let through one
        and the same port: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
        """
        left = clients
        for subnet, inward, other in crossed:
            grants, denied = self._entries(subnet.acl, inward, other)
            passed = ports.both(left, ports.union(each for each, _ in grants))
            found = tuple(
                (whole, at)
                for whole in (ports.TCP_ALL, ports.UDP_ALL)
                for at in self._first(grants, ports.both(passed, whole))
            )
            left = passed or clients
            shut = denied[0][1] if denied else Property(subnet.acl)
            kind = "answers in" if inward else "answers out"
            yield Gate(kind, subnet.acl, found, shut, subnet.id)

    def _first(self, grants: Grants, wanted: Ports) -> list[Property]:
        """Give the first property that lets any of some ports through."""
        return [at for allowed, at in grants if ports.both(allowed, wanted)][:1]

    def _entries(self, acl: str, inward: bool, other: Address) -> tuple[Grants, Grants]:
        key = (acl, inward, other)
        if key not in self._acls:
            there = self.network.rules.acl(acl)
            left = ports.ALL
            granted: list[tuple[Ports, Property]] = []
            denied: list[tuple[Ports, Property]] = []
            for entry in there.inbound if inward else there.outbound:
                if not covers(entry.block, other):
                    continue
                taken = ports.both(entry.ports, left)
                if taken:
                    (granted if entry.allow else denied).append((taken, entry.at))
                    left = ports.without(left, entry.ports)
                if not left:
                    break
            self._acls[key] = (tuple(granted), tuple(denied))
        return self._acls[key]

    def cuts(self, groups: frozenset[str] | None, inward: bool, subnet: Subnet) -> list[Block]:
        """Give the blocks that tell addresses apart for whoever meets these groups and subnet."""
        found = list(self.ruling(groups, inward).blocks) if groups else []
        if subnet.id not in self._blocks:
            table = self.network.tables.get(subnet.table)
            routes = [each.block for each in table.routes if each.block] if table else []
            acl = self.network.rules.acl(subnet.acl)
            self._blocks[subnet.id] = tuple(dict.fromkeys([*acl.blocks, *routes]))
        found += self._blocks[subnet.id]
        return found

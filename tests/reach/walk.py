"""A walk through a small network, packet by packet, as plainly as AWS's documentation tells it.

It tries every address, every port of interest and several client ports: a request passes
the sender's security group, the network ACLs and routes, the receiver's security group;
then its answer goes back. Nothing of `seatrial.reach` is used here.
"""

from collections.abc import Iterator
from functools import cache

from tests.reach.networks import Card, Net, Node, Targets, span
from tests.reach.traffic import LISTS, Entry, Rule

PORTS = (("tcp", 22), ("tcp", 80), ("tcp", 443), ("tcp", 5432), ("tcp", 8000), ("udp", 53))
NOWHERE = span("8.8.8.8/32")[0]
"""An address that no block but the whole names: it stands for all that nobody knows."""
OUTSIDE = (
    NOWHERE,
    *(span(f"{each}/32")[0] for each in ("198.51.100.7", "203.0.113.5", "203.0.113.200")),
    *(span(f"{each}/128")[0] for each in ("2a00::1", "2001:db8:ffff::1")),
    *(span(f"2001:db8:1::{each}/128")[0] for each in ("5", "15", "80")),
)
"""Addresses on the internet, one for each block that a rule may speak of."""
STRANGERS = (NOWHERE, span("2a00::1/128")[0])
CLIENTS = (1024, 5432, 8000, 32767, 32768, 61000, 61001, 65535)
"""Client ports: one or two on each side of every edge that a rule may have."""
FOUR = 1 << 32
Doors = set[tuple[str, int]]
inside = cache(span)


def within(cidr: str, address: int) -> bool:
    """Tell whether an address is in a block."""
    low, high = inside(cidr)
    return low <= address <= high


class Walk:
    """One network, walked."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.nodes = {each.name: each for each in net.nodes}
        own = [each.six for each in net.vpcs if each.six]
        self.outside = [a for a in OUTSIDE if not any(within(block, a) for block in own)]

    def addresses(self, card: Card) -> list[tuple[int, int]]:
        """Give every address that a network interface may have, with its subnet.

        https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
        """
        found = []
        for index in card.subnets:
            subnet = self.net.subnets[index]
            blocks = [] if card.fixed else [subnet.cidr]
            blocks += [subnet.six] if card.six else []
            for block in blocks:
                low, high = inside(block)
                found += [(address, index) for address in range(low + 4, high)]
        if card.fixed:
            found.append((inside(f"{card.fixed}/32")[0], card.subnets[0]))
        return found

    def vpc(self, card: Card) -> int:
        """Give the VPC of a network interface."""
        return self.net.subnets[card.subnets[0]].vpc

    # Gates.

    def rules(self, card: Card, inward: bool) -> list[Rule] | None:
        """Give the rules of an interface's security groups; None lets everything through."""
        if card.groups is None:
            return None
        found: list[Rule] = []
        for each in card.groups:
            group = self.net.groups[each]
            if inward:
                found += group.ingress
            elif group.egress is None:
                return None
            else:
                found += group.egress + group.apart
        return found

    def allowed(
        self,
        card: Card,
        inward: bool,
        door: tuple[str, int],
        address: int,
        groups: list[int] | None = None,
        service: str = "",
    ) -> bool:
        """Ask an interface's security groups."""
        rules = self.rules(card, inward)
        if rules is None:
            return True
        word, port = door
        for rule in rules:
            if rule.protocol not in ("-1", word) or not rule.low <= port <= rule.high:
                continue
            if rule.cidr and within(rule.cidr, address):
                return True
            if rule.list.isdecimal():
                if any(within(each, address) for each in LISTS[int(rule.list)]):
                    return True
            elif rule.list and rule.list == service:
                return True
            if rule.group >= 0 and rule.group in (groups or []):
                return True
        return False

    def passes(self, subnet: int, inward: bool, word: str, port: int, address: int) -> bool:
        """Ask a subnet's network ACL about one packet; `port` is where the packet goes to."""
        here = self.net.subnets[subnet]
        entries: list[Entry] | None = here.inbound if inward else here.outbound
        if entries is None:
            return True
        for entry in entries:  # in the order of their numbers
            if not within(entry.cidr, address):
                continue
            if entry.protocol in ("-1", word) and entry.low <= port <= entry.high:
                return entry.allow
        return False

    def routed(self, subnet: int, address: int, service: str = "") -> str:
        """Give where a packet is sent: a route's target, `local`, `endpoint`, or nowhere.

        Of several the longest prefix; of equals one that names a block before a prefix list.
        https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
        """
        here = self.net.subnets[subnet]
        vpc = self.net.vpcs[here.vpc]
        if within(vpc.cidr, address) or (vpc.six and within(vpc.six, address)):
            return "local"
        if service and service in here.endpoints:
            return "endpoint"
        best = (-1, False)
        found = ""
        for to, target in here.routes or []:
            listed = to.startswith("list")
            for cidr in LISTS[int(to[4:])] if listed else [to]:
                rank = (int(cidr.partition("/")[2]), not listed)
                if within(cidr, address) and rank > best:
                    best, found = rank, target
        return "" if found == "igw" and not vpc.attached else found

    # Journeys.

    def client_ports(self, node: Node) -> list[int]:
        """Give the client ports that a node may choose."""
        low, high = node.clients
        return [each for each in CLIENTS if low <= each <= high]

    def across(
        self,
        source: Node,
        one: Card,
        other: Card,
        door: tuple[str, int],
        shown: int | None = None,
        four: bool = False,
    ) -> Iterator[int]:
        """Give each address from which a packet gets to an interface, and its answer back."""
        word, port = door
        if self.vpc(one) != self.vpc(other):
            return  # nothing that joins two VPCs is known
        for sender, start in self.addresses(one):
            if four and sender >= FOUR:
                continue
            seen = sender if shown is None else shown
            if any(
                self.crosses(one, other, word, port, (sender, start, seen), there, source)
                for there in self.addresses(other)
                if (there[0] < FOUR) == (sender < FOUR)
            ):
                yield sender

    def crosses(
        self,
        one: Card,
        other: Card,
        word: str,
        port: int,
        here: tuple[int, int, int],
        there: tuple[int, int],
        source: Node,
    ) -> bool:
        """Tell whether one packet gets across, and its answer back."""
        (_, start, seen), (receiver, end) = here, there
        if not self.allowed(one, False, (word, port), receiver, other.groups):
            return False
        if not self.allowed(other, True, (word, port), seen, one.groups):
            return False
        if start == end:
            return True
        if not self.passes(start, False, word, port, receiver):
            return False
        if not self.passes(end, True, word, port, seen):
            return False
        return any(
            self.passes(end, False, word, back, seen)
            and self.passes(start, True, word, back, receiver)
            for back in self.client_ports(source)
        )

    def enters(self, card: Card, door: tuple[str, int]) -> list[int]:
        """Give the addresses on the internet from which a packet gets in, and its answer out.

        IPv4 needs a public address, an address of IPv6 is one.
        """
        found = []
        for sender in self.outside:
            if not (card.six if sender >= FOUR else card.public):
                continue
            if not self.allowed(card, True, door, sender):
                continue
            for end in card.subnets:
                if self.routed(end, sender) != "igw" or not self.passes(end, True, *door, sender):
                    continue
                if any(self.passes(end, False, door[0], back, sender) for back in CLIENTS):
                    found.append(sender)
        return found

    def leaves(
        self, source: Node, door: tuple[str, int], service: str = "", four: bool | None = None
    ) -> bool:
        """Tell whether any packet gets from a node to the internet, and its answer back.

        A `service` of AWS's answers at addresses that nobody knows; `four` asks for IPv4's
        addresses alone, or for IPv6's.
        """
        return any(
            self.sent(source, card, sender, start, door, receiver, service)
            for card in source.cards
            for sender, start in self.addresses(card)
            for receiver in ((NOWHERE,) if service else self.outside)
            if (sender < FOUR) == (receiver < FOUR) == (sender < FOUR if four is None else four)
        )

    def sent(
        self,
        source: Node,
        card: Card,
        sender: int,
        start: int,
        door: tuple[str, int],
        receiver: int,
        service: str,
    ) -> bool:
        """Tell whether one packet gets out, and its answer back."""
        word, port = door
        if not self.allowed(card, False, door, receiver, service=service):
            return False
        if not self.passes(start, False, word, port, receiver):
            return False
        way = self.routed(start, receiver, service)
        backs = self.client_ports(source)
        direct = any(self.passes(start, True, word, back, receiver) for back in backs)
        if way == "endpoint":
            return direct
        if receiver >= FOUR:
            return direct and way in ("igw", "out")
        if way == "igw":
            return direct and card.public
        if not way.startswith("nat"):
            return False
        nat = self.net.nats[int(way[3:])]
        home = nat.subnet
        if not nat.public or self.routed(home, receiver, service) != "igw":
            return False
        if not self.passes(home, False, word, port, receiver):
            return False
        # The NAT gateway's own connection goes on from a port of its own.
        if not any(self.passes(home, True, word, back, receiver) for back in CLIENTS):
            return False
        if home == start:
            return direct
        if not self.passes(home, True, word, port, sender):
            return False
        return any(
            self.passes(home, False, word, back, sender)
            and self.passes(start, True, word, back, receiver)
            for back in backs
        )

    # Load balancers.

    def members(self, there: Targets) -> Iterator[tuple[Node, Card]]:
        """Give what is in a target group: an instance's first interface, or the one addressed.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
        """
        for each in there.members:
            node = self.nodes[each]
            yield node, node.cards[-1 if there.kind == "address" else 0]

    def keeps(self, there: Targets) -> bool:
        """Tell whether targets see the client's address.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        """
        if self.nodes["Balancer"].kind == "application":
            return False
        if there.word == "udp":
            return True
        return there.kind == "instance" if there.keeps is None else there.keeps

    def passed_on(self, clients: dict[tuple[str, int], list[int]]) -> dict[str, Doors]:
        """Give what the load balancer's targets are asked, for some clients of its listeners."""
        by = self.nodes["Balancer"]
        found: dict[str, Doors] = {}
        for listener in self.net.listeners:
            asking = clients.get((listener.word, listener.port), [])
            if not asking:
                continue
            for there in (self.net.targets[each] for each in listener.to):
                seen: list[int | None] = [None]
                if self.keeps(there):  # of IPv6's clients an IPv4 target sees the load balancer
                    seen = [each if each < FOUR else None for each in asking]
                door = (there.word, there.port)
                for node, card in self.members(there):
                    for each in dict.fromkeys(seen):
                        ways = self.across(by, by.cards[0], card, door, each, four=True)
                        if next(ways, None) is not None:
                            found.setdefault(node.name, set()).add(door)
        return found

    # Everybody.

    def straight(self, source: Node, target: Node) -> dict[tuple[str, int], list[int]]:
        """Give the doors of a node that another reaches straight, and from which addresses."""
        found = {}
        for door in self.listening(target):
            senders = [
                sender
                for one in source.cards
                for other in target.cards
                for sender in self.across(source, one, other, door)
            ]
            if senders:
                found[door] = senders
        return found

    def entered(self, target: Node) -> dict[tuple[str, int], list[int]]:
        """Give the doors of a node that the internet reaches straight, and from where."""
        found = {}
        for door in self.listening(target):
            senders = [each for card in target.cards for each in self.enters(card, door)]
            if senders:
                found[door] = senders
        return found

    def listening(self, node: Node) -> list[tuple[str, int]]:
        """Give the ports of interest on which a node listens."""
        return [each for each in PORTS if node.listens is None or each in node.listens]

    def everything(self) -> dict[tuple[str, str], Doors]:
        """Give every pair between which something is open, with the ports of interest."""
        found: dict[tuple[str, str], Doors] = {}

        def add(source: str, target: str, doors: Doors) -> None:
            if doors and source != target:
                found.setdefault((source, target), set()).update(doors)

        callers = [each for each in self.net.nodes if each.calls]
        for target in self.net.nodes:
            into = {"internet": self.entered(target)}
            into |= {
                each.name: self.straight(each, target)
                for each in callers
                if each.name != target.name
            }
            for name, doors in into.items():
                add(name, target.name, set(doors))
                if target.name == "Balancer":
                    for behind, more in self.passed_on(doors).items():
                        add(name, behind, more)
        if "Balancer" in self.nodes:
            for behind, more in self.forwarded().items():
                add("Balancer", behind, more)
        for source in callers:
            add(source.name, "internet", {door for door in PORTS if self.leaves(source, door)})
        return found

    def forwarded(self) -> dict[str, Doors]:
        """Give what the load balancer reaches as itself."""
        by = self.nodes["Balancer"]
        found: dict[str, Doors] = {}
        for listener in self.net.listeners:
            for there in (self.net.targets[each] for each in listener.to):
                door = (there.word, there.port)
                for node, card in self.members(there):
                    if next(self.across(by, by.cards[0], card, door, four=True), None) is not None:
                        found.setdefault(node.name, set()).add(door)
        return found

    def around(self) -> dict[tuple[str, str], Doors]:
        """Give who gets out to the internet and in again, as anybody whom no rule names.

        Where a node's own public address is, nobody knows: it may be any.
        """
        found: dict[tuple[str, str], Doors] = {}

        def add(source: str, target: str, doors: Doors) -> None:
            if doors and source != target:
                found.setdefault((source, target), set()).update(doors)

        for source in (each for each in self.net.nodes if each.calls):
            for target in self.net.nodes:
                for stranger in STRANGERS:
                    doors = {
                        door: [stranger]
                        for door, senders in self.entered(target).items()
                        if stranger in senders and self.leaves(source, door, four=stranger < FOUR)
                    }
                    add(source.name, target.name, set(doors))
                    if target.name == "Balancer":
                        for behind, more in self.passed_on(doors).items():
                            add(source.name, behind, more)
        return found

    def asked(self) -> set[str]:
        """Give who reaches the API of AWS's: through a gateway, or through its endpoint."""
        door = ("tcp", 443)
        found = set()
        for service in self.net.apis:
            for each in self.net.nodes:
                if each.calls and self.leaves(each, door, service):
                    found.add(each.name)
                if each.kind == "endpoint":
                    found.add(each.name)
                    found |= {
                        other.name
                        for other in self.net.nodes
                        if other.calls and self.straight(other, each)
                    }
        return found

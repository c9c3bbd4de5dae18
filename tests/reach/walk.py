"""A walk through a small network, packet by packet, as plainly as AWS's documentation tells it.

It tries every address, every port of interest and several client ports: a request passes
the sender's security group, the network ACLs and routes, the receiver's security group;
then its answer goes back. Nothing of `seatrial.reach` is used here.
"""

from functools import cache

from tests.reach.networks import Entry, Forward, Net, Node, Rule, span

PORTS = (("tcp", 22), ("tcp", 80), ("tcp", 443), ("tcp", 5432), ("tcp", 8000), ("udp", 53))
OUTSIDE = tuple(span(f"{each}/32")[0] for each in ("8.8.8.8", "198.51.100.7", "203.0.113.5"))
OUTSIDE += (span("203.0.113.200/32")[0],)
CLIENTS = (1024, 5432, 8000, 32767, 32768, 61000, 61001, 65535)
"""Client ports: one or two on each side of every edge that a rule may have."""
inside = cache(span)


class Walk:
    """One network, walked."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.nodes = {each.name: each for each in net.nodes}

    def addresses(self, node: Node) -> list[tuple[int, int]]:
        """Give every address that a node may have, with its subnet."""
        if node.fixed:
            return [(inside(f"{node.fixed}/32")[0], node.subnets[0])]
        found = []
        for index in node.subnets:
            low, high = inside(self.net.subnets[index].cidr)
            found += [(address, index) for address in range(low + 4, high)]
        return found

    # Gates.

    def rules(self, node: Node, inward: bool) -> list[Rule] | None:
        """Give the rules of a node's security groups; None lets everything through."""
        if node.groups is None:
            return None
        found: list[Rule] = []
        for each in node.groups:
            ingress, egress = self.net.groups[each]
            if inward:
                found += ingress
            elif egress is None:
                return None
            else:
                found += egress
        return found

    def allowed(
        self, node: Node, inward: bool, word: str, port: int, address: int, groups: list[int]
    ) -> bool:
        """Ask a node's security groups."""
        rules = self.rules(node, inward)
        if rules is None:
            return True
        for rule in rules:
            if rule.protocol not in ("-1", word) or not rule.low <= port <= rule.high:
                continue
            if rule.cidr:
                low, high = inside(rule.cidr)
                if low <= address <= high:
                    return True
            elif rule.group in groups:
                return True
        return False

    def passes(self, subnet: int, inward: bool, word: str, port: int, address: int) -> bool:
        """Ask a subnet's network ACL about one packet; `port` is where the packet goes to."""
        here = self.net.subnets[subnet]
        entries: list[Entry] | None = here.inbound if inward else here.outbound
        if entries is None:
            return True
        for entry in entries:  # in the order of their numbers
            low, high = inside(entry.cidr)
            if not low <= address <= high:
                continue
            if entry.protocol in ("-1", word) and entry.low <= port <= entry.high:
                return entry.allow
        return False

    def routed(self, subnet: int, address: int) -> str:
        """Give where a packet is sent: `local`, `igw`, `nat`, or nowhere."""
        low, high = inside("10.0.0.0/24")
        if low <= address <= high:
            return "local"
        routes = self.net.subnets[subnet].routes
        found = ""
        longest = -1
        for cidr, target in self.net.main if routes is None else routes:
            low, high = inside(cidr)
            length = int(cidr.partition("/")[2])
            if low <= address <= high and length > longest:
                found, longest = target, length
        if found == "igw" and not self.net.attached:
            return ""
        return found

    # Journeys.

    def client_ports(self, node: Node) -> list[int]:
        """Give the client ports that a node may choose."""
        low, high = node.clients
        return [each for each in CLIENTS if low <= each <= high]

    def across(
        self, source: Node, target: Node, word: str, port: int, shown: int | None = None
    ) -> bool:
        """Tell whether any packet gets from a node to another, and its answer back."""
        groups, others = source.groups or [], target.groups or []
        for sender, start in self.addresses(source):
            seen = sender if shown is None else shown
            for receiver, end in self.addresses(target):
                if not self.allowed(source, False, word, port, receiver, others):
                    continue
                if not self.allowed(target, True, word, port, seen, groups):
                    continue
                if start == end:
                    return True
                if not self.passes(start, False, word, port, receiver):
                    continue
                if not self.passes(end, True, word, port, seen):
                    continue
                for back in self.client_ports(source):
                    if self.passes(end, False, word, back, seen) and self.passes(
                        start, True, word, back, receiver
                    ):
                        return True
        return False

    def enters(self, target: Node, word: str, port: int, senders: tuple[int, ...]) -> list[int]:
        """Give the addresses on the internet from which a packet gets in, and its answer out."""
        if not target.public:
            return []
        found = []
        for sender in senders:
            if not self.allowed_anywhere(target, word, port, sender):
                continue
            found.append(sender)
        return found

    def allowed_anywhere(self, target: Node, word: str, port: int, sender: int) -> bool:
        """Tell whether a packet from outside gets to one of a node's subnets and back."""
        if not self.allowed(target, True, word, port, sender, []):
            return False
        for end in target.subnets:
            if self.routed(end, sender) != "igw" or not self.passes(end, True, word, port, sender):
                continue
            for back in CLIENTS:
                if self.passes(end, False, word, back, sender):
                    return True
        return False

    def leaves(self, source: Node, word: str, port: int) -> bool:
        """Tell whether any packet gets from a node to the internet, and its answer back."""
        return any(
            self.sent(source, sender, start, word, port, receiver)
            for sender, start in self.addresses(source)
            for receiver in OUTSIDE
        )

    def sent(
        self, source: Node, sender: int, start: int, word: str, port: int, receiver: int
    ) -> bool:
        """Tell whether one packet gets out, and its answer back."""
        if not self.allowed(source, False, word, port, receiver, []):
            return False
        if not self.passes(start, False, word, port, receiver):
            return False
        way = self.routed(start, receiver)
        backs = self.client_ports(source)
        if way == "igw":
            return source.public and any(
                self.passes(start, True, word, back, receiver) for back in backs
            )
        if way != "nat":
            return False
        home = self.net.nat
        if self.routed(home, receiver) != "igw":
            return False
        if not self.passes(home, False, word, port, receiver):
            return False
        # The NAT gateway's own connection goes on from a port of its own.
        if not any(self.passes(home, True, word, back, receiver) for back in CLIENTS):
            return False
        if home == start:
            return any(self.passes(start, True, word, back, receiver) for back in backs)
        if not self.passes(home, True, word, port, sender):
            return False
        return any(
            self.passes(home, False, word, back, sender)
            and self.passes(start, True, word, back, receiver)
            for back in backs
        )

    # Everybody.

    def forward_to(self, node: Node) -> list[Forward]:
        """Give what is passed on to a node."""
        return [each for each in self.net.forwards if each.target == node.name]

    def listening(self, node: Node) -> list[tuple[str, int]]:
        """Give the ports of interest on which a node listens."""
        return [each for each in PORTS if node.listens is None or each in node.listens]

    def balanced(self, name: str, target: Node) -> set[tuple[str, int]]:
        """Give the ports of a node that somebody reaches through the load balancer."""
        found = set()
        for each in self.forward_to(target):
            by = self.nodes[each.by]
            door = ("tcp", each.to)
            if name == by.name:
                if self.across(by, target, *door):
                    found.add(door)
                continue
            if name == "internet":
                clients = self.enters(by, "tcp", each.port, OUTSIDE)
            else:
                source = self.nodes[name]
                clients = self.clients(source, by, each.port)
            if not clients:
                continue
            if not each.keeps:
                if self.across(by, target, *door):
                    found.add(door)
            elif any(self.across(by, target, *door, shown=client) for client in clients):
                found.add(door)
        return found

    def clients(self, source: Node, by: Node, port: int) -> list[int]:
        """Give the addresses from which a node reaches the load balancer."""
        found = []
        for sender, start in self.addresses(source):
            alone = Node(
                source.name,
                source.kind,
                [start],
                source.groups,
                source.listens,
                _dotted(sender),
                source.public,
                source.clients,
            )
            if self.across(alone, by, "tcp", port):
                found.append(sender)
        return found

    def everything(self) -> dict[tuple[str, str], set[tuple[str, int]]]:
        """Give every pair between which something is open, with the ports of interest."""
        found: dict[tuple[str, str], set[tuple[str, int]]] = {}
        callers = [each for each in self.net.nodes if each.kind in ("instance", "service")]
        for target in self.net.nodes:
            doors = self.listening(target)
            into = {"internet": {d for d in doors if self.enters(target, *d, OUTSIDE)}}
            for source in callers:
                if source.name != target.name:
                    into[source.name] = {d for d in doors if self.across(source, target, *d)}
            for name in ("internet", "Balancer", *(each.name for each in callers)):
                if name != target.name:
                    into[name] = into.get(name, set()) | self.balanced(name, target)
            found |= {(name, target.name): open_ for name, open_ in into.items() if open_}
        for source in callers:
            open_ = {door for door in PORTS if self.leaves(source, *door)}
            if open_:
                found[source.name, "internet"] = open_
        return found


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))

"""One leg of a way: from one interface straight to another, gate by gate.

Takes two ends and gives, for each pair of subnets and addresses that may be meant, the
gates between them in the order in which a packet meets them. Nothing is passed on here by
a load balancer: that is another leg.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.reach import edge, ports
from seatrial.reach.addresses import Address, Block, representatives
from seatrial.reach.gates import Gate, Gates, closed_gate, open_gate
from seatrial.reach.interfaces import ANY_CLIENT, Interface
from seatrial.reach.network import (
    ENDPOINT,
    GATEWAY,
    LOCAL,
    NAT,
    OUT_ONLY,
    Nat,
    Network,
    Route,
    Subnet,
)
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property

CLOUDFRONT = Address(4, None, False, frozenset({"cloudfront"}))
"""One of the addresses from which CloudFront asks its origins."""
JOINING = ("AWS::EC2::VPCPeeringConnection", "AWS::EC2::TransitGatewayAttachment")
ANYBODY = "anybody"
"""Somebody on the internet whose address nobody here knows: no rule for some of them helps."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The gates from one end to another, for one pair of subnets and addresses."""

    source: str
    target: str
    gates: tuple[Gate, ...]
    sender: Address

    @property
    def ports(self) -> Ports:
        """Give the ports on which all of it is open."""
        found = ports.ALL
        for gate in self.gates:
            found = ports.both(found, gate.ports)
            if not found:
                break
        return found


class Legs:
    """The legs of one network."""

    def __init__(self, network: Network, gates: Gates) -> None:
        self.network, self.gates = network, gates

    def between(
        self,
        source: Interface,
        target: Interface,
        seen: tuple[Address, ...] = (),
        inside: bool = False,
        also: tuple[Block, ...] = (),
        family: int = 0,
    ) -> Iterator[Leg]:
        """Give every leg from one interface to another.

        `seen` are the addresses that the target sees where they are not the sender's own;
        `inside` tells that CloudFront asks through a network interface in the VPC; `also` are
        blocks that tell senders apart for whoever the target passes them on to; `family` is
        that of the addresses where it is one alone.
        """
        if target.outside and (source.outside or source.service):
            yield self._beyond(source, target)
        elif source.outside:
            yield from self._inbound(source, target, inside, also)
        elif target.outside:
            yield from self._outbound(source, target)
        else:
            yield from self._inner(source, target, seen, also, family)

    def tells_apart(self, target: Interface) -> tuple[Block, ...]:
        """Give the blocks by which a target tells senders apart."""
        found: dict[Block, None] = {}
        for subnet in target.subnets:
            found |= dict.fromkeys(self.gates.cuts(target.groups, True, subnet))
        return tuple(found)

    def _beyond(self, source: Interface, target: Interface) -> Leg:
        """Give a leg that touches no VPC."""
        at = Property(target.id)
        if target.outside == "api" and source.outside == "internet":
            said = f"is asked through AWS's API ({target.service}), which answers signed requests"
            anybody = edge.takes_anybody(self.network, target)
            gate = closed_gate("door", target.id, at, said)
            if anybody is not None:
                gate = open_gate("door", target.id, anybody)
        else:
            gate = open_gate("door", target.id, at)
        return Leg(source.id, target.id, (gate,), CLOUDFRONT)

    def _addresses(
        self,
        interface: Interface,
        subnet: Subnet,
        other: Interface,
        there: Subnet,
        inward: bool,
        also: tuple[Block, ...] = (),
    ) -> list[Address]:
        """Give the addresses in a subnet that the other end may tell apart."""
        if not subnet.blocks:
            return [Address(4, None, True)]
        families = (4, 6) if interface.six else (4,)
        written = {each.family for each in interface.addresses}
        others = (each for each in subnet.blocks if each.family not in written)
        blocks = [each for each in (*interface.addresses, *others) if each.family in families]
        cuts = [*self.gates.cuts(other.groups, inward, there), *also]
        if other.outside:  # a NAT gateway's subnet judges who sends, too
            for nat in self.network.nats.values():
                cuts += self.gates.cuts(None, inward, self.network.subnets[nat.subnet])
        return [
            Address(block.family, number, True) for block, number in representatives(blocks, cuts)
        ]

    def _inner(
        self,
        source: Interface,
        target: Interface,
        seen: tuple[Address, ...],
        also: tuple[Block, ...],
        family: int,
    ) -> Iterator[Leg]:
        apart = True
        for start in source.subnets:
            for end in target.subnets:
                if not self.network.together(start, end):
                    continue
                apart = False
                for sender in self._addresses(source, start, target, end, True, also):
                    for receiver in self._addresses(target, end, source, start, False):
                        if sender.family == receiver.family == (family or sender.family):
                            for shown in seen or (sender,):
                                yield self._across(
                                    source, start, sender, target, end, receiver, shown
                                )
        if apart and source.subnets and target.subnets:
            at = Property(source.subnets[0].vpc)
            other = self.network.vpc(target.subnets[0].vpc).id
            said = f"is not {other}, where {target.id} is"
            if self.network.graph.of(*JOINING):
                said += "; what joins them is not known here"
            gate = closed_gate("route", at.resource, at, said)
            yield Leg(source.id, target.id, (gate,), Address(4, None, True))

    def _across(
        self,
        source: Interface,
        start: Subnet,
        sender: Address,
        target: Interface,
        end: Subnet,
        receiver: Address,
        shown: Address,
    ) -> Leg:
        gates = self.gates
        groups = target.groups or frozenset()
        found = [self._local(start, receiver), gates.security(source, False, receiver, groups)]
        if start.id != end.id:
            found.append(gates.acl(start, False, receiver))
            found.append(gates.acl(end, True, shown))
        found.append(gates.security(target, True, shown, source.groups))
        if start.id != end.id:
            crossed = [(end, False, shown), (start, True, receiver)]
            found += gates.answers(crossed, source.clients)
            found.append(self._local(end, sender, "route back"))
        return Leg(source.id, target.id, tuple(found), shown)

    def _local(self, subnet: Subnet, to: Address, kind: str = "route") -> Gate:
        route = self.network.route(subnet, to)
        if route is not None and route.kind == LOCAL:
            return open_gate(kind, subnet.id, route.at, route.target)
        return self._astray(subnet, route)

    def _astray(self, subnet: Subnet, route: Route | None) -> Gate:
        if route is None:
            at = Property(subnet.table or subnet.id)
            return closed_gate("route", subnet.id, at, "has no route there")
        said = f"leads to {route.target}; what that does is not known here"
        if route.kind == GATEWAY:
            said = f"leads to {route.target}, which is not attached to the VPC"
        return closed_gate("route", subnet.id, route.at, said)

    def _out(
        self,
        interface: Interface,
        subnet: Subnet,
        there: Interface,
        also: tuple[Block, ...] = (),
    ) -> list[Address]:
        """Give the addresses outside that an interface's gates may tell apart."""
        if there.outside == "api":
            lists = frozenset({there.service.split(".")[0]})
            return [Address(4, None, False, lists)]
        if there.outside == "edge":
            return [CLOUDFRONT]
        cuts = [*self.gates.cuts(interface.groups, False, subnet), *also]
        cuts += self.gates.cuts(interface.groups, True, subnet)
        for nat in self.network.nats.values():
            cuts += self.gates.cuts(None, False, self.network.subnets[nat.subnet])
        blocks = [b for b in self.network.outside if b.family == 4 or interface.six]
        return [Address(b.family, number, False) for b, number in representatives(blocks, cuts)]

    def _inbound(
        self, source: Interface, target: Interface, inside: bool, also: tuple[Block, ...]
    ) -> Iterator[Leg]:
        for end in target.subnets:
            if source.outside == "edge":
                senders = [CLOUDFRONT]
            elif source.noun == ANYBODY:
                senders = [Address(each, None, False) for each in ((4, 6) if target.six else (4,))]
            else:
                senders = self._out(target, end, source, also)
            for sender in senders:
                yield Leg(
                    source.id, target.id, tuple(self._in(target, end, sender, inside)), sender
                )

    def _in(self, target: Interface, end: Subnet, sender: Address, inside: bool) -> Iterator[Gate]:
        if not inside:
            yield self._address(target, sender.family)
            yield self._gateway(end, sender)
        yield self.gates.acl(end, True, sender)
        yield self.gates.security(target, True, sender, None)
        yield from self.gates.answers([(end, False, sender)], ANY_CLIENT)

    def _address(self, interface: Interface, family: int) -> Gate:
        if family == 6 and interface.six:
            at = Property(interface.subnets[0].id, "Ipv6CidrBlock")
            return open_gate("address", interface.id, at, "its IPv6 address is a public one")
        if interface.public is not None:
            return open_gate("address", interface.id, interface.public)
        at = interface.closed or Property(interface.id)
        return closed_gate("address", interface.id, at, "has no public address")

    def _gateway(self, subnet: Subnet, to: Address) -> Gate:
        route = self.network.route(subnet, to)
        if route is not None and route.kind == GATEWAY and self.network.attached(route, subnet):
            return open_gate("route", subnet.id, route.at, route.target)
        if route is not None and route.kind in (NAT, OUT_ONLY, ENDPOINT):
            said = f"leads out through {route.target}, which lets nobody in"
            return closed_gate("route", subnet.id, route.at, said)
        if route is None:
            at = Property(subnet.table or subnet.id)
            return closed_gate("route", subnet.id, at, "has no route to an internet gateway")
        return self._astray(subnet, route)

    def _outbound(self, source: Interface, target: Interface) -> Iterator[Leg]:
        for start in source.subnets:
            for receiver in self._out(source, start, target):
                for sender in self._addresses(source, start, target, start, True):
                    if sender.family == receiver.family:
                        gates = tuple(self._leave(source, start, sender, receiver))
                        yield Leg(source.id, target.id, gates, sender)

    def _leave(
        self, source: Interface, start: Subnet, sender: Address, receiver: Address
    ) -> Iterator[Gate]:
        gates = self.gates
        yield gates.security(source, False, receiver, None)
        yield gates.acl(start, False, receiver)
        back = [(start, True, receiver)]
        route = self.network.route(start, receiver)
        kind = route.kind if route else ""
        if route is not None and kind == GATEWAY and self.network.attached(route, start):
            yield open_gate("route", start.id, route.at, route.target)
            yield self._address(source, receiver.family)
        elif route is not None and kind == NAT:
            yield open_gate("route", start.id, route.at, route.target)
            nat = self.network.nats.get(route.target)
            if nat is None:
                said = f"{route.target} is taken to lead to the internet"
                self.network.reading.assume(route.at.resource, said)
            else:
                home = self.network.subnets[nat.subnet]
                yield from self._through(nat, home, start, sender, receiver)
                if home.id != start.id:
                    back.insert(0, (home, False, sender))
        elif route is not None and (
            kind == ENDPOINT or (kind == OUT_ONLY and receiver.family == 6)
        ):
            yield open_gate("route", start.id, route.at, route.target)
        else:
            yield self._astray(start, route)
        yield from gates.answers(back, source.clients)

    def _through(
        self, nat: Nat, home: Subnet, start: Subnet, sender: Address, receiver: Address
    ) -> Iterator[Gate]:
        """Give the gates of a NAT gateway, which has no security group but a subnet of its own."""
        if home.id != start.id:
            yield self.gates.acl(home, True, sender)
        yield self.gates.acl(home, False, receiver)
        yield from self.gates.answers([(home, True, receiver)], ANY_CLIENT)
        yield self._nat(nat, home, receiver)

    def _nat(self, nat: Nat, home: Subnet, receiver: Address) -> Gate:
        if not nat.public:
            at = Property(nat.id, "ConnectivityType")
            return closed_gate("route", nat.id, at, "is a private NAT gateway")
        return self._gateway(home, receiver)

"""Everybody who reaches anybody, at once.

Takes the ways of a graph; gives one row for each pair of parts between which something is
open. Interfaces with the same subnets and groups are one class and are judged once, and a
target is only held against those whom its own rules let in, so that the work grows with
what is open and not with the square of the parts. What takes anybody on the internet also
takes those inside: unless the whole is asked for, that is not told of each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from seatrial.reach import ports
from seatrial.reach.addresses import Block
from seatrial.reach.balancers import Forward
from seatrial.reach.edge import INTERNET
from seatrial.reach.interfaces import Interface
from seatrial.reach.legs import Leg
from seatrial.reach.network import Subnet
from seatrial.reach.ports import Ports
from seatrial.reach.ways import SOMEBODY, Ways


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of parts: the ports of the target that are open, and what passes it on."""

    source: str
    target: str
    ports: Ports
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What decides about an interface's traffic; those of one kind are judged once."""

    subnets: tuple[Subnet, ...]
    groups: frozenset[str] | None
    addresses: tuple[Block, ...]
    public: bool
    six: bool
    clients: Ports


@dataclass(slots=True)
class Callers:
    """Who makes connections, sorted so that a target's rules find them."""

    kinds: dict[Kind, list[Interface]] = field(default_factory=dict)
    by_group: dict[str, list[Kind]] = field(default_factory=dict)
    by_subnet: dict[str, list[Kind]] = field(default_factory=dict)


Into = dict[str, tuple[Ports, tuple[str, ...]]]
"""Who reaches one interface: the caller's id, on which ports, and through what."""


class Table:
    """The table of one graph."""

    def __init__(self, ways: Ways, whole: bool = False) -> None:
        self.ways = ways
        self.whole = whole
        self.left_out = False
        """Whether a row is left out because the internet has it, too."""
        self.subnets = ways.network.subnets
        self.callers = self._sorted()
        self._straight: dict[tuple[Kind | None, Kind], Ports] = {}
        self._near: dict[tuple[frozenset[str] | None, tuple[Subnet, ...]], list[Kind | None]] = {}
        self._into: dict[str, Into] = {}

    def rows(self) -> list[Row]:
        """Give every pair of parts between which something is open, in the graph's order."""
        found: dict[tuple[str, str], list[tuple[Ports, tuple[str, ...]]]] = {}
        interfaces = self.ways.interfaces
        for target in interfaces.values():
            for id, open_ in self.into(target).items():
                source = interfaces[id]
                if source.forwards and source.part == target.part:
                    continue
                found.setdefault((source.part, target.part), []).append(open_)
        for source, open_ in self._out():
            found.setdefault((source.part, INTERNET.part), []).append(open_)
        order: dict[str, int] = {}
        for each in (INTERNET, *interfaces.values()):
            order.setdefault(each.part, len(order))
        return [
            Row(
                source,
                target,
                ports.union(each for each, _ in several),
                min((through for _, through in several), key=len),
            )
            for (source, target), several in sorted(
                found.items(), key=lambda each: (order[each[0][0]], order[each[0][1]])
            )
        ]

    def into(self, target: Interface) -> Into:
        """Give who reaches an interface: straight, or through what passes on."""
        if target.id in self._into:
            return self._into[target.id]
        self._into[target.id] = {}  # a circle of forwards adds nothing
        found: Into = {}
        if target.listens and not target.outside:
            kind = _kind(target)
            anybody = self._anybody(target)
            for other in self._candidates(target, kind):
                open_ = ports.both(self.straight(other, kind, target), target.listens)
                if other is not None and open_ and ports.both(open_, anybody) == open_:
                    self.left_out = True
                elif open_:
                    for each in self._of(other):
                        if each.machine != target.machine or target.noun != "instance":
                            found[each.id] = (open_, ())
        elif target.outside in ("edge", "api"):
            for way in self.ways.straight(INTERNET, target, target.listens):
                if way.ports:
                    found[INTERNET.id] = (way.ports, ())
        for forward in self.ways.to.get(target.id, ()):
            if target.outside != "api" or self.ways.interfaces[forward.by].outside == "edge":
                self._passed(target, forward, found)
        self._into[target.id] = found
        return found

    def _anybody(self, target: Interface) -> Ports:
        """Give the ports on which what passes on takes anybody on the internet."""
        if self.whole or not target.forwards:
            return ports.NONE
        legs = self.ways.legs.between(SOMEBODY, target)
        return _all((each for each in legs if each.sender.family == 4), target.listens)

    def _passed(self, target: Interface, forward: Forward, found: Into) -> None:
        """Add who reaches an interface because something passes on to it."""
        by = self.ways.interfaces[forward.by]
        there = self.into(by)
        second = self._leg(by, target, forward)
        if second and by.forwards:
            _add(found, by.id, second, ())
        for id, (asked, through) in there.items():
            if not ports.both(asked, forward.ports):
                continue
            if forward.keeps:
                second = self._kept(self.ways.interfaces[id], target, forward)
            if second:
                _add(found, id, second, (*through, by.id))

    def _leg(self, by: Interface, target: Interface, forward: Forward) -> Ports:
        legs = self.ways.legs.between(by, target, (), forward.inside, (), forward.family)
        return _all(legs, ports.both(self.ways.gates.most(by, target), forward.to))

    def _kept(self, source: Interface, target: Interface, forward: Forward) -> Ports:
        """Give what is open where the target sees the client's own address."""
        by = self.ways.interfaces[forward.by]
        found = []
        cuts = self.ways.legs.tells_apart(target)
        for leg in self.ways.legs.between(source, by, also=cuts):
            if ports.both(leg.ports, forward.ports):
                seen = forward.shown(leg.sender)
                legs = self.ways.legs.between(by, target, seen, forward.inside, (), forward.family)
                found.append(_all(legs, forward.to))
        return ports.union(found)

    def straight(self, source: Kind | None, target: Kind, one: Interface) -> Ports:
        """Give the ports that are open from one kind straight to another; None: the internet."""
        key = (source, target)
        if key not in self._straight:
            first = INTERNET if source is None else self.callers.kinds[source][0]
            most = self.ways.gates.most(first, one)
            self._straight[key] = _all(self.ways.legs.between(first, one), most)
        return self._straight[key]

    def _of(self, kind: Kind | None) -> list[Interface]:
        return [INTERNET] if kind is None else self.callers.kinds[kind]

    def _candidates(self, target: Interface, kind: Kind) -> list[Kind | None]:
        """Give the kinds of callers that a target's security groups may let in."""
        key = (kind.groups, kind.subnets)
        if key not in self._near:
            self._near[key] = list(dict.fromkeys(self._let_in(target)))
        return self._near[key]

    def _let_in(self, target: Interface) -> Iterator[Kind | None]:
        if target.groups is None:
            yield None
            yield from self.callers.kinds
            return
        ruling = self.ways.gates.ruling(target.groups, True)
        for group in ruling.by_group:
            yield from self.callers.by_group.get(group, ())
        if ruling.others:
            yield None
        for block in ruling.blocks:
            for id, kinds in self.callers.by_subnet.items():
                blocks = self.subnets[id].blocks
                if not blocks or any(block.meets(each) for each in blocks):
                    yield from kinds

    def _out(self) -> Iterator[tuple[Interface, tuple[Ports, tuple[str, ...]]]]:
        """Give who reaches the internet, and through which gateway."""
        for several in self.callers.kinds.values():
            open_: list[Ports] = []
            through: tuple[str, ...] = ()
            for leg in self.ways.legs.between(several[0], INTERNET):
                if leg.ports:
                    open_.append(leg.ports)
                    through = through or _gateway(leg)
                    if leg.ports == ports.ALL:
                        break
            if open_:
                for each in several:
                    yield each, (ports.union(open_), through)

    def _sorted(self) -> Callers:
        callers = Callers()
        for each in self.ways.interfaces.values():
            if not each.outside and each.calls:
                callers.kinds.setdefault(_kind(each), []).append(each)
        for kind in callers.kinds:
            for group in kind.groups or ():
                callers.by_group.setdefault(group, []).append(kind)
            for subnet in kind.subnets:
                callers.by_subnet.setdefault(subnet.id, []).append(kind)
        return callers


def _kind(each: Interface) -> Kind:
    return Kind(
        each.subnets,
        each.groups,
        each.addresses,
        each.public is not None,
        each.six,
        each.clients,
    )


def _all(legs: Iterator[Leg], most: Ports) -> Ports:
    """Give the ports that any leg has open; once all of `most` are, no further one is asked."""
    found: Ports = ports.NONE
    for leg in legs:
        more = leg.ports
        if more and more != found:
            found = ports.union([found, ports.both(more, most)])
        if found == most:
            break
    return found


def _add(found: Into, id: str, open_: Ports, through: tuple[str, ...]) -> None:
    before = found.get(id)
    if before is None:
        found[id] = (open_, through)
    else:
        shorter = min(before[1], through, key=len)
        found[id] = (ports.union([before[0], open_]), shorter)


def _gateway(leg: Leg) -> tuple[str, ...]:
    return tuple(gate.why for gate in leg.gates if gate.kind == "route" and gate.why)[:1]

"""Ways from one end to another: straight, or passed on by load balancers, CDN and proxies.

Takes the interfaces of a graph and what is passed on to whom; gives the shortest open way
with its gates, or the closed way on which the fewest gates are shut. What an application
might relay is no way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from seatrial.graph import Graph
from seatrial.reach import balancers, edge, ports
from seatrial.reach.addresses import Address, Block
from seatrial.reach.balancers import Forward
from seatrial.reach.edge import INTERNET
from seatrial.reach.gates import Gate, Gates
from seatrial.reach.interfaces import Interface, Site
from seatrial.reach.legs import ANYBODY, Leg, Legs
from seatrial.reach.machines import machines
from seatrial.reach.network import Network
from seatrial.reach.ports import Ports
from seatrial.reach.stores import stores

SOMEBODY = replace(INTERNET, noun=ANYBODY)
LONGEST = 4
"""Times that something is passed on before a way is given up."""


@dataclass(frozen=True, slots=True)
class Way:
    """Legs, and what passes on between each and the next; `wanted` are each leg's ports."""

    legs: tuple[Leg, ...]
    forwards: tuple[Forward | None, ...]
    wanted: tuple[Ports, ...]

    @property
    def ports(self) -> Ports:
        """Give the ports of the target on which it is open, all legs being so."""
        found = [
            ports.both(leg.ports, want) for leg, want in zip(self.legs, self.wanted, strict=True)
        ]
        return found[-1] if all(found) else ports.NONE

    @property
    def shut(self) -> list[tuple[Leg, Gate]]:
        """Give the gates that let nothing through of what is wanted."""
        return [
            (leg, gate)
            for leg, want in zip(self.legs, self.wanted, strict=True)
            for gate in leg.gates
            if not ports.both(gate.ports, want)
        ]

    @property
    def closedness(self) -> tuple[int, int]:
        """Count what would have to be opened; of equals, the one that a packet gets further on."""
        count, passed, first = 0, 0, -1
        for leg, want in zip(self.legs, self.wanted, strict=True):
            shut = [not ports.both(gate.ports, want) for gate in leg.gates]
            count += sum(shut) or (0 if ports.both(leg.ports, want) else 1)
            if count and first < 0:
                first = passed + (shut.index(True) if any(shut) else len(shut))
            passed += len(shut)
        return count, -first


class Ways:
    """Everything that has an address in one graph, and the ways between."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.network = Network(graph)
        self.gates = Gates(self.network)
        self.legs = Legs(self.network, self.gates)
        site = Site(self.network)
        found: dict[str, Interface] = {}
        for each in (*machines(site), *stores(site), *balancers.balancers(site)):
            found.setdefault(each.id, each)
        for each in edge.outside(site, found):
            found.setdefault(each.id, each)
        self.interfaces = found
        self.to: dict[str, list[Forward]] = {}
        """What passes something on to each interface."""
        for forward in (
            *balancers.forwards(site, found),
            *edge.forwards(site, found),
            *edge.endpoints(found),
        ):
            if forward.by in found:
                self.to.setdefault(forward.target, []).append(forward)

    def straight(
        self,
        source: Interface,
        target: Interface,
        wanted: Ports,
        seen: tuple[Address, ...] = (),
        inside: bool = False,
        also: tuple[Block, ...] = (),
        family: int = 0,
    ) -> Iterator[Way]:
        """Give the ways of one leg."""
        for leg in self.legs.between(source, target, seen, inside, also, family):
            yield Way((leg,), (None,), (wanted,))

    def all(
        self,
        source: Interface,
        target: Interface,
        wanted: Ports,
        depth: int = LONGEST,
        also: tuple[Block, ...] = (),
    ) -> Iterator[Way]:
        """Give every way, closed ones too; a straight one comes first.

        `also` are blocks by which whoever comes after the target tells senders apart.
        """
        if source.calls:
            yield from self.straight(source, target, wanted, also=also)
        if depth == 0:
            return
        for forward in self.to.get(target.id, ()):
            by = self.interfaces[forward.by]
            to = ports.both(forward.to, wanted)
            if by.id == source.id:
                straight = self.straight(
                    by, target, to, inside=forward.inside, family=forward.family
                )
                for way in straight:
                    yield Way(way.legs, (forward,), (to,))
                continue
            asked = ports.both(forward.ports, by.listens)
            cuts = self.legs.tells_apart(target) if forward.keeps else ()
            for first in self.all(source, by, asked, depth - 1, cuts):
                seen = forward.shown(first.legs[-1].sender)
                straight = self.straight(
                    by, target, to, seen, forward.inside, family=forward.family
                )
                for way in straight:
                    yield Way(
                        (*first.legs, *way.legs),
                        (*first.forwards[:-1], forward, None),
                        (*first.wanted, to),
                    )

    def over_the_internet(
        self, source: Interface, target: Interface, wanted: Ports
    ) -> Iterator[Way]:
        """Give the ways out to the internet and in again, as anybody comes in."""
        if source.outside or target.outside in ("api", "internet"):
            return
        for back in self.all(SOMEBODY, target, wanted):
            asked = ports.both(back.legs[0].ports, back.wanted[0])
            if not back.ports or not asked:
                continue
            for out in self.straight(source, INTERNET, asked):
                if out.legs[0].sender.family != back.legs[0].sender.family:
                    continue
                # It is one connection: it comes in on the ports on which it got out.
                same = ports.both(out.legs[0].ports, asked) or asked
                legs, forwards = (*out.legs, *back.legs), (None, *back.forwards)
                yield Way(legs, forwards, (asked, same, *back.wanted[1:]))

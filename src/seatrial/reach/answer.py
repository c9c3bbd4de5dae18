"""Questions and their answers: does this reach that, and by which way.

Takes a graph; gives answers for two ends and a port, for all pairs of parts, and for what
a system says must never be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from seatrial.graph import Graph
from seatrial.graph.annotations import Composed
from seatrial.mistake import Mistake, closest
from seatrial.reach import ports
from seatrial.reach.addresses import Address
from seatrial.reach.edge import INTERNET
from seatrial.reach.gates import Gate, closed_gate, open_gate
from seatrial.reach.interfaces import Interface
from seatrial.reach.legs import Leg
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property
from seatrial.reach.table import Row, Table
from seatrial.reach.ways import Way, Ways

DATA = ("bucket", "table", "queue", "topic", "endpoint", "stream", "function")
"""What a part is for, where AWS's API answers for it; its secrets and images are beside."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, whether it is so, and the way that shows it.

    `ports` are all that are open; `way` is one shortest open way, or the closed way on which
    the fewest gates are shut, None where there is none at all.
    """

    source: str
    target: str
    port: int | None
    ports: Ports
    way: Way | None
    assumed: tuple[str, ...]

    @property
    def yes(self) -> bool:
        """Tell whether it is reached."""
        return bool(self.ports)


class Reach:
    """Who reaches whom in one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.ways = Ways(graph)
        self.network = self.ways.network

    def ask(self, source: str, target: str, port: int | None = None) -> Answer:
        """Answer whether one end reaches another.

        An end is `internet`, a part or a logical id; a target may be followed by `:PORT` or
        `:PORT/udp`. Raises `Mistake` for an end that has no place in the network.
        """
        target, wanted = _split(target)
        if source == target == INTERNET.id:
            raise Mistake("both ends are internet", right="Name a part, e.g. internet api.")
        if port is not None:
            wanted = ports.tcp(port)
        sources, targets = self.ends(source), self.ends(target, asked=True)
        found: list[Ports] = []
        best: Way | None = None
        nearest: Way | None = None
        for way in self._ways(sources, targets, wanted):
            if way.ports:
                found.append(way.ports)
                if best is None or len(way.legs) < len(best.legs):
                    best = way
            elif nearest is None or way.closedness < nearest.closedness:
                nearest = way
        chosen = best or nearest
        number = None if wanted == ports.ALL else wanted[0][0]
        return Answer(source, target, number, ports.union(found), chosen, self._assumed(chosen))

    def _ways(
        self, sources: list[Interface], targets: list[Interface], wanted: Ports
    ) -> Iterator[Way]:
        asking = [(one, other) for one in sources for other in targets]
        pairs = [(one, other) for one, other in asking if one.calls or one.forwards]
        pairs = [(one, other) for one, other in pairs if ports.both(other.listens, wanted)]
        if not pairs:
            for one, other in asking:
                silent = not (one.calls or one.forwards)
                yield _silent(one, other, wanted) if silent else _deaf(one, other, wanted)
            return
        open_ = False
        for over in (False, True):
            for one, other in pairs:
                if one.machine == other.machine and one.noun == "instance":
                    gate = open_gate("same", one.id, Property(one.id))
                    yield _alone(one, other, wanted, gate)
                    continue
                if not one.calls and not over:
                    yield _silent(one, other, wanted)
                find = self.ways.over_the_internet if over else self.ways.all
                for way in find(one, other, ports.both(other.listens, wanted)):
                    open_ = open_ or bool(way.ports)
                    yield way
            if open_ or not any(one.calls for one, _ in pairs):
                return

    def ends(self, name: str, asked: bool = False) -> list[Interface]:
        """Give the interfaces that a name stands for; of what is `asked`, those that answer."""
        interfaces = self.ways.interfaces
        if name == INTERNET.id:
            return [INTERNET]
        if name in interfaces:
            return [interfaces[name], *(e for e in interfaces.values() if e.beside == name)]
        part = [each for each in interfaces.values() if each.part == name]
        alias = [each for each in interfaces.values() if name in each.aliases]
        within = [each for each in part if each.outside != "api"]
        # A part's secrets and images are beside what it is for.
        main = [each for each in part if each.noun in DATA]
        deaf = asked and not any(each.listens for each in within)
        found = (main if deaf else []) or within or alias or main or self._machine(part) or part
        if not found and name == self.graph.system:
            ids = {r.id for r in self.graph if r.part == name}
            found = [each for each in interfaces.values() if each.id in ids]
        if not found:
            found = self._homes(name)
        if found:
            return found
        parts = {INTERNET.id, *(each.part for each in interfaces.values())} - {"", *interfaces}
        there = name in self.graph.resources
        what = "has no place in the network" if there else "is no part and no resource here"
        near = closest(name, {*parts, *interfaces})
        if ":" in name and name.partition(":")[0] in parts:
            near = "A port stands with TO alone."
        elif not near.startswith("Did") and len(parts) > 1:
            near = closest(name, parts)  # logical ids are many
        raise Mistake(f"{name!r} {what}", right=near)

    def _machine(self, part: list[Interface]) -> list[Interface]:
        """Give the one machine, for a part of which nothing but a secret or an image is left."""
        machines = {each.machine for each in self.graph.annotated(Composed)} if part else set()
        found = [self.ways.interfaces[id] for id in machines if id in self.ways.interfaces]
        for each in found:
            self.network.reading.assume(each.id, f"{part[0].part} runs on it")
        return found

    def _homes(self, name: str) -> list[Interface]:
        """Give the interfaces of what a part's resources belong to: a topic's cluster."""
        found = [
            self.network.reading.name(each.properties.get("ClusterArn"), each.id)
            for each in self.graph.of("AWS::MSK::Topic")
            if name in (each.id, each.part)
        ]
        return [self.ways.interfaces[id] for id in found if id in self.ways.interfaces][:1]

    def _assumed(self, way: Way | None) -> tuple[str, ...]:
        """Give what was assumed about anything on a way."""
        if way is None:
            return ()
        near: dict[str, None] = {}
        for leg in way.legs:
            near |= dict.fromkeys((leg.source, leg.target))
            for gate in leg.gates:
                near |= dict.fromkeys((gate.holder, gate.shut.resource))
                near |= dict.fromkeys(at.resource for _, at in gate.grants)
                near |= dict.fromkeys(gate.holder.split(", "))
        assumed = self.network.reading.assumed
        return tuple(f"{id}: {text}" for id in near for text in assumed.get(id, ()))

    def reaches(self, source: str, target: str, port: int | None = None) -> str:
        """Give one sentence for the way that is open, "" for none, as rules ask it.

        An end that has no place in the network reaches nothing and is not reached.
        """
        try:
            answer = self.ask(source, target, port)
        except Mistake:
            return ""
        if not answer.yes or answer.way is None:
            return ""
        passed = [each.by for each in answer.way.forwards if each is not None]
        through = f" through {', '.join(passed)}" if passed else ""
        first = answer.way.legs[-1]
        doors = [g for g in first.gates if g.kind in ("ingress", "address", "door") and g.grants]
        said = f" ({doors[-1].grants[0][1].resource})" if doors else ""
        return f"{source} reaches {target} on {ports.text(answer.ports)}{through}{said}"

    @cached_property
    def table(self) -> Table:
        """Give the table of everybody who reaches anybody."""
        return Table(self.ways)

    @cached_property
    def all(self) -> list[Row]:
        """Give every pair of parts between which something is open.

        Left out is how those inside reach what takes anybody on the internet.
        """
        return self.table.rows()

    @property
    def assumed(self) -> list[str]:
        """Give everything that was assumed, in the order in which it came up."""
        found = self.network.reading.assumed.items()
        return [f"{id}: {text}" for id, several in found for text in several]


def _deaf(source: Interface, target: Interface, wanted: Ports) -> Way:
    """Give the closed way to a target that does not listen on what is asked."""
    said = f"listens on {ports.text(target.listens)} alone"
    if not target.listens:
        said = "takes no connections"
    gate = closed_gate("door", target.id, target.listening or Property(target.id), said)
    return _alone(source, target, wanted, gate)


def _silent(source: Interface, target: Interface, wanted: Ports) -> Way:
    """Give the closed way from what only answers, or only passes on what it is asked."""
    said = "passes on what it is asked, and nothing of it there" if source.forwards else ""
    said = said or "makes no connections of its own"
    gate = closed_gate("door", source.id, Property(source.id), said)
    return _alone(source, target, wanted, gate)


def _alone(source: Interface, target: Interface, wanted: Ports, gate: Gate) -> Way:
    """Give the way on which one gate decides."""
    leg = Leg(source.id, target.id, (gate,), Address(4, None, True))
    return Way((leg,), (None,), (wanted,))


def _split(target: str) -> tuple[str, Ports]:
    """Read `PART:PORT` or `PART:PORT/udp`."""
    name, colon, said = target.rpartition(":")
    if not colon:
        return target, ports.ALL
    port, _, protocol = said.partition("/")
    if not name or not (port.isascii() and port.isdecimal()) or protocol not in ("", "tcp", "udp"):
        raise Mistake(f"{target!r} is no end", right="Write PART, PART:PORT or PART:PORT/udp.")
    if len(port) > len(str(ports.LAST)) or not 1 <= int(port) <= ports.LAST:
        raise Mistake(f"{target!r}: there is no port {port}", right=f"There are 1 to {ports.LAST}.")
    return name, (ports.udp if protocol == "udp" else ports.tcp)(int(port))

"""Answers in words and as JSON.

Takes answers and rows; gives text for people, and documents of plain values. Each gate is
told with the property that opens or shuts it, and the line of the description that the
property comes from.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from seatrial.graph import Graph
from seatrial.reach import ports
from seatrial.reach.answer import Answer
from seatrial.reach.gates import Gate
from seatrial.reach.legs import Leg
from seatrial.reach.network import service
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property
from seatrial.reach.table import Row
from seatrial.reach.values import Reading
from seatrial.reach.ways import Way

OPEN = {
    "egress": "security group {holder} lets out {ports}",
    "ingress": "security group {holder} lets in {ports}",
    "acl in": "network ACL {holder} lets into {why}: {ports}",
    "acl out": "network ACL {holder} lets out of {why}: {ports}",
    "answers in": "network ACL {holder} lets answers into {why}",
    "answers out": "network ACL {holder} lets answers out of {why}",
    "route": "{holder} is routed to {why}",
    "route back": "{holder} routes the answers to {why}",
    "address": "{holder} has a public address",
    "door": "{holder} answers {ports}",
    "same": "both are on {holder}",
}
SHUT = {
    "egress": "security group {holder} lets nothing out to {target} on {wanted}",
    "ingress": "security group {holder} lets {source} in on none of {wanted}",
    "acl in": "network ACL {holder} lets {source} into {why} on none of {wanted}",
    "acl out": "network ACL {holder} lets nothing out of {why} on {wanted}",
    "answers in": "network ACL {holder} lets no answers into {why}",
    "answers out": "network ACL {holder} lets no answers out of {why}",
    "route": "{holder} {why}",
    "route back": "{holder} {why}",
    "address": "{holder} {why}",
    "door": "{holder} {why}",
}


class Teller:
    """Tells what was found in one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._reading = Reading(graph)
        self._guards: dict[str, str] = {}
        for each in graph.of("AWS::CloudFront::Distribution"):
            acl = self._reading.get(each, "DistributionConfig", "WebACLId")
            if acl:
                self._guards[each.id] = self._reading.name(acl, each.id)
        for each in graph.of("AWS::WAFv2::WebACLAssociation"):
            behind = self._reading.name(each.properties.get("ResourceArn"), each.id)
            self._guards[behind] = self._reading.name(each.properties.get("WebACLArn"), each.id)

    def text(self, answer: Answer, width: int = 0) -> str:
        """Tell one answer: yes with every hop, or no with what shuts it.

        Where a row is wider than `width`, what opens or shuts stands below; 0 is any width.
        """
        asked = "" if answer.port is None else f":{_port(answer.port)}"
        if answer.yes:
            lines = [
                f"yes: {answer.source} reaches {answer.target}{asked} on {ports.text(answer.ports)}"
            ]
            if answer.way:
                for leg, gates, notes in self._legs(answer.way):
                    lines += ["", f"{leg.source} -> {leg.target}"]
                    lines += [f"  {said}" for said in _columns(gates, width - 2)]
                    lines += [f"  ({note})" for note in notes]
        else:
            lines = [f"no: {answer.source} does not reach {answer.target}{asked}"]
            lines += [f"  {said}" for said in _columns(self._closed(answer.way), width - 2)]
            if answer.way is None:
                lines.append("  nothing leads there")
        if answer.assumed:
            lines += ["", "assumed:", *(f"  {each}" for each in answer.assumed)]
        return "\n".join(lines)

    def document(self, answer: Answer) -> dict[str, Any]:
        """Give one answer as plain values."""
        way = answer.way
        return {
            "from": answer.source,
            "to": answer.target,
            "port": None if answer.port is None else _port(answer.port),
            "reached": answer.yes,
            "ports": _listed(answer.ports),
            "legs": [
                {
                    "from": leg.source,
                    "to": leg.target,
                    "gates": [self._gate(gate, wanted, leg) for gate in leg.gates],
                    "notes": list(notes),
                }
                for (leg, _, notes), wanted in zip(self._legs(way), way.wanted, strict=True)
            ]
            if way
            else [],
            "closed_by": [said for said, _ in self._closed(way)] if not answer.yes else [],
            "assumed": list(answer.assumed),
        }

    def table(self, rows: list[Row]) -> str:
        """Tell the whole table."""
        head = ("from", "to", "ports", "through")
        cells = [(r.source, r.target, ports.text(r.ports), ", ".join(r.through)) for r in rows]
        widths = [max(len(row[i]) for row in (head, *cells)) for i in range(3)]
        return "\n".join(
            "  ".join((*(row[i].ljust(widths[i]) for i in range(3)), row[3])).rstrip()
            for row in (head, *cells)
        )

    def rows(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Give the whole table as plain values."""
        return [
            {
                "from": each.source,
                "to": each.target,
                "ports": _listed(each.ports),
                "through": list(each.through),
            }
            for each in rows
        ]

    def place(self, at: Property) -> str:
        """Give the line that a property comes from, "" where nobody knows it."""
        resource = self.graph.resources.get(at.resource)
        origin = resource.origin if resource else None
        return str(origin.place) if origin and origin.place else ""

    def _legs(self, way: Way | None) -> Iterator[tuple[Leg, list[tuple[str, str]], list[str]]]:
        if way is None:
            return
        for index, (leg, wanted) in enumerate(zip(way.legs, way.wanted, strict=True)):
            open_ = ports.both(leg.ports, wanted)
            gates = [(_open(gate, open_), self._where(_opener(gate, open_))) for gate in leg.gates]
            notes = []
            passed = way.forwards[index - 1] if index else way.forwards[0]
            if passed is not None and passed.by == leg.source:
                said = f"passed on by {passed.by} at {passed.at.resource} {passed.at.path}"
                notes.append(f"{said}, {passed.only}" if passed.only else said)
            if leg.target in self._guards:
                notes.append(f"asked of {self._guards[leg.target]} (WAF) first")
            for gate in leg.gates:
                notes += self._policies(gate.why)
            yield leg, gates, [*notes, *self._policies(leg.target)]

    def _policies(self, id: str) -> Iterator[str]:
        """Say what the policy of an endpoint on the way may refuse."""
        there = self.graph.resources.get(id)
        if there is not None and there.type == "AWS::EC2::VPCEndpoint":
            if there.properties.get("PolicyDocument"):
                yield f"{id} has a policy, which may refuse some requests"
            else:
                yield f"{id} leads to {service(self._reading, there)}; IAM says who may ask what"

    def _closed(self, way: Way | None) -> list[tuple[str, str]]:
        if way is None:
            return []
        found = []
        for leg, wanted in zip(way.legs, way.wanted, strict=True):
            shut = [gate for gate in leg.gates if not ports.both(gate.ports, wanted)]
            for gate in shut:
                said = SHUT[gate.kind].format(
                    holder=gate.holder,
                    why=gate.why,
                    source=leg.source,
                    target=leg.target,
                    wanted=ports.text(wanted),
                )
                found.append((said, self._where(gate.shut)))
            if not shut and not ports.both(leg.ports, wanted):
                found += [(_open(gate, gate.ports), self._where(gate.shut)) for gate in leg.gates]
                found.append(("together they leave nothing open", ""))
        return found

    def _gate(self, gate: Gate, wanted: Ports, leg: Leg) -> dict[str, Any]:
        open_ = ports.both(gate.ports, wanted)
        at = _opener(gate, ports.both(leg.ports, wanted) or open_) if open_ else gate.shut
        resource = self.graph.resources.get(at.resource)
        place = resource.origin.place if resource and resource.origin else None
        return {
            "kind": gate.kind,
            "holder": gate.holder,
            "open": bool(open_),
            "ports": _listed(gate.ports),
            "resource": at.resource,
            "property": at.path,
            "file": place.file if place else None,
            "line": place.line if place else None,
        }

    def _where(self, at: Property) -> str:
        place = self.place(at)
        said = f"{at.resource} {at.path}".strip()
        return f"{said}  {place}" if place else said


def _open(gate: Gate, open_: Ports) -> str:
    shown = ports.both(gate.ports, open_) or gate.ports
    return OPEN[gate.kind].format(holder=gate.holder, why=gate.why, ports=ports.text(shown))


def _opener(gate: Gate, open_: Ports) -> Property:
    """Give the property that lets through what is open."""
    for granted, at in gate.grants:
        if ports.both(granted, open_):
            return at
    return gate.shut


def _columns(lines: list[tuple[str, str]], width: int) -> list[str]:
    widest = max((len(said) for said, _ in lines), default=0)
    rows = [f"{said.ljust(widest)}  {where}".rstrip() for said, where in lines]
    if width <= 0 or max(map(len, rows), default=0) <= width:
        return rows
    found = []
    for said, where in lines:
        found += _wrapped(said, width, "", "  ")
        found += _wrapped(where, width, "    ", "    ")
    return found


def _wrapped(text: str, width: int, first: str, then: str) -> list[str]:
    """Break a text between words; a path stays whole."""
    return wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _port(number: int) -> str:
    return ports.text(((number, number),))


def _listed(some: Ports) -> list[str]:
    return ports.text(some).split(", ") if some else []

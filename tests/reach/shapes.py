"""What occurs in a random network: the shapes that its walk can only judge where they are."""

from collections.abc import Iterator

from tests.reach.networks import Net
from tests.reach.traffic import Rule

EPHEMERAL = (1024, 32768, 61001)


def shapes(net: Net) -> set[str]:
    """Name every shape that occurs in a network."""
    found = {*_subnets(net), *_groups(net), *_nodes(net), *_balancers(net)}
    found |= {f"{len(net.vpcs)} VPCs", *(f"endpoint to {each}" for each in net.apis)}
    found |= {"gateway not attached" for each in net.vpcs if not each.attached}
    found |= {"IPv6" for each in net.vpcs if each.six}
    found |= {"NAT gateway" if each.public else "private NAT gateway" for each in net.nats}
    return found


def _subnets(net: Net) -> Iterator[str]:
    for subnet in net.subnets:
        if subnet.endpoints:
            yield "gateway endpoint"
        if subnet.routes is None:
            yield "main route table"
        for to, target in subnet.routes or ():
            family = " of IPv6" if ":" in to or to == "list2" else ""
            yield f"route to {target.rstrip('0123456789')}{family}"
            if to.startswith("list"):
                yield "route by prefix list"
        for way, entries in (("in", subnet.inbound), ("out", subnet.outbound)):
            for each in entries or ():
                if not each.allow and each.protocol != "-1" and each.low < each.high:
                    yield f"ACL denies a range {way}"
                if each.allow and each.low in EPHEMERAL:
                    yield f"ACL allows some answers {way}"
                if ":" in each.cidr:
                    yield f"ACL entry of IPv6 {way}"


def _groups(net: Net) -> Iterator[str]:
    for group in net.groups:
        if group.default:
            continue
        if group.egress is not None:
            yield "egress rules"
        if group.apart:
            yield "egress rules beside " + ("others" if group.egress else "none")
        for way, rules in (("in", group.ingress), ("out", (group.egress or []) + group.apart)):
            for each in rules:
                yield from _peer(net, each, way)
    held = {each for node in net.nodes for card in node.cards for each in card.groups or ()}
    for index in held:
        if net.groups[index].default:
            yield "a VPC's own group"
        for rule in net.groups[index].egress or ():
            others = [card for node in net.nodes for card in node.cards]
            if rule.group >= 0 and any(rule.group not in (card.groups or ()) for card in others):
                yield "egress to a group that a target has not"
        for rule in net.groups[index].ingress:
            if rule.group >= 0 and rule.group not in held:
                yield "ingress from a group that nobody has"


def _peer(net: Net, rule: Rule, way: str) -> Iterator[str]:
    if rule.group >= 0:
        yield f"rule {way} by group"
    elif rule.list:
        yield f"rule {way} by prefix list" + ("" if rule.list.isdecimal() else " of AWS's")
    elif ":" in rule.cidr:
        yield f"rule {way} by IPv6"


def _nodes(net: Net) -> Iterator[str]:
    for node in net.nodes:
        yield node.kind
        if len(node.cards) > 1:
            yield "several interfaces"
        for card in node.cards:
            if len(card.subnets) > 1:
                yield "several subnets"
            if card.how:
                yield f"public address: {card.how}"
            if card.fixed and card.six:
                yield "addresses of both kinds, one written"


def _balancers(net: Net) -> Iterator[str]:
    for node in net.nodes:
        if node.name == "Balancer":
            yield "several listeners" if len(net.listeners) > 1 else "one listener"
            if node.cards[0].six:
                yield "load balancer with IPv6"
            if node.cards[0].groups is None:
                yield "load balancer without groups"
            for listener in net.listeners:
                yield f"listener over {listener.word}"
                if len(listener.to) > 1:
                    yield "listener with a rule"
                for each in listener.to:
                    there = net.targets[each]
                    yield f"targets by {there.kind}"
                    if node.kind == "network":
                        yield f"client's address kept: {there.keeps}"

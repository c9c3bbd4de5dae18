"""The reader agrees with a walk packet by packet, on 1,000 random networks."""

from collections import Counter

import pytest

from seatrial.reach import ports as sets
from seatrial.reach.table import Table
from seatrial.reach.ways import Ways
from tests.reach.described import graph
from tests.reach.networks import Net, network
from tests.reach.shapes import shapes
from tests.reach.walk import PORTS, Walk

NETWORKS = 1000
BATCH = 100
LEAST = 40
"""Networks, of them all, in which each shape must be."""
SHAPES = (
    "1 VPCs",
    "2 VPCs",
    "ACL allows some answers in",
    "ACL allows some answers out",
    "ACL denies a range in",
    "ACL denies a range out",
    "ACL entry of IPv6 in",
    "ACL entry of IPv6 out",
    "IPv6",
    "NAT gateway",
    "a VPC's own group",
    "addresses of both kinds, one written",
    "application",
    "client's address kept: False",
    "client's address kept: None",
    "client's address kept: True",
    "database",
    "egress rules",
    "egress rules beside none",
    "egress rules beside others",
    "egress to a group that a target has not",
    "endpoint",
    "endpoint to dynamodb",
    "endpoint to s3",
    "endpoint to secretsmanager",
    "function",
    "gateway endpoint",
    "gateway not attached",
    "ingress from a group that nobody has",
    "instance",
    "listener over tcp",
    "listener over udp",
    "listener with a rule",
    "load balancer with IPv6",
    "load balancer without groups",
    "main route table",
    "network",
    "one listener",
    "private NAT gateway",
    "public address: asked",
    "public address: elastic",
    "public address: never",
    "public address: subnet",
    "public address: unwritten",
    "route by prefix list",
    "route to igw",
    "route to igw of IPv6",
    "route to nat",
    "route to out of IPv6",
    "route to peer",
    "route to peer of IPv6",
    "rule in by IPv6",
    "rule in by group",
    "rule in by prefix list",
    "rule in by prefix list of AWS's",
    "rule out by IPv6",
    "rule out by group",
    "rule out by prefix list",
    "rule out by prefix list of AWS's",
    "service",
    "several interfaces",
    "several listeners",
    "several subnets",
    "targets by address",
    "targets by instance",
    "targets by service",
)


def by_table(net: Net) -> dict[tuple[str, str], set[tuple[str, int]]]:
    return {
        (row.source, row.target): open_
        for row in Table(Ways(graph(net)), whole=True).rows()
        if row.source != row.target and (open_ := _of_interest(row.ports))
    }


def by_ways(net: Net) -> dict[tuple[str, str], set[tuple[str, int]]]:
    ways = Ways(graph(net))
    found: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for source in ways.interfaces.values():
        for target in ways.interfaces.values():
            if source.part == target.part:
                continue
            several = ways.all(source, target, target.listens)
            open_ = _of_interest(sets.union(way.ports for way in several))
            if open_:
                found.setdefault((source.part, target.part), set()).update(open_)
    return found


def around(net: Net) -> dict[tuple[str, str], set[tuple[str, int]]]:
    ways = Ways(graph(net))
    found: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for source in ways.interfaces.values():
        for target in ways.interfaces.values():
            if source.part == target.part or not source.calls:
                continue
            several = ways.over_the_internet(source, target, target.listens)
            open_ = _of_interest(sets.union(way.ports for way in several))
            if open_:
                found.setdefault((source.part, target.part), set()).update(open_)
    return found


def _of_interest(ports: sets.Ports) -> set[tuple[str, int]]:
    return {
        (word, port)
        for word, port in PORTS
        if sets.holds(ports, port + (sets.UDP if word == "udp" else 0))
    }


@pytest.mark.parametrize("first", range(0, NETWORKS, BATCH))
def test_random_networks(first: int) -> None:
    for seed in range(first, first + BATCH):
        net = network(seed)
        walk = Walk(net)
        walked = walk.everything()
        assert by_table(net) == walked, f"seed {seed}: {net}"
        if seed % 4 == 0 or net.apis or any(each.kind == "network" for each in net.nodes):
            asked = by_ways(net)
            assert {source for source, target in asked if target == "Api"} == walk.asked()
            asked = {pair: open_ for pair, open_ in asked.items() if pair[1] != "Api"}
            assert asked == walked, f"seed {seed}: {net}"
            assert around(net) == walk.around(), f"seed {seed}: {net}"


def test_the_networks_are_no_easy_ones() -> None:
    """Enough is open and enough is shut, and every kind of way is there."""
    opened = shut = balanced = out = 0
    for seed in range(200):
        net = network(seed)
        walked = Walk(net).everything()
        names = len(net.nodes) + 1
        opened += len(walked)
        shut += names * (names - 1) - len(walked)
        balanced += any(source == "Balancer" for source, _ in walked)
        out += any(target == "internet" for _, target in walked)
    assert opened > 500
    assert shut > 1000
    assert balanced > 15
    assert out > 40


def test_every_shape_occurs() -> None:
    """What is never drawn is never judged: of 1,000 networks some have each of these."""
    found = Counter(shape for seed in range(NETWORKS) for shape in shapes(network(seed)))
    assert {shape: found[shape] for shape in SHAPES if found[shape] < LEAST} == {}
    assert set(found) == set(SHAPES)

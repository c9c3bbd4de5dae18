"""The reader agrees with a walk packet by packet, on 1,000 random networks."""

import pytest

from seatrial.reach import ports as sets
from seatrial.reach.table import Table
from seatrial.reach.ways import Ways
from tests.reach.described import graph
from tests.reach.networks import Net, network
from tests.reach.walk import PORTS, Walk

NETWORKS = 1000
BATCH = 100


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
        if seed % 3 == 0 or net.listeners or net.apis:
            asked = by_ways(net)
            assert {source for source, target in asked if target == "Api"} == walk.asked()
            asked = {pair: open_ for pair, open_ in asked.items() if pair[1] != "Api"}
            assert asked == walked, f"seed {seed}: {net}"
            assert around(net) == walk.around(), f"seed {seed}: {net}"


def test_the_networks_are_no_easy_ones() -> None:
    """Enough is open and enough is shut, and every kind of way is there."""
    opened = shut = balanced = out = 0
    for seed in range(100):
        net = network(seed)
        walked = Walk(net).everything()
        names = len(net.nodes) + 1
        opened += len(walked)
        shut += names * (names - 1) - len(walked)
        balanced += any(source == "Balancer" for source, _ in walked)
        out += any(target == "internet" for _, target in walked)
    assert opened > 250
    assert shut > 500
    assert balanced > 10
    assert out > 15

"""Sets of ports."""

from random import Random

import pytest

from seatrial.reach import ports
from seatrial.reach.ports import UDP, both, holds, text, union, without


def members(some: ports.Ports) -> set[int]:
    return {each for low, high in some for each in range(low, high + 1)}


def test_they_are_sets() -> None:
    dice = Random(1)
    for _ in range(500):
        made = [[dice.sample(range(40), 2) for _ in range(dice.randint(0, 4))] for _ in range(2)]
        one, other = (union([tuple((min(r), max(r)) for r in some)]) for some in made)
        assert members(both(one, other)) == members(one) & members(other)
        assert members(union([one, other])) == members(one) | members(other)
        assert members(without(one, other)) == members(one) - members(other)
        assert all(holds(one, each) == (each in members(one)) for each in range(40))


@pytest.mark.parametrize(
    ("protocol", "low", "high", "said"),
    [
        ("tcp", 443, 443, "443"),
        ("6", 80, 81, "80-81"),
        (17, 53, 53, "53/udp"),
        ("-1", None, None, "any"),
        ("-1", 22, 22, "any"),  # EC2 takes no notice of the ports then
        ("tcp", None, None, "any tcp"),
        ("udp", -1, -1, "any udp"),
        ("icmp", 8, -1, "none"),
        ("icmp", 252, 86, "none"),
        ("50", None, None, "none"),
        ("tcp", 80, 22, "none"),
    ],
)
def test_a_rules_ports(protocol: object, low: int | None, high: int | None, said: str) -> None:
    assert text(ports.of(protocol, low, high)) == said


def test_a_range_over_both_protocols_is_told_as_two() -> None:
    assert text(((65000, UDP + 100),)) == "65000-65535, 0-100/udp"

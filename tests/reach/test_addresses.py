"""Blocks of addresses, and the few addresses that stand for all."""

from random import Random

import pytest

from seatrial.reach.addresses import Block, block, internet, known, representatives, written


@pytest.mark.parametrize("said", ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "::/0"])
def test_a_block_is_written_as_it_is_read(said: str) -> None:
    assert written(known(said)) == said


def test_what_is_no_block_is_none() -> None:
    assert block("somewhere") is None
    assert written(Block(4, 1, 6)) == "0.0.0.1-0.0.0.6"


def test_one_address_stands_for_all_that_no_rule_tells_apart() -> None:
    dice = Random(3)
    for _ in range(200):
        home = Block(4, 64, 127)
        cuts = []
        for _ in range(dice.randint(0, 5)):
            size = dice.choice([1, 2, 8, 16, 64, 256])
            low = dice.randrange(0, 256, size)
            cuts.append(Block(4, low, low + size - 1))
        wanted = {frozenset(c for c in cuts if c.low <= a <= c.high) for a in range(64, 128)}
        found = [number for _, number in representatives([home], cuts)]
        assert all(64 <= number <= 127 for number in found)
        told = [frozenset(c for c in cuts if c.low <= a <= c.high) for a in found]
        assert set(told) == wanted
        assert len(told) == len(wanted)


def test_the_internet_is_what_nobody_has_inside() -> None:
    outside = internet([known("198.51.100.0/24")])

    def there(address: str) -> bool:
        return any(each.covers(known(address)) for each in outside)

    assert there("8.8.8.8")
    assert there("203.0.113.9")
    assert there("2600::1")
    inside = ("10.1.2.3", "172.16.0.1", "192.168.1.1", "198.51.100.9", "127.0.0.1", "fd00::1")
    assert not any(there(each) for each in inside)

"""What no replication group could be is refused when it is written down."""

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.redis import CacheSpec


def spec(zones: int, addresses: int) -> CacheSpec:
    places = tuple(Address("127.0.0.1", port) for port in range(7000, 7000 + addresses))
    return CacheSpec("cache", "t0ken", tuple("abcdefg"[:zones]), places)


@pytest.mark.parametrize(("zones", "addresses"), [(0, 0), (7, 7), (2, 1)])
def test_nodes_and_addresses_fit(zones: int, addresses: int) -> None:
    with pytest.raises(ValueError, match="cache needs"):
        spec(zones, addresses)


def test_a_password_is_not_shown() -> None:
    assert "t0ken" not in repr(spec(2, 2))
    assert spec(2, 2).nodes == ("cache-001", "cache-002")

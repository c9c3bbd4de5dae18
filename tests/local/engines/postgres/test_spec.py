import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres.spec import DatabaseSpec

WORDS = {"name": "db", "database": "app", "user": "app", "password": "pw", "major": 18}
ADDRESSES = tuple(Address(f"127.0.0.{number}", 5432) for number in range(1, 5))


def test_nodes_are_named_by_their_place():
    spec = DatabaseSpec(**WORDS, zones=("a", "b"), readers=("c", "a"), addresses=ADDRESSES)
    assert spec.pair == ("db-1", "db-2")
    assert spec.reader_names == ("db-reader-1", "db-reader-2")
    assert "pw" not in repr(spec)


@pytest.mark.parametrize("zones", [(), ("a", "b", "c")])
def test_a_database_has_one_zone_or_two(zones):
    with pytest.raises(ValueError, match="Multi-AZ"):
        DatabaseSpec(**WORDS, zones=zones, readers=(), addresses=ADDRESSES[: len(zones)])


def test_every_node_needs_an_address():
    with pytest.raises(ValueError, match="address"):
        DatabaseSpec(**WORDS, zones=("a",), readers=("b",), addresses=ADDRESSES[:1])


def test_the_master_user_is_not_one_of_ours():
    words = WORDS | {"user": "rdsadmin"}
    with pytest.raises(ValueError, match="rdsadmin"):
        DatabaseSpec(**words, zones=("a",), readers=(), addresses=ADDRESSES[:1])

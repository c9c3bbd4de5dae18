"""What a replica holds, by what it says: the difference between a failover and an empty cache."""

import pytest

from seatrial.local.engines.redis.conductor import read_place

DOWN = {"master_link_status": "down", "loading": "0", "master_sync_in_progress": "0"}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"master_link_status": "up", "slave_repl_offset": "42"}, 42),
        # Nothing was written yet since its copy.
        ({"master_link_status": "up", "slave_repl_offset": "0"}, 0),
        ({"slave_repl_offset": "42", "master_link_down_since_seconds": "0"}, 42),
        # It has its copy, and lost the primary before anything came after it.
        ({"slave_repl_offset": "1", "master_link_down_since_seconds": "3"}, 1),
        # It was told to follow another one and has not met it yet.
        ({"slave_repl_offset": "42", "master_link_down_since_seconds": "-1"}, 42),
        # It never had a copy.
        ({"slave_repl_offset": "1", "master_link_down_since_seconds": "-1"}, None),
        ({}, None),
        # It is in the middle of one.
        ({"slave_repl_offset": "42", "master_sync_in_progress": "1"}, None),
        ({"slave_repl_offset": "42", "loading": "1"}, None),
    ],
)
def test_a_place_is_that_of_a_whole_copy(told: dict[str, str], place: int | None) -> None:
    assert read_place(DOWN | told) == place

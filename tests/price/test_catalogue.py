"""The catalogue: its scheme is mechanical, and nothing in it means two things."""

import re

import pytest

from seatrial.price.catalogue import ITEMS, item
from seatrial.price.item import CLASS, PREFIXES, UNITS


def test_every_item_has_a_unit_that_is_known() -> None:
    assert {each.unit for each in ITEMS.values()} <= set(UNITS)


@pytest.mark.parametrize("key", ITEMS)
def test_a_key_follows_the_scheme(key: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*(\.(\{class\}|[a-z0-9-]+(_[a-z0-9]+)*))*", key)
    assert ITEMS[key].key == key


def test_no_two_items_are_the_same_thing() -> None:
    said = [
        (each.offer, each.usage_type, tuple(sorted(each.where.items())), each.of)
        for key, each in ITEMS.items()
        if key != "backup.rds_gb_mo"  # billed as the database's own backups
    ]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("key", "family"),
    [
        ("rds.pg.db.t4g.small.multi", "rds.pg.{class}.multi"),
        ("elasticache.redis.cache.r5.large", "elasticache.redis.{class}"),
        ("ec2.t3.medium", "ec2.{class}"),
        ("msk.m5.large", "msk.{class}"),
        ("opensearch.t3.small", "opensearch.{class}"),
        ("sagemaker.ml.g5.xlarge", "sagemaker.{class}"),
        ("aurora.pg.db.r6g.large", "aurora.pg.{class}"),
        ("nat.h", "nat.h"),
        ("transfer.us-west-2_gb", "transfer.us-west-2_gb"),
    ],
)
def test_a_key_is_found(key: str, family: str) -> None:
    found = item(key)
    assert found is not None
    assert found.key == family


@pytest.mark.parametrize("key", ["", "nat", "nat.h.h", "rds.pg", "msk.gp9_gb_mo", CLASS, "ec2."])
def test_what_is_no_key_is_not_found(key: str) -> None:
    assert item(key) is None


def test_regions_have_prefixes_of_their_own() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)

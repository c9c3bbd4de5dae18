"""`seatrial prices`: prices with their sources, and a book of one's own."""

import json
from pathlib import Path

import pytest

from tests.cli.command import seatrial
from tests.price.offer import DATABASES, as_json


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATRIAL_PRICES", str(tmp_path / "own"))


def test_a_price_is_shown_with_its_source_and_date(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show", "nat.h")
    assert (done.code, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first == "nat.h  $0.045 per hour  (AmazonEC2 NatGateway-Hours)  [1]"
    assert rest[-1].startswith("[1] AWS offer file AmazonEC2")
    assert rest[-1].endswith("(2026-10-07)")


def test_a_beginning_shows_all_that_begin_so(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show", "egress", "nat", "--region", "us-west-2", "--json")
    shown = json.loads(done.out)
    assert shown["region"] == "us-west-2"
    assert [each["key"] for each in shown["prices"]] == ["egress.gb", "nat.gb", "nat.h"]
    assert shown["prices"][0]["tiers"][1] == {"from": 10240.0, "usd": 0.085}
    assert shown["prices"][0]["date"] == "2026-09-16"


def test_without_a_key_every_price_is_shown(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show")
    assert "fargate.x86.vcpu_h " in done.out
    assert "egress.gb " in done.out
    assert "$0.09 per GB, from 10,240 on $0.085" in done.out


def test_a_key_that_nobody_knows(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show", "nat.hh")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "nat.h" in done.err


def test_a_region_that_nobody_knows(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show", "--region", "eu-west-1")
    assert done.code == 1
    assert "seatrial prices refresh --region eu-west-1" in done.err


def test_a_refreshed_price_is_shown_from_then_on(tmp_path: Path) -> None:
    offers = tmp_path / "offers"
    offers.mkdir()
    (offers / "AmazonRDS.json").write_text(as_json("AmazonRDS", DATABASES))
    done = seatrial(tmp_path, "prices", "refresh", "--region", "us-east-1", "--offers", "offers")
    assert done.code == 0
    assert done.out.startswith(f"{tmp_path / 'own' / 'us-east-1.json'}: 3 prices; ")
    assert "AmazonRDS: 3 prices\n" in done.err
    assert "without a price: rds.gp2.single_gb_mo: 2 SKUs that differ (GP2A, GP2B)" in done.err
    shown = seatrial(tmp_path, "prices", "show", "rds.pg.db.r5.xlarge.single", "alb.h")
    assert "AmazonRDS/20261006224050/us-east-1, SKU KEEP1 (2026-10-06)" in shown.out
    assert "alb.h" in shown.out


def test_wrong_use_says_so(tmp_path: Path) -> None:
    assert seatrial(tmp_path, "prices", "refresh").code == 2
    assert seatrial(tmp_path, "prices", "nothing").code == 2


def test_nothing_like_a_key_is_told_how_keys_begin(tmp_path: Path) -> None:
    done = seatrial(tmp_path, "prices", "show", "zzz")
    assert done.err.startswith("error: no price 'zzz' is known in us-east-1. Keys begin with alb, ")

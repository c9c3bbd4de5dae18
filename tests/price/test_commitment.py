"""What a commitment would save: only what runs at low traffic, only by the user's word."""

import pytest

from seatrial.graph.values import Ref
from seatrial.price.book import Book
from seatrial.price.commitment import PLANS, Rate, rates, what_if
from tests.price.graphs import billed, graph, resource, usage

FARGATE = graph(
    resource("Task", "ECS::TaskDefinition", "api", Cpu="1024", Memory="2048"),
    resource("Service", "ECS::Service", "api", TaskDefinition=Ref("Task"), LaunchType="FARGATE"),
)


def test_the_low_figure_is_committed() -> None:
    bill = billed(FARGATE, usage(api={"tasks": (1, 2, 10)}))
    found = what_if(bill, "compute", 20)
    assert found.saved == pytest.approx(36.04 * 0.2, abs=0.005)
    assert found.covered.expected == pytest.approx(72.08, abs=0.005)


def test_without_a_discount_the_saving_is_unknown() -> None:
    assert what_if(billed(FARGATE), "compute", None).saved is None
    assert what_if(billed(FARGATE), "database", None).published == ()


def test_of_fargate_awss_own_rates_are_known() -> None:
    bill = billed(FARGATE, usage(api={"tasks": (1, 2, 10)}))
    one, three = what_if(bill, "compute", None).published
    assert (one.rate.years, three.rate.years) == (1, 3)
    assert one.of == three.of == pytest.approx(36.04, abs=0.005)
    assert one.saved == pytest.approx(36.04 * 0.2, abs=0.005)
    assert three.saved == pytest.approx(36.04 * 0.45, abs=0.005)
    assert what_if(bill, "compute", 10).published == ()


@pytest.mark.parametrize(
    "rate", rates(), ids=lambda each: f"{each.plan}-{each.region}-{each.years}"
)
def test_a_rate_is_below_the_price_and_dated(rate: Rate) -> None:
    book = Book.of(rate.region)
    assert rate.date.startswith("2026-")
    assert "github.com/" in rate.source or "docs/prices.md" in rate.source
    for key, usd in rate.usd.items():
        assert PLANS[rate.plan].covers.match(key), key
        price = book.get(key)
        assert price is not None, key
        assert 0.3 < usd / price.tiers[0].usd < 0.9, key


@pytest.mark.parametrize(
    ("key", "plans"),
    [
        ("fargate.x86.vcpu_h", {"compute"}),
        ("ec2.t3.medium", {"compute"}),
        ("lambda.arm.gb_s", {"compute"}),
        ("aurora.acu_h", {"database"}),
        ("rds.pg.db.r5.xlarge.multi", {"reserved"}),
        ("rds.pg.db.t4g.small.single", {"reserved"}),
        ("rds.pg.db.r7g.large.single", {"reserved", "database"}),
        ("elasticache.redis.cache.r5.large", {"reserved"}),
        ("opensearch.t3.small", {"reserved"}),
        ("opensearch.gp3_gb_mo", set()),
        ("rds.gp3.multi_gb_mo", set()),
        ("nat.h", set()),
    ],
)
def test_what_each_covers(key: str, plans: set[str]) -> None:
    assert {name for name, plan in PLANS.items() if plan.covers.match(key)} == plans


def test_spot_is_not_covered() -> None:
    strategy = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    made = graph(
        FARGATE["Task"],
        resource(
            "Service",
            "ECS::Service",
            "api",
            TaskDefinition=Ref("Task"),
            CapacityProviderStrategy=strategy,
        ),
    )
    assert not what_if(billed(made), "compute", 20).covered

"""What a commitment would save: only what runs at low traffic, only by the user's word."""

import pytest

from seatrial.graph.values import Ref
from seatrial.price.commitment import PLANS, what_if
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

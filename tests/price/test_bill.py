"""A bill is the sum of its lines, whatever is in it, and leaves nothing out in silence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.graph.values import Ref
from seatrial.price.allowance import ALLOWANCES, PART
from seatrial.price.bill import total
from seatrial.price.free import AS_SET, FREE
from seatrial.price.quantity import Quantity
from seatrial.price.rules import MODULES, RULES, rule_for
from seatrial.price.usage import Said, Usage
from tests.price.graphs import US_EAST_1, billed, book, graph, resource, usage

THREE = st.tuples(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9)).map(sorted)
TASK = {"Cpu": "256", "Memory": "512"}
SERVICE = {
    "LaunchType": "FARGATE",
    "DesiredCount": 2,
    "LoadBalancers": [{"TargetGroupArn": Ref("Targets")}],
}
MEASURED = ("requests", "request_kb", "response_kb", "logs_gb", "storage_gb", "in_gb", "images_gb")


def shop() -> Any:
    container = {"LogConfiguration": {"Options": {"awslogs-group": Ref("Logs")}}}
    return graph(
        resource("Lb", "ElasticLoadBalancingV2::LoadBalancer", "shop", Subnets=["a", "b"]),
        resource(
            "Http",
            "ElasticLoadBalancingV2::Listener",
            "shop",
            LoadBalancerArn=Ref("Lb"),
            DefaultActions=[{"TargetGroupArn": Ref("Targets")}],
        ),
        resource("Targets", "ElasticLoadBalancingV2::TargetGroup", "api"),
        resource("Logs", "Logs::LogGroup", "shop", RetentionInDays=30),
        resource("Task", "ECS::TaskDefinition", "api", **TASK, ContainerDefinitions=[container]),
        resource("Service", "ECS::Service", "api", TaskDefinition=Ref("Task"), **SERVICE),
        resource("Images", "ECR::Repository", "api"),
        resource("Files", "S3::Bucket", "files"),
        resource("Nat", "EC2::NatGateway", "shop"),
        resource("Vpc", "EC2::VPC", "shop"),
        resource("Odd", "Wonder::Thing", "shop"),
    )  # fmt: skip


@given(
    st.dictionaries(st.tuples(st.sampled_from(("api", "files")), st.sampled_from(MEASURED)), THREE)
)
def test_a_total_is_the_sum_of_its_lines_and_grows_with_traffic(
    said: dict[tuple[str, str], list[float]],
) -> None:
    parts: dict[str, dict[str, Said]] = {}
    for (part, measure), levels in said.items():
        parts.setdefault(part, {})[measure] = Said(Quantity(*levels), "test")
    for free in (True, False):
        bill = billed(shop(), Usage(parts), free=free)
        assert bill.total == total(bill.lines)
        assert sum(
            (total(lines) for lines in bill.parts.values()), Quantity.of(0)
        ).expected == pytest.approx(bill.total.expected)
        low, expected, high = bill.total.low, bill.total.expected, bill.total.high
        noise = 1e-9 * high
        assert 0 <= low <= expected + noise
        assert expected <= high + noise
        for line in bill.lines:
            if line.part != PART:
                assert line.cost.low <= line.cost.expected + noise
                assert line.cost.expected <= line.cost.high + noise


@given(THREE, THREE)
def test_what_is_always_free_never_makes_more_than_it_cost(
    one: list[float], other: list[float]
) -> None:
    said = Usage(
        {"files": {"out_gb": Said(Quantity(*one), "t"), "storage_gb": Said(Quantity(*other), "t")}}
    )
    with_, without = billed(shop(), said, free=True), billed(shop(), said)
    assert 0 <= with_.total.expected <= without.total.expected


def test_a_type_that_nobody_taught_is_unknown_and_not_free() -> None:
    bill = billed(shop())
    odd = [line for line in bill.lines if line.resource == "Odd"]
    assert [line.unknown for line in odd] == ["Seatrial does not know what this costs"]
    assert "Vpc" in {each.resource for each in bill.free}


def test_an_allowance_is_taken_off_up_to_what_is_used() -> None:
    said = usage(files={"out_gb": (10, 100, 1000), "storage_gb": 0})
    bill = billed(shop(), said, free=True)
    (line,) = [line for line in bill.lines if line.part == PART and line.key == "egress.gb"]
    assert line.quantity == Quantity(-10, -100, -100)
    assert "https://" in line.how


def test_an_allowance_of_several_prices_is_taken_off_once() -> None:
    made = graph(
        resource("A", "Logs::LogGroup", "api", RetentionInDays=1, LogGroupName="/ecs/a"),
        resource(
            "B", "Logs::LogGroup", "kafka", RetentionInDays=1, LogGroupName="/aws/vendedlogs/b"
        ),
    )
    bill = billed(made, usage(api={"logs_gb": 3}, kafka={"logs_gb": 9}), free=True)
    free = {line.key: line.quantity.expected for line in bill.lines if line.part == PART}
    assert free == {"cw.logs_gb": -3, "cw.vended_gb": -2}


def test_a_books_own_free_tier_stands_in_the_place_of_ours() -> None:
    tiered = book(egress__gb=[(0, 0.0), (100, 0.09)], s3__std_gb_mo=0.023)
    bill = billed(shop(), usage(files={"out_gb": 300, "storage_gb": 0}), from_=tiered, free=True)
    assert round(bill.total.expected, 2) == 18.00


def test_lines_share_the_tiers_of_a_price() -> None:
    tiered = book(egress__gb=[(0, 1.0), (10, 0.5)], s3__std_gb_mo=0.0)
    made = graph(*(resource(each, "S3::Bucket", each.lower()) for each in ("A", "B")))
    said = usage(a={"out_gb": 8, "storage_gb": 0}, b={"out_gb": 8, "storage_gb": 0})
    costs = [
        line.cost.expected
        for line in billed(made, said, from_=tiered).lines
        if line.key == "egress.gb"
    ]
    assert costs == [8.0, 2 * 1.0 + 6 * 0.5]


def test_nothing_of_it_needs_no_price() -> None:
    made = graph(resource("Lb", "WAFv2::WebACL", Rules=[]))
    rules = next(line for line in billed(made, from_=book()).lines if line.component == "rules")
    assert (rules.unknown, rules.empty) == ("", True)


def test_no_type_is_both_free_and_priced() -> None:
    for type_ in [*FREE, *AS_SET]:
        rule_for(type_)
    for service in MODULES:
        rule_for(f"{service}::X")
    assert RULES.keys() & FREE.keys() == set()
    assert AS_SET.keys() <= RULES.keys()


def test_every_rule_of_what_is_free_names_awss_page() -> None:
    assert all(source.startswith("https://") and reason for reason, source in FREE.values())
    assert all(each.source.startswith("https://aws.amazon.com/") for each in ALLOWANCES)


def test_every_allowance_speaks_of_prices_that_the_catalogue_has() -> None:
    from seatrial.price.catalogue import item

    assert [key for each in ALLOWANCES for key in each.keys if item(key) is None] == []
    assert US_EAST_1.get("egress.gb") is not None


def test_in_a_template_without_parts_the_service_stands_for_them() -> None:
    made = graph(
        resource("Files", "S3::Bucket"),
        resource("Other", "S3::Bucket"),
        resource("Nat", "EC2::NatGateway"),
    )
    bill = billed(made, usage(Files={"storage_gb": 10}))
    assert {line.part for line in bill.lines} == {"AWS S3", "AWS EC2"}
    by_id = {line.resource: line for line in bill.lines if line.component == "storage"}
    assert round(by_id["Files"].cost.expected, 2) == 0.23
    assert by_id["Other"].wants == "storage_gb"

"""The graph's symbols on this machine: every kind has a value, or says that it has none."""

import pytest
from hypothesis import given

from seatrial.graph import Graph, Parameter, Resource
from seatrial.graph.values import (
    SYMBOLS,
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Pseudo,
    Ref,
    Secret,
    Zone,
)
from seatrial.local.addresses import Address
from seatrial.local.resolve import Resolver, Unresolvable
from tests.lower.systems import Described, few, systems

TASK = {"HOST": "127.5.1.2", "PORT": "8000"}


def resolver() -> Resolver:
    graph = Graph("shop", "production", "eu-west-1")
    graph.parameters["Count"] = Parameter("Count", "Number", "", default=3)
    for id, kind, properties in (
        ("Db", "AWS::RDS::DBInstance", {}),
        ("LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "shop"}),
        ("Logs", "AWS::Logs::LogGroup", {"LogGroupName": "/ecs/shop"}),
        ("Service", "AWS::ECS::Service", {"ServiceName": Join(("user", "-", "api"))}),
        ("Plain", "AWS::ECS::Service", {}),
        ("Cache", "AWS::ElastiCache::ReplicationGroup", {}),
    ):
        graph.add(Resource(id, kind, properties))
    return Resolver(
        graph,
        {
            "Db": Address("127.5.0.3", 5432),
            "LoadBalancer": Address("127.5.0.2", 10080),
            "Cache": Address("127.5.0.4", 6379),
            "Cache-reader": Address("127.5.0.5", 6380),
        },
    )


KNOWN = {
    AtRun("HOST", "0.0.0.0"): "127.5.1.2",
    AtRun("PORT", "80"): "8000",
    AtRun("PGSSLMODE", "verify-full"): "disable",
    AtRun("REDIS_SCHEME", "rediss"): "redis",
    AtRun("REDIS_TLS_OPTIONS", "?ssl_cert_reqs=required"): "",
    AtRun("OTHER", "as on AWS"): "as on AWS",
    Ref("Count"): 3,
    Ref("Logs"): "/ecs/shop",
    Ref("Db"): "Db",
    GetAtt("Db", "Endpoint.Address"): "127.5.0.3",
    GetAtt("Db", "Endpoint.Port"): "5432",
    GetAtt("Cache", "PrimaryEndPoint.Address"): "127.5.0.4",
    GetAtt("Cache", "PrimaryEndPoint.Port"): "6379",
    GetAtt("Cache", "ReaderEndPoint.Address"): "127.5.0.5",
    GetAtt("Cache", "ReaderEndPoint.Port"): "6380",
    GetAtt("LoadBalancer", "DNSName"): "127.5.0.2:10080",
    GetAtt("Service", "Name"): "user-api",
    GetAtt("Plain", "Name"): "Plain",
    Pseudo("AWS::Region"): "eu-west-1",
    Pseudo("AWS::AccountId"): "000000000000",
    Pseudo("AWS::Partition"): "aws",
    Zone(1): "eu-west-1b",
    Join(("redis://", GetAtt("Db", "Endpoint.Address"), ":", Ref("Count"))): "redis://127.5.0.3:3",
    Join(()): "",
}
UNKNOWN = [
    Secret("Db"),
    Secret("Db", "password", dynamic=True),
    Intrinsic("Fn::Cidr", [1]),
    Pseudo("AWS::StackId"),
]


@pytest.mark.parametrize("symbol", KNOWN, ids=str)
def test_a_symbol_has_its_value_here(symbol: object) -> None:
    assert resolver().value({"a": [symbol]}, TASK) == {"a": [KNOWN[symbol]]}
    assert resolver().text(symbol, TASK) == str(KNOWN[symbol])


@pytest.mark.parametrize("symbol", UNKNOWN, ids=str)
def test_what_has_no_value_here_says_so(symbol: object) -> None:
    with pytest.raises(Unresolvable):
        resolver().value(["x", symbol])


def test_no_kind_of_symbol_was_forgotten() -> None:
    assert {type(each) for each in [*KNOWN, *UNKNOWN]} == set(SYMBOLS)


def test_a_secret_is_told_nowhere_not_even_in_the_middle_of_a_text() -> None:
    with pytest.raises(Unresolvable):
        resolver().text(Join(("postgresql://", Secret("Db", "username", dynamic=True))))


def test_plain_values_stay_what_they_are() -> None:
    value = {"a": [1, 2.5, True, None, "x", {"b": []}]}
    assert resolver().value(value) == value


@few
@given(systems())
def test_all_that_a_task_sees_has_a_value(described: Described) -> None:
    graph = described.graph()
    endpoints = {each.id: Address("127.5.0.3", 5432) for each in graph.of("AWS::RDS::DBInstance")}
    known = Resolver(graph, endpoints)
    for task in graph.of("AWS::ECS::TaskDefinition"):
        (container,) = task.properties["ContainerDefinitions"]
        for each in container["Environment"]:
            text = known.text(each["Value"], TASK)
            assert "Endpoint" not in text
            assert "0.0.0.0" not in text
        assert all(isinstance(each, str) for each in known.value(container["Command"], TASK))

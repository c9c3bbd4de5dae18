from dataclasses import replace

import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    FixedResponse,
    Forward,
    HttpListener,
    Network,
    NotRoutable,
    Redirect,
    Rule,
    TargetGroup,
    TcpEndpoint,
    WeightedForward,
)
from seatrial.local.engines.envoy.network import forwarded_groups

HERE = Address("127.0.0.1", 8080)
THERE = Address("127.0.0.1", 8081)
FRONT = HttpListener("front", HERE, Forward("web"))
WEB = TargetGroup("web")


def test_a_network_lists_where_it_listens() -> None:
    network = Network((FRONT,), (WEB,), (TcpEndpoint("db", THERE),))
    assert network.addresses == [HERE, THERE]
    assert network.idle_timeout == 60


@pytest.mark.parametrize(
    ("listeners", "groups", "endpoints", "message"),
    [
        ((FRONT,), (), (), "target group web, which does not exist"),
        ((FRONT, replace(FRONT, address=THERE)), (WEB,), (), "two listeners are named front"),
        ((FRONT, replace(FRONT, name="b")), (WEB,), (), "asked for twice"),
        ((FRONT,), (WEB,), (TcpEndpoint("db", HERE),), "asked for twice"),
        ((), (WEB, WEB), (), "two target groups are named web"),
        ((), (TargetGroup("a-b"), TargetGroup("a_b")), (), "are named a_b"),
        ((), (TargetGroup("a.b"),), (), "named by letters"),
        ((), (), (TcpEndpoint("", HERE),), "named by letters"),
    ],
)
def test_what_clashes_is_refused(
    listeners: tuple[HttpListener, ...],
    groups: tuple[TargetGroup, ...],
    endpoints: tuple[TcpEndpoint, ...],
    message: str,
) -> None:
    with pytest.raises(NotRoutable, match=message):
        Network(listeners, groups, endpoints)


def test_rules_need_their_own_priority_and_known_groups() -> None:
    rules = (Rule(1, FixedResponse(200)), Rule(1, FixedResponse(201)))
    with pytest.raises(NotRoutable, match="one priority"):
        Network((replace(FRONT, rules=rules),), (WEB,))
    rule = Rule(1, WeightedForward((("web", 1), ("gone", 1))))
    with pytest.raises(NotRoutable, match="gone"):
        Network((replace(FRONT, rules=(rule,)),), (WEB,))


@pytest.mark.parametrize(
    "parts", [{}, {"query": "a=b"}, {"host": "a", "query": "a=b"}, {"path": "/x/#{path}"}]
)
def test_redirects_that_cannot_be(parts: dict[str, str]) -> None:
    with pytest.raises(NotRoutable):
        Redirect(**parts)  # type: ignore[arg-type]  # none of these is a literal


def test_actions_name_their_groups() -> None:
    assert forwarded_groups(Forward("a")) == ("a",)
    assert forwarded_groups(WeightedForward((("a", 1), ("b", 0)))) == ("a", "b")
    assert forwarded_groups(FixedResponse(200)) == ()

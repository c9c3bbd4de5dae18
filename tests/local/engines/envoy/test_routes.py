from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    FixedResponse,
    Forward,
    HttpListener,
    Rule,
    TargetGroup,
)
from seatrial.local.engines.envoy.routes import write_routes

GROUPS = {"web": TargetGroup("web"), "api": TargetGroup("api")}
HERE = Address("127.0.0.1", 80)


def read_routes(*rules: Rule) -> list[dict[str, object]]:
    listener = HttpListener("front", HERE, Forward("web"), rules)
    written = write_routes(listener, GROUPS, born=0x6920ABCD)
    routes = written["virtual_hosts"][0]["routes"]
    assert isinstance(routes, list)
    return routes[2:]


def test_rules_come_in_the_order_of_their_priority_and_the_default_last() -> None:
    high = Rule(2, Forward("api"), paths=("/a", "/b/*"))
    low = Rule(10, FixedResponse(200), hosts=("x.org",))
    routes = read_routes(low, high)
    assert [route["match"] for route in routes[:2]] == [
        {"path": "/a", "headers": []},
        {"prefix": "/b/", "headers": []},
    ]
    assert routes[2]["direct_response"] == {"status": 200}
    assert routes[3]["route"] == {"cluster": "group-web", "timeout": "0s"}


def test_no_route_has_a_retry() -> None:
    assert "retry" not in str(read_routes(Rule(1, Forward("api"))))


def test_a_trace_id_is_24_hexadecimal_digits_after_the_time() -> None:
    written = write_routes(HttpListener("front", HERE, Forward("web")), GROUPS, 0x6920ABCD)
    value = written["request_headers_to_add"][0]["header"]["value"]
    # Ten digits of seconds and nine of nanoseconds.
    filled = value.replace("%START_TIME(%s%9f)%", "1" * 19)
    assert filled == f"Root=1-6920abcd-{'1' * 19}{0x6920ABCD % 100_000:05d}"
    assert len(filled.removeprefix("Root=")) == 35

"""The load balancer: every service that listens is reached, by the most special rule."""

from hypothesis import given

from seatrial.graph.values import Ref, referred
from tests.lower.systems import Described, few, graph_of, systems

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


@few
@given(systems())
def test_every_target_group_is_routed_to_once(described: Described) -> None:
    graph = described.graph()
    routed = [
        id
        for each in graph.of(LISTENER, RULE)
        for id in referred(each.properties)
        if graph[id].type == GROUP
    ]
    assert sorted(routed) == sorted(each.id for each in graph.of(GROUP))


def test_a_domain_moves_the_traffic_to_443_and_redirects_80() -> None:
    text = 'system = System("shop", Service("api", "app", ["run"], port=80){})'
    plain = graph_of(text.format(""))
    assert [each.properties["Port"] for each in plain.of(LISTENER)] == [80]
    secure = graph_of(text.format(', domain=Domain("api.example.com")'))
    first, second = secure.of(LISTENER)
    assert first.properties["DefaultActions"][0]["Type"] == "redirect"
    assert second.properties["Port"] == 443
    assert second.properties["Certificates"] == [{"CertificateArn": Ref("Certificate")}]
    assert secure.outputs["Address"].value == "https://api.example.com"


def test_the_longest_path_is_asked_first_and_what_no_route_names_gets_404() -> None:
    graph = graph_of(
        'a = Service("a", "app", ["run"], port=80, paths=["/v1/*"])\n'
        'b = Service("b", "app", ["run"], port=80, paths=["/v1/orders/*"])\n'
        'c = Service("c", "app", ["run"], port=80, hosts=["admin.example.com"])\n'
        'system = System("shop", a, b, c)\n'
    )
    rules = sorted(graph.of(RULE), key=lambda each: int(each.properties["Priority"]))
    assert [each.id for each in rules] == ["BRoute", "ARoute", "CRoute"]
    assert [each["Field"] for each in rules[2].properties["Conditions"]] == ["host-header"]
    (listener,) = graph.of(LISTENER)
    (action,) = listener.properties["DefaultActions"]
    assert action["FixedResponseConfig"]["StatusCode"] == "404"


def test_one_service_that_takes_all_is_the_default() -> None:
    graph = graph_of(
        'a = Service("a", "app", ["run"], port=80)\n'
        'b = Service("b", "app", ["run"], port=80, paths=["/b/*"])\n'
        'system = System("shop", a, b)\n'
    )
    (listener,) = graph.of(LISTENER)
    assert listener.properties["DefaultActions"] == [
        {"Type": "forward", "TargetGroupArn": Ref("ATargets")}
    ]
    assert [each.id for each in graph.of(RULE)] == ["BRoute"]

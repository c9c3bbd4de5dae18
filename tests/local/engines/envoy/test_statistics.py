import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy import (
    BUCKETS,
    Forward,
    HttpListener,
    Network,
    TargetGroup,
)
from seatrial.local.engines.envoy.statistics import read_snapshot

NETWORK = Network(
    (HttpListener("my-front", Address("127.0.0.1", 80), Forward("web")),),
    (TargetGroup("web"), TargetGroup("idle")),
)
PAGE = b"""# TYPE envoy_alb_my_front__answers counter
envoy_alb_my_front__answers{group="",code="301",flags="-"} 4
envoy_alb_my_front__answers{group="",code="400",flags="DPE"} 1
envoy_alb_my_front__answers{group="group-web",code="200",flags="UC"} 1
envoy_alb_my_front__answers{group="group-web",code="404",flags="-"} 2
envoy_alb_my_front__answers{group="group-web",code="503",flags="-"} 3
envoy_alb_my_front__answers{group="group-web",code="503",flags="DC"} 1
envoy_alb_my_front__answers{group="group-web",code="503",flags="UH"} 5
envoy_alb_my_front__answers{group="group-web",code="502",flags="UF,URX"} 6
envoy_alb_my_front__answers{group="group-web",code="504",flags="SI"} 7
envoy_alb_my_front__answers{group="group-web",code="0",flags="DC"} 8
envoy_alb_my_front__answers{group="group-gone",code="502",flags="UC"} 1000
# TYPE envoy_cluster_external_upstream_rq_xx counter
envoy_cluster_external_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="x"} 9
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="1",envoy_cluster_name="group-web"} 2
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="group-web"} 91
envoy_cluster_upstream_rq_xx{envoy_response_code_class="4",envoy_cluster_name="group-web"} 2
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="group-web"} 15
# TYPE envoy_http_downstream_rq_total counter
envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="admin"} 99
envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="my-front"} 130
# TYPE envoy_cluster_upstream_cx_connect_fail counter
envoy_cluster_upstream_cx_connect_fail{envoy_cluster_name="group-web"} 6
envoy_cluster_upstream_cx_connect_fail{envoy_cluster_name="group-gone"} 9
# TYPE envoy_alb_my_front__times histogram
envoy_alb_my_front__times_bucket{group="group-web",le="500"} 10
envoy_alb_my_front__times_bucket{group="group-web",le="1000"} 60
envoy_alb_my_front__times_bucket{group="group-web",le="120000000"} 97
envoy_alb_my_front__times_bucket{group="group-web",le="+Inf"} 98
envoy_alb_my_front__times_sum{group="group-web"} 1.5e+06
envoy_alb_my_front__times_count{group="group-web"} 98
"""


def test_own_answers_are_told_from_the_targets() -> None:
    snapshot = read_snapshot(PAGE, NETWORK, at=7.0)
    assert snapshot.at == 7.0
    web = snapshot.groups["web"]
    assert web.targets == {2: 91, 4: 2, 5: 4}
    assert web.elb == {503: 5, 502: 6, 504: 7, 460: 8}
    # All but the 5 for which there was no target.
    assert web.requests == 2 + 91 + 2 + 4 + 6 + 7 + 8
    assert web.connection_errors == 6
    assert web.response_times[:2] == (10, 60)
    assert web.response_times[-2:] == (97, 98)
    assert web.average == pytest.approx(1.5 / 98)
    front = snapshot.listeners["my-front"]
    assert front.elb == {301: 4, 400: 1, 503: 5, 502: 1006, 504: 7, 460: 8}
    assert front.requests == 130


def test_what_was_never_used_is_zero() -> None:
    for page in (PAGE, b""):
        idle = read_snapshot(page, NETWORK, at=0.0).groups["idle"]
        assert idle.requests == 0
        assert idle.response_times == (0,) * (len(BUCKETS) + 1)

"""Questions and answers: ends, ports, what must never be, and how it is told."""

from pathlib import Path

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Outside
from seatrial.graph.values import Ref
from seatrial.mistake import Mistake
from seatrial.reach import Reach
from seatrial.reach.ports import text
from seatrial.reach.tell import Teller
from tests.golden.systems import graphs
from tests.reach.drawn import ANYWHERE, Drawn, tcp


@pytest.fixture(scope="module")
def analytics() -> Graph:
    return graphs("analytics")["production"]


def test_an_end_is_the_internet_a_part_or_a_logical_id(analytics: Graph) -> None:
    reach = Reach(analytics)
    assert text(reach.ask("api", "db").ports) == "5432"
    assert text(reach.ask("ApiService", "DbReader1").ports) == "5432"
    assert text(reach.ask("ApiTask", "DbInstance").ports) == "5432"
    assert text(reach.ask("ingestion", "analytics-events").ports) == "9098"  # its cluster
    assert text(reach.ask("internet", "analytics").ports) == "443"  # the system's load balancer
    assert not reach.ask("internet", "db").yes


def test_a_target_may_name_a_port(analytics: Graph) -> None:
    reach = Reach(analytics)
    assert reach.ask("api", "cache:6379").yes
    assert not reach.ask("api", "cache:22").yes
    assert not reach.ask("api", "cache:6379/udp").yes
    assert reach.ask("api", "cache", 6379).yes
    for wrong in ("cache:", "cache:port", "cache:1/icmp", "cache:٣", ":22"):
        with pytest.raises(Mistake, match="is no end"):
            reach.ask("api", wrong)
    for wrong in ("cache:70000", "cache:0", f"cache:{'9' * 5000}"):
        with pytest.raises(Mistake, match="there is no port"):
            reach.ask("api", wrong)
    with pytest.raises(Mistake, match="A port stands with TO alone"):
        reach.ask("api:80", "cache")
    with pytest.raises(Mistake, match="both ends are internet"):
        reach.ask("internet", "internet")
    with pytest.raises(Mistake, match="Known: api, cache"):
        reach.ask("api", "nothing-like-it")


def test_an_end_that_is_none_is_a_mistake(analytics: Graph) -> None:
    reach = Reach(analytics)
    with pytest.raises(
        Mistake, match=r"'apy' is no part and no resource here\. Did you mean 'api'"
    ):
        reach.ask("apy", "db")
    with pytest.raises(Mistake, match="'ApiCpuAlarm' has no place in the network"):
        reach.ask("internet", "ApiCpuAlarm")


def test_what_takes_no_connections_says_so(analytics: Graph) -> None:
    teller, reach = Teller(analytics), Reach(analytics)
    assert "ConsumerService takes no connections" in teller.text(reach.ask("api", "consumer"))
    assert "listens on 5432 alone" in teller.text(reach.ask("api", "DbInstance:80"))
    assert "makes no connections of its own" in teller.text(reach.ask("DbInstance", "internet"))


def test_a_rule_asks_for_a_sentence(analytics: Graph) -> None:
    reaches = Reach(analytics).reaches
    assert reaches("internet", "db") == ""
    assert reaches("internet", "nobody") == ""
    assert reaches("api", "db", 5433) == ""
    assert reaches("api", "db", 5432) == "api reaches db on 5432 (DbFromApi)"
    through = "through FrontendDistribution, LoadBalancer (ApiFromLoadBalancer)"
    assert reaches("internet", "api") == f"internet reaches api on 8000 {through}"


def public_server() -> Drawn:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway"})
    drawn.subnet("Other", "10.0.16.0/20", {ANYWHERE: "Gateway"})
    drawn.group("Serving", [tcp(443, ANYWHERE), tcp(22, "203.0.113.0/24")])
    drawn.group("Calling", [], [tcp(443, ANYWHERE)])
    drawn.instance("Server", "Public", "Serving", public=True)
    drawn.instance("Caller", "Other", "Calling", public=True)
    return drawn


def test_the_sentence_names_what_opens_the_way() -> None:
    reaches = Reach(public_server().graph).reaches
    assert reaches("internet", "Server", 443) == "internet reaches Server on 443 (Serving)"
    assert reaches("internet", "Server", 80) == ""


def test_out_to_the_internet_and_in_again_is_a_way() -> None:
    drawn = public_server()
    drawn.acl("Acl", ["Other"], [])
    assert not drawn.open("Caller", "Server")  # its network ACL lets nothing out
    drawn = public_server()
    drawn.add("Vpc2", "EC2::VPC", CidrBlock="10.1.0.0/16")
    drawn.add("Gateway2", "EC2::InternetGateway")
    both = {"VpcId": Ref("Vpc2"), "InternetGatewayId": Ref("Gateway2")}
    drawn.add("Attachment2", "EC2::VPCGatewayAttachment", **both)
    drawn.subnet("Far", "10.1.0.0/20", {ANYWHERE: "Gateway2"}, vpc="Vpc2")
    drawn.instance("Traveller", "Far", "Calling", public=True)
    answer = drawn.ask("Traveller", "Server")
    assert text(answer.ports) == "443"  # 22 is for some addresses alone, and whose is not known
    assert answer.way is not None
    assert [leg.target for leg in answer.way.legs] == ["internet", "Server"]


def test_programs_of_one_machine_are_on_it() -> None:
    reach = Reach(graphs("support")["ultra-low-cost"])
    for source, target in (("backend", "redis"), ("worker", "ml-service"), ("backend", "db")):
        assert reach.ask(source, target).yes
    way = reach.ask("backend", "redis").way
    assert way is not None
    assert way.legs[0].gates[0].kind == "same"
    assert text(reach.ask("internet", "backend").ports) == "80"


def test_services_of_others_are_reached_by_whoever_gets_out() -> None:
    drawn = public_server()
    drawn.note(Outside("model", "https://api.example.com/v1"))
    drawn.note(Outside("mail", "https://mail.example.com:8443"))
    assert text(drawn.ask("Caller", "model").ports) == "443"
    assert not drawn.open("Caller", "mail")


def test_each_hop_is_told_with_the_property_that_opens_it(analytics: Graph) -> None:
    answer = Reach(analytics).ask("internet", "api")
    document = Teller(analytics).document(answer)
    assert document["reached"] is True
    assert document["ports"] == ["8000"]
    assert [(leg["from"], leg["to"]) for leg in document["legs"]] == [
        ("internet", "FrontendDistribution"),
        ("FrontendDistribution", "LoadBalancer"),
        ("LoadBalancer", "ApiService"),
    ]
    gates = {
        (gate["kind"], gate["resource"], gate["property"])
        for leg in document["legs"]
        for gate in leg["gates"]
    }
    assert ("address", "LoadBalancer", "Scheme") in gates
    assert ("ingress", "ApiFromLoadBalancer", "SourceSecurityGroupId") in gates
    assert ("route", "PublicDefaultRoute", "GatewayId") in gates
    assert all(gate["open"] for leg in document["legs"] for gate in leg["gates"])
    files = {Path(gate["file"]).name for leg in document["legs"] for gate in leg["gates"]}
    assert files == {"system.py"}
    assert "X-Edge-Key" in document["legs"][2]["notes"][0]


def test_no_tells_everything_that_is_shut(analytics: Graph) -> None:
    answer = Reach(analytics).ask("internet", "DbInstance")
    document = Teller(analytics).document(answer)
    assert document["reached"] is False
    assert document["closed_by"] == [
        "DbInstance has no public address",
        "DataSubnet1 has no route to an internet gateway",
        "network ACL DataAcl lets internet into DataSubnet1 on none of 5432",
        "security group DbGroup lets internet in on none of 5432",
    ]


def test_gates_that_are_open_one_by_one_may_leave_nothing_together() -> None:
    drawn = Drawn()
    drawn.subnet("Public", "10.0.0.0/20", {ANYWHERE: "Gateway"})
    drawn.group("Group", [tcp(80, ANYWHERE)])
    drawn.instance("Server", "Public", "Group", public=True)
    entries = [("in", 1, "allow", 443, 443, ANYWHERE), ("out", 1, "allow", 1, 65535, ANYWHERE)]
    drawn.acl("Acl", ["Public"], entries)
    said = Teller(drawn.graph).text(drawn.ask("internet", "Server"))
    assert "together they leave nothing open" in said
    assert "security group Group lets in 80" in said
    assert "network ACL Acl lets into Public: 443" in said


def test_a_firewall_and_the_policy_of_an_endpoint_are_told() -> None:
    drawn = public_server()
    drawn.balancer("Balancer", ["Public"], "Serving", port=443)
    acl = {"ResourceArn": Ref("Balancer"), "WebACLArn": Ref("Firewall")}
    drawn.add("Guarded", "WAFv2::WebACLAssociation", **acl)
    said = Teller(drawn.graph).text(drawn.ask("internet", "Balancer"))
    assert "asked of Firewall (WAF) first" in said
    drawn.add("Bucket", "S3::Bucket")
    document = {"Statement": []}
    tables = [Ref("OtherTable")]
    more = {"VpcEndpointType": "Gateway", "RouteTableIds": tables, "PolicyDocument": document}
    drawn.endpoint("S3", "s3", **more)
    said = Teller(drawn.graph).text(drawn.ask("Caller", "Bucket"))
    assert "S3 has a policy, which may refuse some requests" in said

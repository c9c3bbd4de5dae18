"""A domain: the certificate and the record that points to the load balancer."""

from seatrial.graph.values import GetAtt, Ref
from tests.lower.systems import graph_of

DOMAIN = 'domain=Domain("api.shop.example.com", zone="example.com")'


def test_the_certificate_is_validated_in_the_zone_that_holds_the_name() -> None:
    graph = graph_of(f'system = System("shop", Service("api", "app", ["r"], port=80), {DOMAIN})')
    (option,) = graph["Certificate"].properties["DomainValidationOptions"]
    assert option == {"DomainName": "api.shop.example.com", "HostedZoneId": Ref("HostedZoneId")}
    assert "example.com" in graph.parameters["HostedZoneId"].description
    record = graph["DomainRecord"].properties
    assert record["Name"] == "api.shop.example.com."
    assert record["AliasTarget"]["DNSName"] == GetAtt("LoadBalancer", "DNSName")


def test_a_domain_of_nothing_that_listens_asks_for_nothing() -> None:
    graph = graph_of(f'system = System("shop", Service("worker", "app", ["run"]), {DOMAIN})')
    assert "Certificate" not in graph.resources
    assert "HostedZoneId" not in graph.parameters

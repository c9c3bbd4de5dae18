"""A domain: the certificate, and the records that lead to the public door."""

from seatrial.graph.values import GetAtt, Ref
from tests.lower.regions import FIRST, SECOND, regions
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


def test_with_a_site_the_name_is_the_distribution_s_and_one_region_needs_no_other() -> None:
    graph = graph_of(
        'api = Service("api", "app", ["run"], port=80)\n'
        'site = Website("site", "web", routes={"/v1/*": api})\n'
        f'system = System("shop", site, {DOMAIN})'
    )
    records = {each.id: each.properties for each in graph.of("AWS::Route53::RecordSet")}
    assert {id: each["Type"] for id, each in records.items()} == {
        "DomainRecord": "A",
        "DomainRecord6": "AAAA",
    }
    for each in records.values():
        assert each["AliasTarget"]["DNSName"] == GetAtt("SiteDistribution", "DomainName")
        assert "Failover" not in each
    assert "SubjectAlternativeNames" not in graph["Certificate"].properties


def test_in_two_regions_both_names_are_validated_in_the_one_zone() -> None:
    for side in (FIRST, SECOND):
        certificate = regions(side)["Certificate"].properties
        names = [each["DomainName"] for each in certificate["DomainValidationOptions"]]
        assert names == ["www.example.com", "origin.www.example.com"]
        zones = {each["HostedZoneId"] for each in certificate["DomainValidationOptions"]}
        assert zones == {Ref("HostedZoneId")}

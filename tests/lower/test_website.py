"""The edge: nobody reaches the bucket or the services but through the distribution."""

import json
import shutil
import subprocess

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Site, Uses
from seatrial.graph.check import check
from seatrial.graph.values import GetAtt, Ref, Secret, referred
from seatrial.lower.website import NOTHING_CACHED, SINGLE_PAGE, VISITOR
from tests.lower.systems import graph_of

TEXT = """
api = Service("api", "app", ["run"], port=8000)
query = Service("query", "app", ["run"], port=8001)
site = Website("site", "web", routes={{"/v1/*": api, "/query/*": query}}, {site})
system = System("shop", site, {more})
"""


def edge(site: str = "", more: str = "") -> Graph:
    graph = graph_of(TEXT.format(site=site, more=more))
    assert check(graph) == []
    return graph


def configuration(graph: Graph) -> dict:
    return graph["SiteDistribution"].properties["DistributionConfig"]


def test_the_bucket_is_private_and_only_this_distribution_reads_it() -> None:
    graph = edge()
    assert set(graph["SiteBucket"].properties["PublicAccessBlockConfiguration"].values()) == {True}
    allowed = [
        each
        for each in graph["SiteBucketPolicy"].properties["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    (read,) = allowed
    assert read["Action"] == "s3:GetObject"
    assert "SiteDistribution" in set(referred(read["Condition"]))


def test_what_a_service_answers_is_never_cached_and_the_site_is() -> None:
    config = configuration(edge('cache={"/*": "1 hour", "/static/*": "365 days"}'))
    by_path = {each["PathPattern"]: each for each in config["CacheBehaviors"]}
    assert by_path["/v1/*"]["CachePolicyId"] == NOTHING_CACHED
    assert by_path["/static/*"]["CachePolicyId"] == Ref("SiteCache31536000")
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == Ref("SiteCache3600")
    assert "POST" in by_path["/v1/*"]["AllowedMethods"]
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert "CustomErrorResponses" not in config
    # The first that matches is taken: a longer path must not stand behind a shorter one.
    paths = [each["PathPattern"] for each in config["CacheBehaviors"]]
    assert paths == sorted(paths, key=lambda path: (-len(path), path))


def test_the_load_balancer_answers_the_distribution_alone() -> None:
    graph = edge()
    (rule,) = graph["LoadBalancerGroup"].properties["SecurityGroupIngress"]
    assert rule["SourcePrefixListId"] == Ref("EdgeAddresses")
    assert graph.parameters["EdgeAddresses"].default == "pl-3b927c52"
    key = Secret("EdgeKey", dynamic=True)
    for id in ("ApiRoute", "QueryRoute"):
        header = graph[id].properties["Conditions"][0]["HttpHeaderConfig"]
        assert header["Values"] == [key]
    (answer,) = graph["HttpListener"].properties["DefaultActions"]
    assert answer["FixedResponseConfig"]["StatusCode"] == "403"
    services = configuration(graph)["Origins"][1]
    assert services["OriginCustomHeaders"][0]["HeaderValue"] == key


def test_a_service_beside_the_routes_stays_public() -> None:
    graph = edge(more='Service("admin", "app", ["run"], port=9000)')
    (rule,) = graph["LoadBalancerGroup"].properties["SecurityGroupIngress"]
    assert rule["CidrIp"] == "0.0.0.0/0"
    (answer,) = graph["HttpListener"].properties["DefaultActions"]
    assert answer["TargetGroupArn"] == Ref("AdminTargets")
    assert "HttpHeaderConfig" in graph["ApiRoute"].properties["Conditions"][0]


def test_a_domain_is_the_sites_and_everything_behind_it_is_encrypted() -> None:
    graph = edge(more='domain=Domain("www.example.com")')
    config = configuration(graph)
    assert config["Aliases"] == ["www.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == Ref("Certificate")
    assert config["Origins"][1]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    for record in graph.of("AWS::Route53::RecordSet"):
        target = record.properties["AliasTarget"]
        assert target["DNSName"] == GetAtt("SiteDistribution", "DomainName")
    # 55 of the 60 rules of a group are CloudFront's list: there is room for one port.
    (rule,) = graph["LoadBalancerGroup"].properties["SecurityGroupIngress"]
    assert rule["FromPort"] == 443
    assert "HttpListener" not in graph.resources


def test_elsewhere_the_edges_certificate_is_a_parameter() -> None:
    graph = edge(more='domain=Domain("www.example.com"), region="us-west-2"')
    certificate = configuration(graph)["ViewerCertificate"]["AcmCertificateArn"]
    assert certificate == Ref("EdgeCertificateArn")
    assert "us-east-1" in (graph.parameters["EdgeCertificateArn"].allowed_pattern or "")


def test_the_firewall_stands_at_the_edge_or_reads_the_visitors_address() -> None:
    rules = "firewall=Firewall(block=['KP'])"
    home = edge(more=rules)
    assert home["Firewall"].properties["Scope"] == "CLOUDFRONT"
    assert configuration(home)["WebACLId"] == GetAtt("Firewall", "Arn")
    assert not home.of("AWS::WAFv2::WebACLAssociation")
    away = edge(more=rules + ", region='us-west-2'")
    assert away["Firewall"].properties["Scope"] == "REGIONAL"
    limits = [
        each["Statement"]["RateBasedStatement"]
        for each in away["Firewall"].properties["Rules"]
        if each["Name"] == "rate"
    ]
    assert limits == [
        {
            "Limit": 1000,
            "EvaluationWindowSec": 60,
            "AggregateKeyType": "FORWARDED_IP",
            "ForwardedIPConfig": {"HeaderName": "True-Client-IP", "FallbackBehavior": "MATCH"},
        }
    ]
    behaviour = configuration(away)["CacheBehaviors"][0]
    assert "SiteVisitor" in set(referred(behaviour["FunctionAssociations"]))


def test_a_firewall_without_a_site_counts_the_senders_own_address() -> None:
    graph = graph_of(
        'system = System("shop", Service("api", "app", ["run"], port=80), firewall=Firewall())'
    )
    assert check(graph) == []
    names = [each["Name"] for each in graph["Firewall"].properties["Rules"]]
    assert names == ["rate", "common", "known-bad-inputs", "sql-injection"]
    limit = graph["Firewall"].properties["Rules"][0]["Statement"]["RateBasedStatement"]
    assert limit["AggregateKeyType"] == "IP"


def test_the_site_and_its_arrows_are_told() -> None:
    graph = edge()
    (site,) = graph.annotated(Site)
    assert (site.bucket, site.distribution, site.folder) == (
        "SiteBucket",
        "SiteDistribution",
        "web",
    )
    arrows = [(each.part, each.used) for each in graph.annotated(Uses)]
    assert arrows == [("internet", "site"), ("site", "api"), ("site", "query")]


@pytest.mark.skipif(shutil.which("node") is None, reason="no JavaScript here to run it with")
@pytest.mark.parametrize(
    ("code", "uri", "is_then"),
    [
        (SINGLE_PAGE, "/", "/index.html"),
        (SINGLE_PAGE, "/tickets/12", "/index.html"),
        (SINGLE_PAGE, "/static/main.js", "/static/main.js"),
        (SINGLE_PAGE, "/v1.2/page", "/index.html"),
        (VISITOR, "/v1/items", "/v1/items"),
    ],
)
def test_the_functions_at_the_edge_do_what_they_say(code: str, uri: str, is_then: str) -> None:
    headers = {"true-client-ip": {"value": "forged"}}
    event = {"request": {"uri": uri, "headers": headers}, "viewer": {"ip": "192.0.2.7"}}
    script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    said = subprocess.run(
        [shutil.which("node") or "", "-e", script], capture_output=True, check=True, timeout=60
    )
    request = json.loads(said.stdout)
    assert request["uri"] == is_then
    visitor = request["headers"]["true-client-ip"]["value"]
    assert visitor == ("192.0.2.7" if code == VISITOR else "forged")

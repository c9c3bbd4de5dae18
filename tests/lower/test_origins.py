"""Origins in two regions: files from the bucket or its copy, services by one name."""

from typing import Any

import pytest

from seatrial.graph import Graph
from seatrial.graph.annotations import Site
from seatrial.graph.values import ACCOUNT, PARTITION, URL_SUFFIX, GetAtt, Ref, Secret, join
from seatrial.mistake import Mistake
from tests.lower.regions import FIRST, SECOND, regions
from tests.lower.systems import graph_of


def configuration(graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = graph["SiteDistribution"].properties["DistributionConfig"]
    return found


def origin(graph: Graph, id: str) -> dict[str, Any]:
    (found,) = (each for each in configuration(graph)["Origins"] if each["Id"] == id)
    assert isinstance(found, dict)
    return found


def test_the_distribution_is_one_for_both_regions() -> None:
    here, there = regions(FIRST), regions(SECOND)
    assert not [each for each in there if each.type.startswith("AWS::CloudFront::")]
    assert here.outputs["SiteDistributionId"].value == Ref("SiteDistribution")
    assert there.annotated(Site) == []  # what is uploaded goes to the first, and is copied
    read = there["SiteBucketPolicy"].properties["PolicyDocument"]["Statement"][1]
    source = read["Condition"]["StringEquals"]["aws:SourceArn"]
    named = Ref("SiteDistributionId")
    assert source == join("arn:", PARTITION, ":cloudfront::", ACCOUNT, ":distribution/", named)
    assert not [each for each in there.of("AWS::CloudWatch::Alarm") if "Edge" in each.id]


def test_where_the_bucket_fails_its_copy_is_read() -> None:
    here = regions(FIRST)
    config = configuration(here)
    (group,) = config["OriginGroups"]["Items"]
    assert [each["OriginId"] for each in group["Members"]["Items"]] == ["site", "site-copy"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 502, 503, 504]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]
    copy = origin(here, "site-copy")
    name = join("shop-production-site-us-west-2-", ACCOUNT, ".s3.us-west-2.", URL_SUFFIX)
    assert copy["DomainName"] == name
    assert copy["OriginAccessControlId"] == origin(here, "site")["OriginAccessControlId"]


def test_no_group_stands_before_what_takes_a_post() -> None:
    """CloudFront asks again for GET, HEAD and OPTIONS alone, and refuses a group elsewhere."""
    for each in configuration(regions(FIRST))["CacheBehaviors"]:
        grouped = each["TargetOriginId"] == "either-site"
        assert grouped is ("POST" not in each["AllowedMethods"]), each["PathPattern"]


def test_services_are_reached_by_a_name_that_both_certificates_carry() -> None:
    here, there = regions(FIRST), regions(SECOND)
    services = origin(here, "services")
    assert services["DomainName"] == "origin.www.example.com"
    assert services["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    for each in (here, there):
        certificate = each["Certificate"].properties
        assert certificate["DomainName"] == "www.example.com"
        assert certificate["SubjectAlternativeNames"] == ["origin.www.example.com"]
        assert each["HttpsListener"].properties["Certificates"] == [
            {"CertificateArn": Ref("Certificate")}
        ]


def test_both_load_balancers_know_the_distribution_by_one_key() -> None:
    here, there = regions(FIRST), regions(SECOND)
    key = Secret("EdgeKey", dynamic=True)
    assert origin(here, "services")["OriginCustomHeaders"][0]["HeaderValue"] == key
    assert here["EdgeKey"].properties["ReplicaRegions"] == [{"Region": "us-west-2"}]
    assert "EdgeKey" not in there.resources
    assert "secretsmanager" in (there.parameters["EdgeKey"].allowed_pattern or "")
    header = there["ApiRoute"].properties["Conditions"][0]["HttpHeaderConfig"]
    assert header["Values"] == [key]
    (rule,) = there["LoadBalancerGroup"].properties["SecurityGroupIngress"]
    assert rule["SourcePrefixListId"] == Ref("EdgeAddresses")
    assert there.parameters["EdgeAddresses"].default == "pl-82a045eb"


def test_a_shield_stands_before_each_bucket_in_its_own_region() -> None:
    here = regions(FIRST, site="origin_shield=True")
    shields = [
        origin(here, id)["OriginShield"]["OriginShieldRegion"] for id in ("site", "site-copy")
    ]
    assert shields == ["us-east-1", "us-west-2"]


@pytest.mark.parametrize("side", [FIRST, SECOND])
def test_routes_without_a_name_are_refused_on_both_sides(side: str) -> None:
    text = (
        'api = Service("api", "app", ["run"], port=80)\n'
        'site = Website("site", "web", routes={"/v1/*": api})\n'
        'system = System("shop", site, recovery=Recovery("us-west-2"))\n'
    )
    with pytest.raises(Mistake, match=r"need a name .* domain=Domain\('www.example.com'\)"):
        graph_of(text, side)


def test_a_site_alone_needs_no_name_and_leaves_little_there() -> None:
    text = (
        'site = Website("site", "web")\n'
        'system = System("shop", site, Service("work", "app", ["run"]),\n'
        '    recovery=Recovery("us-west-2"){more})\n'
    )
    for more in ("", ', domain=Domain("www.example.com")'):
        there = graph_of(text.replace("{more}", more), SECOND)
        assert not there.of("AWS::Route53::RecordSet", "AWS::CertificateManager::Certificate")
        assert "SiteBucketPolicy" in there.resources
    here = graph_of(text.replace("{more}", ""))
    assert [each["Id"] for each in configuration(here)["Origins"]] == ["site", "site-copy"]
    assert GetAtt("SiteBucket", "RegionalDomainName") == origin(here, "site")["DomainName"]

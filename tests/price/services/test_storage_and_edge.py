"""Buckets by their lifecycle, distributions by what goes through them, firewalls, zones."""

import pytest

from seatrial.graph.annotations import Uses
from seatrial.graph.values import GetAtt, Join, Ref
from seatrial.price.quantity import Quantity
from seatrial.price.traffic import KB_PER_GB
from tests.price.graphs import cents, graph, lines, resource, usage

STEPS = [
    {"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
    {"StorageClass": "GLACIER", "TransitionInDays": 90},
]
MONTH = 730 / 24


def bucket(**rule: object) -> object:
    rules = {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", **rule}]}} if rule else {}
    return graph(resource("Files", "S3::Bucket", "files", **rules))


def test_what_nobody_said_is_unknown() -> None:
    assert lines(bucket())["storage"].wants == "storage_gb"


def test_all_of_it_is_in_standard_where_its_age_is_not_known() -> None:
    line = lines(bucket(Transitions=STEPS), usage(files={"storage_gb": 100}))["storage"]
    assert cents(line) == 2.30
    assert "in_gb would say" in line.assumed[0]


def test_what_arrives_ages_through_the_classes() -> None:
    made = bucket(Transitions=STEPS, ExpirationInDays=400)
    found = lines(made, usage(files={"in_gb": 10}))
    kept = {name: line.quantity.expected for name, line in found.items()}
    assert kept == pytest.approx(
        {
            "storage": 10 * 30 / MONTH,
            "storage, STANDARD_IA": 10 * 60 / MONTH,
            "storage, GLACIER": 10 * 310 / MONTH,
        }
    )
    assert found["storage, GLACIER"].key == "s3.glacier_gb_mo"


def test_without_an_end_the_rest_is_what_is_kept() -> None:
    found = lines(bucket(Transitions=STEPS), usage(files={"in_gb": 10, "storage_gb": 100}))
    assert sum(line.quantity.expected for line in found.values()) == pytest.approx(100)
    assert found["storage, GLACIER"].quantity.expected == pytest.approx(100 - 10 * 90 / MONTH)


def test_it_never_holds_more_than_is_said() -> None:
    found = lines(bucket(Transitions=STEPS), usage(files={"in_gb": 10, "storage_gb": 5}))
    assert [line.quantity.expected for line in found.values()] == [5, 0, 0]


def test_without_an_end_and_a_size_it_is_unknown() -> None:
    assert (
        "say storage_gb"
        in lines(bucket(Transitions=STEPS), usage(files={"in_gb": 1}))["storage"].unknown
    )


def test_what_ends_before_it_would_change_never_changes() -> None:
    made = bucket(Transitions=STEPS, ExpirationInDays=7)
    assert set(lines(made, usage(files={"in_gb": 10}))) == {"storage"}


@pytest.mark.parametrize("rule", [{"Prefix": "logs/"}, {"Status": "Disabled"}])
def test_a_rule_for_a_part_of_it_is_not_followed(rule: dict[str, str]) -> None:
    made = bucket(Transitions=STEPS, ExpirationInDays=7, **rule)
    assert cents(lines(made, usage(files={"storage_gb": 100, "in_gb": 1}))["storage"]) == 2.30


def test_requests_are_paid_by_the_thousand() -> None:
    found = lines(bucket(), usage(files={"storage_gb": 0, "writes": 1e6, "reads": 1e6}))
    assert (cents(found["writes"]), cents(found["reads"])) == (5.00, 0.40)


def test_a_replica_is_found_by_its_region() -> None:
    there = Join(("arn:aws:s3:::shop-files-us-west-2-", Ref("Account")))
    replica = {"Rules": [{"Destination": {"Bucket": there}}]}
    made = graph(resource("Files", "S3::Bucket", "files", ReplicationConfiguration=replica))
    found = lines(made, usage(files={"storage_gb": 100, "replicated_gb": 50}))
    assert cents(found["replication to us-west-2, transfer"]) == 1.00
    assert found["replication to us-west-2, storage"].quantity.expected == 100


def edge(**config: object) -> object:
    return graph(
        resource("Edge", "CloudFront::Distribution", "site", DistributionConfig=config),
        resource("Task", "ECS::TaskDefinition", "api", Cpu="256", Memory="512"),
        annotations=(Uses("internet", "site", "call"), Uses("site", "api", "call")),
    )


def test_services_behind_a_distribution_go_through_it() -> None:
    said = usage(
        site={"requests": 1e6, "response_kb": 100},
        api={"requests": 2e6, "response_kb": 10, "request_kb": 1},
    )
    found = lines(edge(), said)
    assert found["requests"].quantity.expected == pytest.approx(300)
    out = (1e6 * 100 + 2e6 * 10) / KB_PER_GB
    assert found["data to viewers"].quantity.expected == pytest.approx(out)
    assert found["data to origins"].quantity.expected == pytest.approx(2e6 / KB_PER_GB)


def test_functions_run_for_the_sites_own_requests() -> None:
    made = edge(DefaultCacheBehavior={"FunctionAssociations": [{"EventType": "viewer-request"}]})
    said = usage(site={"requests": 1e6, "out_gb": 1}, api={"requests": 9e6, "out_gb": 0})
    assert lines(made, said)["edge functions"].quantity.expected == 1


def test_a_shield_is_unknown_until_misses_are_counted() -> None:
    made = edge(Origins=[{"OriginShield": {"Enabled": True}}])
    assert "miss" in lines(made, usage(site={"requests": 1, "out_gb": 1}))["Origin Shield"].unknown


def test_a_firewall_sees_what_its_distribution_does() -> None:
    made = edge(WebACLId=GetAtt("Acl", "Arn"))
    made.add(resource("Acl", "WAFv2::WebACL", "fw", Rules=[{}, {}, {}, {}]))
    found = [line for line in _billed(made) if line.resource == "Acl"]
    assert [line.quantity.expected for line in found] == [1, 4, 3]


def _billed(made: object) -> list:  # type: ignore[type-arg]  # lines
    from tests.price.graphs import billed

    said = usage(site={"requests": 1e6, "out_gb": 1}, api={"requests": 2e6})
    return list(billed(made, said).lines)


@pytest.mark.parametrize(
    ("config", "key", "options"),
    [
        ({"Type": "CLOUDWATCH_METRIC"}, "r53.check_aws_mo", 0),
        ({"Type": "HTTP", "FullyQualifiedDomainName": "example.com"}, "r53.check_mo", 0),
        ({"Type": "HTTPS_STR_MATCH", "FullyQualifiedDomainName": "example.com",
          "RequestInterval": 10, "MeasureLatency": True}, "r53.check_mo", 4),
        ({"Type": "HTTPS", "FullyQualifiedDomainName": GetAtt("Lb", "DNSName")},
         "r53.check_aws_mo", 1),
    ],
)  # fmt: skip
def test_health_checks(config: dict[str, object], key: str, options: int) -> None:
    made = graph(
        resource("Lb", "SomeService::Thing"),
        resource("Check", "Route53::HealthCheck", HealthCheckConfig=config),
    )
    found = lines(made)
    assert found["health check"].key == key
    assert ("health check options" in found) == bool(options)
    if options:
        assert found["health check options"].quantity == Quantity.of(options)

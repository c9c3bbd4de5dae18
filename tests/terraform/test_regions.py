"""What must be in us-east-1 is there, wherever the system is, and everything else at home."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.graph import GetAtt, Graph, Ref, Resource
from seatrial.graph.values import PARTITION, REGION, Value, join
from seatrial.mistake import Mistake
from seatrial.terraform import folder
from seatrial.terraform.regions import abroad
from tests.terraform.offline import (
    created,
    installed,
    managed,
    needs_grpc,
    needs_terraform,
    terraform,
    write,
)
from tests.terraform.test_folder import account
from tests.terraform.test_offline import world  # noqa: F401 - a fixture

AT_THE_EDGE = ["Wall", "Addresses", "Logs", "Logging", "Shown"]
CONFIGURED = re.compile(r"^  provider = (\w+\.\w+)\n\n", re.MULTILINE)


def certificate(id: str) -> Resource:
    return Resource(id, "AWS::CertificateManager::Certificate", {"DomainName": "a.example.com"})


def edge(region: str = "eu-west-1") -> Graph:
    """A distribution with its firewall, its log and its certificate, and the same at home."""
    graph = Graph("shop", "test", region)
    seen = {"CloudWatchMetricsEnabled": True, "MetricName": "w", "SampledRequestsEnabled": True}
    for id, scope in (("Wall", "CLOUDFRONT"), ("HomeWall", "REGIONAL")):
        wall = {"Scope": scope, "DefaultAction": {"Allow": {}}, "VisibilityConfig": seen}
        graph.add(Resource(id, "AWS::WAFv2::WebACL", {"Name": id, **wall}))
    addresses = {"IPAddressVersion": "IPV4", "Addresses": ["10.0.0.0/8"]}
    graph.add(Resource("Addresses", "AWS::WAFv2::IPSet", {"Scope": "CLOUDFRONT", **addresses}))
    for prefix in ("", "Home"):
        name = f"aws-waf-logs-{prefix}"
        log = graph.add(Resource(f"{prefix}Logs", "AWS::Logs::LogGroup", {"LogGroupName": name}))
        to = join("arn:", PARTITION, ":logs:", REGION, ":1:log-group:", name)
        properties: dict[str, Value] = {
            "ResourceArn": GetAtt(f"{prefix}Wall", "Arn"),
            "LogDestinationConfigs": [to],
        }
        kind = "AWS::WAFv2::LoggingConfiguration"
        graph.add(Resource(f"{prefix}Logging", kind, properties, depends_on=(log.id,)))
    graph.add(certificate("Shown"))
    graph.add(certificate("HomeShown"))
    graph.add(
        Resource(
            "Site",
            "AWS::CloudFront::Distribution",
            {
                "DistributionConfig": {
                    "Enabled": True,
                    "WebACLId": GetAtt("Wall", "Arn"),
                    "Origins": [{"Id": "o", "DomainName": "o.example.com"}],
                    "DefaultCacheBehavior": {
                        "TargetOriginId": "o",
                        "ViewerProtocolPolicy": "redirect-to-https",
                        "AllowedMethods": ["GET", "HEAD"],
                        "CachedMethods": ["GET", "HEAD"],
                    },
                    "ViewerCertificate": {
                        "AcmCertificateArn": Ref("Shown"),
                        "SslSupportMethod": "sni-only",
                    },
                }
            },
        )
    )
    return graph


def block(text: str, kind: str, name: str) -> str:
    return text[text.index(f'resource "{kind}" "{name}"') :].partition("\n}\n")[0]


def test_only_what_the_edge_needs_is_there() -> None:
    graph = edge()
    assert set(abroad(graph)) == set(AT_THE_EDGE)
    assert set(abroad(graph).values()) == {"us-east-1"}
    assert not abroad(edge("us-east-1"))


def test_each_says_its_providers_configuration_and_the_rest_none() -> None:
    made = folder(edge())
    account(edge(), made)
    text = made.files["modules/edge/main.tf"] + made.files["modules/observability/main.tf"]
    found = {
        id: CONFIGURED.findall(block(text, *address.split(".")[2:]))
        for id, (address,) in made.addresses.items()
    }
    assert found == {
        id: []
        if id not in AT_THE_EDGE
        else ["aws.us_east_1" if id == "Wall" else "awscc.us_east_1"]
        for id in made.addresses
    }
    logging = block(text, "awscc_wafv2_logging_configuration", "logging")
    assert ":logs:us-east-1:1:" in logging
    home = block(text, "awscc_wafv2_logging_configuration", "home_logging")
    assert ":logs:${data.aws_region.current.region}:1:" in home


def test_the_root_configures_each_once_and_hands_on_what_a_module_needs() -> None:
    files = folder(edge()).files
    for name in ("aws", "awscc"):
        alias = f'provider "{name}" {{\n  alias  = "us_east_1"\n  region = "us-east-1"\n}}\n'
        assert files["providers.tf"].count(alias) == 1
    handed = re.findall(
        r'module "(\w+)" \{\n.*\n\n  providers = \{\n((?:    .*\n)+)', files["main.tf"]
    )
    names = {module: re.findall(r"= (.+)", lines) for module, lines in handed}
    assert names == {
        "edge": ["aws", "awscc", "aws.us_east_1", "awscc.us_east_1"],
        "observability": ["aws", "awscc", "awscc.us_east_1"],
    }
    observed = files["modules/observability/versions.tf"]
    assert "configuration_aliases = [awscc.us_east_1]" in observed
    assert "[aws.us_east_1]" not in observed
    for text in folder(edge("us-east-1")).files.values():
        assert "us_east_1" not in text


def test_a_certificate_for_both_is_a_mistake() -> None:
    graph = edge()
    listener = {
        "LoadBalancerArn": "arn",
        "DefaultActions": [{"Type": "fixed-response"}],
        "Certificates": [{"CertificateArn": Ref("Shown")}],
    }
    graph.add(Resource("Door", "AWS::ElasticLoadBalancingV2::Listener", listener))
    with pytest.raises(Mistake, match=r"Shown .* in us-east-1, and Door in eu-west-1"):
        folder(graph)
    assert not abroad(replace(graph, region="us-east-1"))


@needs_terraform
@needs_grpc
@pytest.mark.engine
def test_it_is_formatted_valid_and_planned(
    world: dict[str, str],  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    made = folder(edge())
    write(tmp_path, made.files)
    terraform(tmp_path, world, "fmt", "-check", "-recursive")
    knows = installed(tmp_path, world)
    assert created(tmp_path, knows, []) == managed(made)
    main = tmp_path / "main.tf"
    main.write_text(main.read_text().replace("    awscc.us_east_1 = awscc.us_east_1\n", "", 1))
    with pytest.raises(AssertionError, match="Missing required provider configuration"):
        terraform(tmp_path, knows, "validate", "-no-color")

"""A domain: its certificate, validated through DNS, and the record that points to the public door.

With a website the name leads to its distribution, and the load balancer shows
the same certificate to CloudFront, which passes the visitor's host name on.
CloudFront takes certificates of us-east-1 alone: elsewhere that one is made
there first, and its ARN is a parameter.
"""

from seatrial.graph import Parameter
from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.language import Website
from seatrial.lower.context import Lowering

EDGE_REGION = "us-east-1"
EDGE_ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone of every distribution (AWS: AliasTarget of a record set)."""


def edge_certificate(lowering: Lowering) -> Ref:
    """Give the certificate that a distribution shows."""
    if lowering.environment.region == EDGE_REGION:
        return Ref("Certificate")
    domain = lowering.environment.setting("domain")
    return lowering.parameter(
        Parameter(
            "EdgeCertificateArn",
            "String",
            f"A certificate for {domain.name} in {EDGE_REGION}, where CloudFront looks for it",
            allowed_pattern=f"arn:aws:acm:{EDGE_REGION}:.+",
        )
    )


def lower(lowering: Lowering) -> None:
    """Add certificate and record where the environment has a domain."""
    domain = lowering.environment.setting("domain")
    websites = lowering.of(Website)
    if not domain or not (lowering.web or websites):
        return
    zone = lowering.parameter(
        Parameter(
            "HostedZoneId",
            "AWS::Route53::HostedZone::Id",
            f"The Route 53 hosted zone of {domain.hosted_zone}",
        )
    )
    if lowering.web or lowering.environment.region == EDGE_REGION:
        lowering.add(
            None,
            "Certificate",
            "AWS::CertificateManager::Certificate",
            {
                "DomainName": domain.name,
                "ValidationMethod": "DNS",
                "DomainValidationOptions": [{"DomainName": domain.name, "HostedZoneId": zone}],
            },
        )
    target: dict[str, Value] = {
        "DNSName": GetAtt("LoadBalancer", "DNSName"),
        "HostedZoneId": GetAtt("LoadBalancer", "CanonicalHostedZoneID"),
        "EvaluateTargetHealth": True,
    }
    for website in websites:
        target = {
            "DNSName": GetAtt(lowering.id(website, "Distribution"), "DomainName"),
            "HostedZoneId": EDGE_ZONE,
        }
    # A distribution also answers on IPv6; the load balancer has none.
    for id, kind in [("DomainRecord", "A"), ("DomainRecord6", "AAAA")][: 1 + bool(websites)]:
        lowering.add(
            None,
            id,
            "AWS::Route53::RecordSet",
            {
                "HostedZoneId": zone,
                "Name": f"{domain.name}.",
                "Type": kind,
                "AliasTarget": target,
                **_failover(lowering),
            },
        )


def _failover(lowering: Lowering) -> dict[str, Value]:
    """Give what makes the domain's record one of two: the first, or the one that waits."""
    if lowering.second:
        return {"SetIdentifier": "second", "Failover": "SECONDARY"}
    recovery = lowering.environment.recovery
    if recovery is None or not recovery.standby or lowering.of(Website):
        return {}
    return {
        "SetIdentifier": "first",
        "Failover": "PRIMARY",
        "HealthCheckId": Ref("HealthCheck"),
    }

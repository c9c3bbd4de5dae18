"""A domain: its certificate, validated through DNS, and the record that points to the ALB."""

from seatrial.graph import Parameter
from seatrial.graph.values import GetAtt
from seatrial.lower import recovery
from seatrial.lower.context import Lowering


def lower(lowering: Lowering) -> None:
    """Add certificate and record where the environment has a domain."""
    domain = lowering.environment.setting("domain")
    if not domain or not lowering.web:
        return
    zone = lowering.parameter(
        Parameter(
            "HostedZoneId",
            "AWS::Route53::HostedZone::Id",
            f"The Route 53 hosted zone of {domain.hosted_zone}",
        )
    )
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
    lowering.add(
        None,
        "DomainRecord",
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": zone,
            "Name": f"{domain.name}.",
            "Type": "A",
            "AliasTarget": {
                "DNSName": GetAtt("LoadBalancer", "DNSName"),
                "HostedZoneId": GetAtt("LoadBalancer", "CanonicalHostedZoneID"),
                "EvaluateTargetHealth": True,
            },
            **recovery.failover(lowering),
        },
    )

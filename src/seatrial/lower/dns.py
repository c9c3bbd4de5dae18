"""A domain: its certificate, validated through DNS, and the records that lead to the public door.

With a website the name leads to its distribution, and the load balancer shows
the same certificate to CloudFront, which passes the visitor's host name on.
CloudFront takes certificates of us-east-1 alone: elsewhere that one is made
there first, and its ARN is a parameter.

With a second region there is a record in each, and Route 53 gives the first
one's until it fails. A distribution is one for all the world: behind it stands
a name of its own that leads to the load balancer of one region or the other.
"""

from seatrial.graph import Parameter
from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.language import Domain, Website
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


def origin(lowering: Lowering) -> str | None:
    """Give the name by which a distribution reaches the services of two regions; None for one."""
    domain: Domain | None = lowering.environment.setting("domain")
    if not (domain and lowering.standby and lowering.routes):
        return None
    return f"origin.{domain.name}"


def lower(lowering: Lowering) -> None:
    """Add certificate and records where the environment has a domain."""
    domain: Domain | None = lowering.environment.setting("domain")
    websites = lowering.of(Website)
    if not domain or not (lowering.web or websites):
        return
    if lowering.second and not lowering.web:
        return  # the name leads to the first region's distribution
    zone = lowering.parameter(
        Parameter(
            "HostedZoneId",
            "AWS::Route53::HostedZone::Id",
            f"The Route 53 hosted zone of {domain.hosted_zone}",
        )
    )
    behind = origin(lowering)
    at_load_balancer = lowering.web and not lowering.machine
    if at_load_balancer or lowering.environment.region == EDGE_REGION:
        _certificate(lowering, zone, [domain.name, *([behind] if behind else [])])
    balancer: dict[str, Value] = {
        "DNSName": GetAtt("LoadBalancer", "DNSName"),
        "HostedZoneId": GetAtt("LoadBalancer", "CanonicalHostedZoneID"),
        "EvaluateTargetHealth": True,
    }
    if not websites:
        _record(lowering, "DomainRecord", zone, domain.name, balancer, **_failover(lowering))
        return
    if behind:
        _record(lowering, "OriginRecord", zone, behind, balancer, **_failover(lowering))
    if lowering.second:
        return
    (website,) = websites
    edge: dict[str, Value] = {
        "DNSName": GetAtt(lowering.id(website, "Distribution"), "DomainName"),
        "HostedZoneId": EDGE_ZONE,
    }
    # A distribution also answers on IPv6; the load balancer has none.
    _record(lowering, "DomainRecord", zone, domain.name, edge)
    _record(lowering, "DomainRecord6", zone, domain.name, edge, kind="AAAA")


def _certificate(lowering: Lowering, zone: Ref, names: list[str]) -> None:
    lowering.add(
        None,
        "Certificate",
        "AWS::CertificateManager::Certificate",
        {
            "DomainName": names[0],
            "SubjectAlternativeNames": names[1:] or None,
            "ValidationMethod": "DNS",
            "DomainValidationOptions": [
                {"DomainName": each, "HostedZoneId": zone} for each in names
            ],
        },
    )


def _record(
    lowering: Lowering,
    id: str,
    zone: Ref,
    name: str,
    target: dict[str, Value],
    kind: str = "A",
    **failover: Value,
) -> None:
    lowering.add(
        None,
        id,
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": zone,
            "Name": f"{name}.",
            "Type": kind,
            "AliasTarget": target,
            **failover,
        },
    )


def _failover(lowering: Lowering) -> dict[str, Value]:
    """Give what makes a record one of two: the first, or the one that waits."""
    if lowering.second:
        return {"SetIdentifier": "second", "Failover": "SECONDARY"}
    if not lowering.standby:
        return {}
    return {
        "SetIdentifier": "first",
        "Failover": "PRIMARY",
        "HealthCheckId": Ref("HealthCheck"),
    }

"""Certificates and firewalls at the edge: made where, and for which name."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import listeners_of

CERTIFICATE = "AWS::CertificateManager::Certificate"


@rule(
    "ST208",
    "edge-resource-elsewhere",
    "error",
    "encryption",
    why="CloudFront takes certificates and firewalls from us-east-1 alone: the stack fails.",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
)
def edge_resource_elsewhere(plan: Plan) -> Iterator[Fault]:
    """Find a distribution whose certificate or firewall is made in another region.

    Both must be made in us-east-1, by a stack of their own where the system lives elsewhere,
    and a firewall must be of CloudFront's scope.

    Bad:
        Firewall: {Type: AWS::WAFv2::WebACL, Properties: {Scope: REGIONAL}}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties: {DistributionConfig: {WebACLId: !GetAtt Firewall.Arn}}

    Good:
        Firewall: {Type: AWS::WAFv2::WebACL, Properties: {Scope: CLOUDFRONT}}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties: {DistributionConfig: {WebACLId: !GetAtt Firewall.Arn}}
    """
    region = plan.graph.region
    for distribution in plan.of("AWS::CloudFront::Distribution"):
        whole = at(distribution.properties, "DistributionConfig")
        certificate = plan.named(at(whole, "ViewerCertificate", "AcmCertificateArn"), CERTIFICATE)
        firewall = plan.named(at(whole, "WebACLId"), "AWS::WAFv2::WebACL")
        for made, path in (
            (certificate, "DistributionConfig.ViewerCertificate.AcmCertificateArn"),
            (firewall, "DistributionConfig.WebACLId"),
        ):
            if made is not None and region not in ("us-east-1", ""):
                yield Fault(
                    distribution.id,
                    path,
                    f"{made.id} is made in {region}.",
                    "Take its ARN in us-east-1 as a parameter.",
                )
        if firewall and firewall.properties.get("Scope") == "REGIONAL":
            yield Fault(
                firewall.id,
                "Scope",
                f"{distribution.id} takes no firewall of scope REGIONAL.",
                "Write Scope: CLOUDFRONT.",
            )


@rule(
    "ST209",
    "certificate-misses-name",
    "error",
    "encryption",
    why="Browsers stop at a certificate for another name, and CloudFront refuses the alias.",
    source="https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html",
)
def certificate_misses_name(plan: Plan) -> Iterator[Fault]:
    """Find a name that leads to a distribution or load balancer without a certificate for it.

    A wildcard stands for one label: `*.example.com` covers `a.example.com`, neither
    `example.com` nor `a.b.example.com`. Certificates of other stacks are not judged.

    Bad:
        Certificate:
          Type: AWS::CertificateManager::Certificate
          Properties: {DomainName: example.com}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Aliases: [www.example.com]
              ViewerCertificate: {AcmCertificateArn: !Ref Certificate}

    Good:
        Certificate:
          Type: AWS::CertificateManager::Certificate
          Properties: {DomainName: example.com, SubjectAlternativeNames: ["*.example.com"]}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Aliases: [www.example.com]
              ViewerCertificate: {AcmCertificateArn: !Ref Certificate}
    """
    for distribution in plan.of("AWS::CloudFront::Distribution"):
        whole = at(distribution.properties, "DistributionConfig")
        certificate = plan.named(at(whole, "ViewerCertificate", "AcmCertificateArn"), CERTIFICATE)
        for index, name in enumerate(many(at(whole, "Aliases"))):
            if certificate and not _covers(certificate, name):
                path = f"DistributionConfig.Aliases.{index}"
                yield _uncovered(distribution, path, name, [certificate])
    for record in plan.of("AWS::Route53::RecordSet"):
        target = at(record.properties, "AliasTarget", "DNSName")
        for balancer in plan.all_named(target, LOAD_BALANCER):
            certificates = _at_door(plan, balancer)
            name = record.properties.get("Name")
            if certificates and not any(_covers(each, name) for each in certificates):
                yield _uncovered(record, "Name", name, certificates)


def _uncovered(resource: Resource, path: str, name: Any, certificates: list[Resource]) -> Fault:
    there = ", ".join(each.id for each in certificates)
    return Fault(
        resource.id,
        path,
        f"{written(name)} is not among the names of {there}.",
        f"Add {written(name)} to SubjectAlternativeNames.",
    )


def _at_door(plan: Plan, balancer: Resource) -> list[Resource]:
    """Give a load balancer's certificates; none where one of them is not of this graph."""
    found: list[Resource] = []
    for listener in listeners_of(plan, balancer):
        for each in many(listener.properties.get("Certificates")):
            certificate = plan.named(at(each, "CertificateArn"), CERTIFICATE)
            if certificate is None:
                return []
            found.append(certificate)
    if any(plan.of("AWS::ElasticLoadBalancingV2::ListenerCertificate")):
        return []
    return found


def _covers(certificate: Resource, name: Any) -> bool:
    """Tell whether a certificate is for a name; what is not a plain text is taken to be."""
    names = [
        certificate.properties.get("DomainName"),
        *many(certificate.properties.get("SubjectAlternativeNames")),
    ]
    if not isinstance(name, str) or not all(isinstance(each, str) for each in names):
        return True
    wanted = name.rstrip(".").lower()
    above = "*." + wanted.partition(".")[2]
    return any(str(each).lower() in (wanted, above) for each in names)

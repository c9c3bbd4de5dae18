"""Resources that AWS takes in one region only, wherever the system is.

CloudFront looks for its firewall and its certificates in us-east-1. A stack is
in one region, so CloudFormation needs a second one for them; Terraform has a
second configuration of its providers. Takes a graph, gives the region of each
resource that is not at home. What the graph asks for as a parameter stays one.
"""

from collections.abc import Mapping

from seatrial.graph import Graph, Resource
from seatrial.graph.values import Value, referred
from seatrial.terraform.target import mistake

EDGE = "us-east-1"
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html"""
FIREWALL = (
    "AWS::WAFv2::IPSet",
    "AWS::WAFv2::RegexPatternSet",
    "AWS::WAFv2::RuleGroup",
    "AWS::WAFv2::WebACL",
)
# Those that show a certificate at the edge, and where they name it.
SHOWN = {
    "AWS::CloudFront::Distribution": ("DistributionConfig", "ViewerCertificate"),
    "AWS::Cognito::UserPoolDomain": ("CustomDomainConfig",),
}
CERTIFICATE = "AWS::CertificateManager::Certificate"
LOGGING = "AWS::WAFv2::LoggingConfiguration"
LOG = "AWS::Logs::LogGroup"


def abroad(graph: Graph) -> dict[str, str]:
    """Give the regions of the resources that are not in the graph's own, by their ids.

    A certificate that the edge and something at home both show is a mistake.
    """
    if graph.region == EDGE:
        return {}
    found = {
        each.id for each in graph.of(*FIREWALL) if each.properties.get("Scope") == "CLOUDFRONT"
    }
    for each in graph.of(LOGGING):
        if found.isdisjoint(referred(each.properties.get("ResourceArn"))):
            continue
        # A log is in the region of what writes to it.
        near = {*referred(each.properties.get("LogDestinationConfigs")), *each.depends_on}
        found |= {each.id, *(log.id for log in graph.of(LOG) if log.id in near)}
    for each in graph.of(*SHOWN):
        shown = set(referred(_shown(each)))
        found |= {
            certificate.id for certificate in graph.of(CERTIFICATE) if certificate.id in shown
        }
    for each in graph.of(CERTIFICATE):
        if each.id in found:
            _only_there(graph, each)
    return {each.id: EDGE for each in graph if each.id in found}


def _shown(resource: Resource) -> Value:
    """Give where a resource at the edge names its certificate."""
    value: Value = resource.properties
    for step in SHOWN[resource.type]:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _only_there(graph: Graph, certificate: Resource) -> None:
    for each in graph:
        if each.type not in SHOWN and certificate.id in referred(each.properties):
            raise mistake(
                certificate,
                f"the edge wants it in {EDGE}, and {each.id} in {graph.region}: make one for each",
            )

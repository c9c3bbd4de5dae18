"""Amazon Route 53 and Cloud Map: zones, queries, health checks."""

from seatrial.graph import Resource
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.rules import prices


@prices("AWS::Route53::HostedZone")
def zone(resource: Resource, estimate: Estimate) -> Lines:
    """Price a zone; queries of records that point at AWS's own resources are free."""
    yield estimate.line(resource, "hosted zone", "r53.zone_mo", 1, "1 zone")
    if estimate.said("requests", resource) is not None:
        yield estimate.metered(resource, "DNS queries", "r53.1m_q", "requests", per=1e6)


@prices("AWS::Route53::HealthCheck")
def health_check(resource: Resource, estimate: Estimate) -> Lines:
    """Price a health check; one that follows an alarm or others has no options.

    Which endpoints are AWS's own is not written in a template: the dearer price is taken
    where an address or a name outside AWS's is checked.
    https://aws.amazon.com/route53/pricing/
    """
    config = estimate.map(resource.properties.get("HealthCheckConfig"))
    kind = estimate.text(config.get("Type"))
    if kind in ("CLOUDWATCH_METRIC", "CALCULATED", "RECOVERY_CONTROL"):
        key, how = "r53.check_aws_mo", f"1 check by {kind.lower()}"
        yield estimate.line(resource, "health check", key, 1, how)
        return
    name = estimate.text(config.get("FullyQualifiedDomainName"))
    own = estimate.follow(config.get("FullyQualifiedDomainName")) or "amazonaws.com" in name
    kept = "aws_mo" if own else "mo"
    yield estimate.line(resource, "health check", f"r53.check_{kept}", 1, "1 endpoint")
    options = [
        kind.startswith("HTTPS"),
        kind.endswith("STR_MATCH"),
        estimate.number(config.get("RequestInterval"), 30) < 30,
        estimate.true(config.get("MeasureLatency")),
    ]
    if any(options):
        count = sum(options)
        how = f"{count} of HTTPS, text, 10 s, latency"
        key = f"r53.check_option_{kept}"
        yield estimate.line(resource, "health check options", key, count, how)


@prices("AWS::ServiceDiscovery::PrivateDnsNamespace", "AWS::ServiceDiscovery::PublicDnsNamespace")
def namespace(resource: Resource, estimate: Estimate) -> Lines:
    """Price the hosted zone that Cloud Map makes for a namespace.

    What ECS registers in it costs nothing itself:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
    """
    yield estimate.line(resource, "hosted zone", "r53.zone_mo", 1, "1 zone of the namespace")

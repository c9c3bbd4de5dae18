"""What answers beyond the VPC: CloudFront, AWS's own APIs, services of others; and proxies.

Takes a graph; gives an interface for each that is in no VPC, and what CloudFront and RDS
Proxy pass on to whom.
"""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.annotations import Outside, Uses
from seatrial.graph.values import GetAtt, Ref, Value, referred, symbols
from seatrial.reach import ports
from seatrial.reach.balancers import Forward
from seatrial.reach.interfaces import ANY_CLIENT, Interface, Site
from seatrial.reach.network import Network
from seatrial.reach.ports import Ports
from seatrial.reach.rules import Property

DISTRIBUTION = "AWS::CloudFront::Distribution"
OF_OTHERS = "CloudFront"
"""Stands for a distribution that another template describes."""
INTERNET = Interface(
    "internet",
    "internet",
    "internet",
    (),
    None,
    Property("internet"),
    ports.ALL,
    outside="internet",
)
# Parts that have no network interface: what answers for them is an API of AWS's.
SERVICES = {
    "AWS::S3::Bucket": "s3",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::SageMaker::Endpoint": "sagemaker.runtime",
    "AWS::Kinesis::Stream": "kinesis-streams",
    "AWS::ECR::Repository": "ecr.dkr",
    "AWS::Lambda::Function": "lambda",
    "AWS::StepFunctions::StateMachine": "states",
}


def outside(site: Site, interfaces: dict[str, Interface]) -> Iterator[Interface]:
    """Give what is in no VPC: the internet, distributions, APIs and services of others."""
    yield INTERNET
    for each in site.graph.of(DISTRIBUTION):
        yield _beyond(
            each.id,
            site.part(each),
            "distribution",
            ports.union([ports.tcp(80), ports.tcp(443)]),
            "edge",
            forwards=True,
        )
    if next(_for_others(site, interfaces), None):
        both = ports.union([ports.tcp(80), ports.tcp(443)])
        said = "a distribution of another template asks what lets CloudFront in"
        site.reading.assume(OF_OTHERS, said)
        yield _beyond(OF_OTHERS, OF_OTHERS, "distribution", both, "edge", forwards=True)
    for type_, name in SERVICES.items():
        for each in site.graph.of(type_):
            if each.id not in interfaces:
                noun = type_.rpartition("::")[2].lower()
                yield _beyond(each.id, site.part(each), noun, ports.tcp(443), "api", name)
    known = {each.part for each in interfaces.values()}
    for there in site.graph.annotated(Outside):
        known.add(there.part)
        yield _beyond(there.part, there.part, "service of others", _port(there.url), "host")
    parts = {resource.part for resource in site.graph}
    for name in dict.fromkeys(each.used for each in site.graph.annotated(Uses)):
        if name not in known | parts:
            said = "it has no resource here: it is taken to be an API of AWS's, on 443"
            site.reading.assume(name, said)
            yield _beyond(name, name, "API", ports.tcp(443), "api", name)


def _beyond(
    id: str,
    part: str,
    noun: str,
    listens: Ports,
    where: str,
    service: str = "",
    forwards: bool = False,
) -> Interface:
    at = Property(id)
    return Interface(
        id,
        part,
        noun,
        (),
        None,
        at,
        listens,
        at,
        clients=ANY_CLIENT,
        calls=False,
        forwards=forwards,
        outside=where,
        service=service,
    )


def _port(url: str) -> Ports:
    """Give the port of an address: the one that is written, else its scheme's."""
    scheme, _, rest = url.rpartition("://")
    host = rest.split("/", maxsplit=1)[0]
    _, _, port = host.rpartition(":")
    if port.isdecimal():
        return ports.tcp(int(port))
    return ports.tcp(80 if scheme == "http" else 443)


def takes_anybody(network: Network, target: Interface) -> Property | None:
    """Give what lets anybody read a bucket or call a function, without a signature.

    A bucket without a public access block of its own has AWS's, which is on:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    reading, graph = network.reading, network.graph
    if target.service == "lambda":
        for url in graph.of("AWS::Lambda::Url"):
            named = target.id in referred(url.properties.get("TargetFunctionArn"))
            if named and reading.get(url, "AuthType") == "NONE":
                return Property(url.id, "AuthType")
    bucket = graph.resources.get(target.id)
    if target.service != "s3" or bucket is None:
        return None
    closed = reading.record(bucket, "PublicAccessBlockConfiguration")
    if not closed or reading.truth(closed.get("RestrictPublicBuckets"), bucket.id):
        return None
    for policy in graph.of("AWS::S3::BucketPolicy"):
        if reading.name(policy.properties.get("Bucket"), policy.id) != bucket.id:
            continue
        document = reading.record(policy, "PolicyDocument")
        for index, each in enumerate(reading.records(document.get("Statement"), policy.id)):
            who = each.get("Principal")
            anybody = who == "*" or (isinstance(who, dict) and who.get("AWS") == "*")
            if each.get("Effect") == "Allow" and anybody and not each.get("Condition"):
                return Property(policy.id, f"PolicyDocument.Statement.{index}")
    return None


def forwards(site: Site, interfaces: dict[str, Interface]) -> Iterator[Forward]:
    """Give what CloudFront asks of its origins, and proxies of their databases."""
    for each in site.graph.of(DISTRIBUTION):
        config = site.reading.record(each, "DistributionConfig")
        for index, origin in enumerate(site.reading.records(config.get("Origins"), each.id)):
            if isinstance(origin, dict):
                at = Property(each.id, f"DistributionConfig.Origins.{index}")
                yield from _origin(site, interfaces, each, origin, at)
    yield from _for_others(site, interfaces)
    for each in site.graph.of("AWS::RDS::DBProxyTargetGroup"):
        yield from _proxied(site, interfaces, each)


def _for_others(site: Site, interfaces: dict[str, Interface]) -> Iterator[Forward]:
    """Give what lets CloudFront in where no distribution is here: one elsewhere asks it."""
    if site.graph.of(DISTRIBUTION):
        return
    both = ports.union([ports.tcp(80), ports.tcp(443)])
    for each in interfaces.values():
        for group in sorted(each.groups or ()):
            for rule in site.network.rules.group(group).ingress:
                if rule.list == "cloudfront" and each.public is not None:
                    yield Forward(OF_OTHERS, both, each.id, rule.ports, rule.at)


def _origin(
    site: Site,
    interfaces: dict[str, Interface],
    each: Resource,
    origin: dict[str, Any],
    at: Property,
) -> Iterator[Forward]:
    reading = site.reading
    both = interfaces[each.id].listens
    private = reading.fields(origin.get("VpcOriginConfig"), each.id)
    settings = reading.fields(origin.get("CustomOriginConfig"), each.id)
    behind: Value = origin.get("DomainName")
    if private:
        vpc = site.graph.resources.get(reading.name(private.get("VpcOriginId"), each.id))
        if vpc is None:
            return
        settings = reading.record(vpc, "VpcOriginEndpointConfig")
        behind = settings.get("Arn")
    policy = reading.plain(settings.get("OriginProtocolPolicy", "match-viewer"), each.id)
    plain = ports.tcp(reading.number(settings.get("HTTPPort", 80), each.id) or 80)
    secure = ports.tcp(reading.number(settings.get("HTTPSPort", 443), each.id) or 443)
    to = {"http-only": plain, "https-only": secure}.get(str(policy), ports.union([plain, secure]))
    for target in _behind(site, behind, each.id):
        if target not in interfaces:
            continue
        api = interfaces[target].outside == "api"
        asked = ports.tcp(443) if api else to
        yield Forward(each.id, both, target, asked, at, inside=bool(private))


def _behind(site: Site, value: Value, resource: str) -> list[str]:
    """Give the resources that a host name leads to."""
    found = []
    for each in symbols(value):
        if isinstance(each, Ref | GetAtt) and each.id in site.graph.resources:
            found += _named(site, site.graph[each.id])
    name = site.reading.plain(value, resource)
    if not found and isinstance(name, str):
        for record in site.graph.of("AWS::Route53::RecordSet"):
            said = site.reading.get(record, "Name", default="")
            if isinstance(said, str) and said.rstrip(".") == name.rstrip("."):
                alias = site.reading.get(record, "AliasTarget", "DNSName")
                several = record.properties.get("ResourceRecords")
                for each in symbols([alias, several]):
                    if isinstance(each, Ref | GetAtt) and each.id in site.graph.resources:
                        found += _named(site, site.graph[each.id])
    return list(dict.fromkeys(found))


def _named(site: Site, there: Resource) -> list[str]:
    """Give the resource behind an elastic address, else itself."""
    if there.type == "AWS::EC2::EIP":
        given = there.properties.get("InstanceId")
        return [site.reading.name(given, there.id)] if given is not None else []
    return [there.id]


def _proxied(site: Site, interfaces: dict[str, Interface], group: Resource) -> Iterator[Forward]:
    reading = site.reading
    named = reading.name(group.properties.get("DBProxyName"), group.id)
    proxies = [each for each in interfaces.values() if named in (each.id, *each.aliases)]
    for name in ("DBInstanceIdentifiers", "DBClusterIdentifiers"):
        at = Property(group.id, name)
        for id in reading.names(group.properties.get(name), group.id):
            for each in interfaces.values():
                if id in (each.id, *each.aliases):
                    for proxy in proxies:
                        yield Forward(proxy.id, proxy.listens, each.id, each.listens, at)


def endpoints(interfaces: dict[str, Interface]) -> Iterator[Forward]:
    """Give which interface endpoints lead to which of AWS's APIs."""
    apis: dict[str, list[Interface]] = {}
    for each in interfaces.values():
        if each.outside == "api":
            apis.setdefault(each.service, []).append(each)
    for each in interfaces.values():
        if not each.outside and each.service:
            at = Property(each.id, "ServiceName")
            for api in apis.get(each.service, ()):
                yield Forward(each.id, each.listens, api.id, ports.tcp(443), at)

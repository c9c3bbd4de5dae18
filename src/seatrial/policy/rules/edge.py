"""The doors: load balancers and distributions, their listeners, and ways around them."""

from collections.abc import Iterator
from typing import Any

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.graph.values import GetAtt
from seatrial.policy.plan import Plan
from seatrial.policy.read import at, many, maps, number, written
from seatrial.policy.rule import Fault, rule
from seatrial.policy.rules._compute import listeners_of

DISTRIBUTION = "AWS::CloudFront::Distribution"
RECORDS = ("AWS::Route53::RecordSet",)


@rule(
    "ST109",
    "plain-door-beside-certificate",
    "warning",
    "network",
    why="Whoever types the name without https sends passwords and cookies in the clear, though "
    "the certificate is there.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
)
def plain_door_beside_certificate(plan: Plan) -> Iterator[Fault]:
    """Find a public HTTP listener that does not redirect, on a load balancer that has HTTPS.

    Bad:
        Front:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {SecurityGroups: [!Ref Front]}
        Http:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties:
            LoadBalancerArn: !Ref Balancer
            Port: 80
            Protocol: HTTP
            DefaultActions: [{Type: forward, TargetGroupArn: arn}]
        Https:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties: {LoadBalancerArn: !Ref Balancer, Port: 443, Protocol: HTTPS}

    Good:
        Front:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {SecurityGroups: [!Ref Front]}
        Http:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties:
            LoadBalancerArn: !Ref Balancer
            Port: 80
            Protocol: HTTP
            DefaultActions:
              - {Type: redirect, RedirectConfig: {Protocol: HTTPS, StatusCode: HTTP_301}}
        Https:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties: {LoadBalancerArn: !Ref Balancer, Port: 443, Protocol: HTTPS}
    """
    for balancer in plan.of(LOAD_BALANCER):
        mine = listeners_of(plan, balancer)
        secure = any(each.properties.get("Protocol") in ("HTTPS", "TLS") for each in mine)
        if not secure or balancer.properties.get("Scheme") == "internal":
            continue
        for listener in mine:
            port = number(listener.properties.get("Port"))
            if listener.properties.get("Protocol") != "HTTP" or port is None:
                continue
            if not _open(plan, balancer, int(port)):
                continue
            for each in (listener, *plan.rules_of.get(listener.id, ())):
                name = "DefaultActions" if each is listener else "Actions"
                for index, action in enumerate(maps(each.properties.get(name))):
                    if action.get("Type") == "forward":
                        yield Fault(
                            each.id,
                            f"{name}.{index}.Type",
                            f"{balancer.id} answers plain HTTP on port {int(port)} and does not "
                            "redirect.",
                            "Write Type: redirect, RedirectConfig: {Protocol: HTTPS, "
                            "StatusCode: HTTP_301}.",
                            "Leave the listeners to Domain(...), which redirects.",
                        )


def _open(plan: Plan, balancer: Resource, port: int) -> bool:
    """Tell whether everyone is let in on a port."""
    return any(
        opening.by_everyone and opening.covers(port)
        for group in plan.network.groups(balancer)
        for opening in plan.network.into.get(group.id, ())
    )


@rule(
    "ST113",
    "way-around-the-edge",
    "warning",
    "network",
    why="Whoever calls the load balancer itself goes around the distribution with its firewall, "
    "its cache and its limits.",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html",
)
def way_around_the_edge(plan: Plan) -> Iterator[Fault]:
    """Find a load balancer behind a distribution that answers others than the distribution.

    Two locks make it sure: the security group lets in CloudFront's addresses alone, which
    all of CloudFront's customers share, and every forwarding rule wants a header that only
    this distribution sends.

    Bad:
        Front:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {SecurityGroups: [!Ref Front]}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig: {Origins: [{Id: api, DomainName: !GetAtt Balancer.DNSName}]}

    Good:
        Front:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
            - {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourcePrefixListId: pl-1}
        Balancer:
          Type: AWS::ElasticLoadBalancingV2::LoadBalancer
          Properties: {SecurityGroups: [!Ref Front]}
        Edge:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig: {Origins: [{Id: api, DomainName: !GetAtt Balancer.DNSName}]}
    """
    for balancer, headers in _behind(plan):
        for group in plan.network.groups(balancer):
            for opening in plan.network.into.get(group.id, ()):
                if opening.by_everyone:
                    yield Fault(
                        opening.resource,
                        opening.path,
                        f"everyone reaches {balancer.id} on {opening.ports}, not CloudFront alone.",
                        "Name SourcePrefixListId: CloudFront's origin-facing prefix list.",
                        "Website(..., routes=...) lets in CloudFront alone; add no rule.",
                    )
        if headers:
            yield from _without_header(plan, balancer, headers)


def _behind(plan: Plan) -> Iterator[tuple[Resource, set[str]]]:
    """Give each load balancer that is an origin, with the headers that its distribution sends."""
    by_name: dict[str, Resource] = {}
    for record in plan.of(*RECORDS):
        there = _balancer(plan, at(record.properties, "AliasTarget", "DNSName"))
        if there:
            by_name[written(record.properties.get("Name")).rstrip(".")] = there
    found: dict[str, set[str]] = {}
    for distribution in plan.of(DISTRIBUTION):
        for origin in maps(at(distribution.properties, "DistributionConfig", "Origins")):
            domain = origin.get("DomainName")
            balancer = _balancer(plan, domain) or by_name.get(written(domain))
            if balancer:
                headers = found.setdefault(balancer.id, set())
                for header in maps(origin.get("OriginCustomHeaders")):
                    headers.add(written(header.get("HeaderName")).lower())
    for id, headers in found.items():
        yield plan.graph[id], headers


def _balancer(plan: Plan, name: Any) -> Resource | None:
    """Give the load balancer whose DNS name a value is, also with `dualstack.` before it."""
    for symbol in (name, *getattr(name, "parts", ())):
        if isinstance(symbol, GetAtt) and symbol.attribute == "DNSName":
            return plan.named(symbol, LOAD_BALANCER)
    return None


def _without_header(plan: Plan, balancer: Resource, headers: set[str]) -> Iterator[Fault]:
    for listener in listeners_of(plan, balancer):
        for each in (listener, *plan.rules_of.get(listener.id, ())):
            name = "DefaultActions" if each is listener else "Actions"
            forwards = any(
                action.get("Type") == "forward" for action in maps(each.properties.get(name))
            )
            if forwards and not headers & _asked(each):
                yield Fault(
                    each.id,
                    "Conditions" if each is not listener else name,
                    f"it forwards what comes without {', '.join(sorted(headers))}: any "
                    "distribution of anybody gets through.",
                    "Add a condition on the header that the distribution sends.",
                )


def _asked(rule_: Resource) -> set[str]:
    """Give the headers that a listener's rule asks for."""
    return {
        written(at(each, "HttpHeaderConfig", "HttpHeaderName")).lower()
        for each in maps(rule_.properties.get("Conditions"))
        if many(at(each, "HttpHeaderConfig", "Values"))
    }

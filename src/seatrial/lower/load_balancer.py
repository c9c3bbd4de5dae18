"""The Application Load Balancer: target groups, listeners, and the rules between.

With a domain, 443 carries the traffic and 80 redirects to it; without one, 80
forwards. A request that no route names gets 404, unless one service takes all.
"""

from seatrial.graph.values import GetAtt, Ref, Value
from seatrial.language import Service
from seatrial.lower.context import Lowering

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
ROUTE_ATTRIBUTES = {
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.drop_invalid_header_fields.enabled": "true",
}


def lower(lowering: Lowering) -> None:
    """Add the load balancer and everything behind it."""
    if not lowering.web:
        return
    attributes = ROUTE_ATTRIBUTES | {
        "deletion_protection.enabled": str(lowering.environment.production).lower()
    }
    balancer = lowering.add(
        None,
        "LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Name": lowering.name,
            "Type": "application",
            "Scheme": "internet-facing",
            "Subnets": lowering.public_subnets,
            "SecurityGroups": [GetAtt("LoadBalancerGroup", "GroupId")],
            "LoadBalancerAttributes": _pairs(attributes),
        },
        depends_on=("InternetGatewayAttachment",),
    )
    for service in lowering.web:
        _targets(lowering, service)
    domain = lowering.environment.setting("domain")
    if domain:
        lowering.add(
            None,
            "HttpListener",
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "LoadBalancerArn": balancer.ref,
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [
                    {
                        "Type": "redirect",
                        "RedirectConfig": {
                            "Protocol": "HTTPS",
                            "Port": "443",
                            "StatusCode": "HTTP_301",
                        },
                    }
                ],
            },
        )
    lowering.add(
        None,
        listener(lowering),
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": balancer.ref,
            "Port": 443 if domain else 80,
            "Protocol": "HTTPS" if domain else "HTTP",
            "Certificates": [{"CertificateArn": Ref("Certificate")}] if domain else None,
            "SslPolicy": TLS_POLICY if domain else None,
            "DefaultActions": [_default(lowering)],
        },
    )
    _rules(lowering)


def listener(lowering: Lowering) -> str:
    """Give the id of the listener that carries the traffic."""
    return "HttpsListener" if lowering.environment.setting("domain") else "HttpListener"


def _catches_all(service: Service) -> bool:
    return "/*" in service.paths and not service.hosts


def _default(lowering: Lowering) -> Value:
    for service in lowering.web:
        if _catches_all(service):
            return {"Type": "forward", "TargetGroupArn": lowering.ref(service, "Targets")}
    answer = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not found"}
    return {"Type": "fixed-response", "FixedResponseConfig": answer}


def _targets(lowering: Lowering, service: Service) -> None:
    probe = service.probe
    lowering.add(
        service,
        "Targets",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "TargetType": "ip",
            "Protocol": "HTTP",
            "Port": service.port,
            "VpcId": Ref("Vpc"),
            "HealthCheckEnabled": True,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPath": probe.path,
            "HealthCheckIntervalSeconds": probe.interval,
            "HealthCheckTimeoutSeconds": probe.timeout,
            "HealthyThresholdCount": probe.healthy,
            "UnhealthyThresholdCount": probe.unhealthy,
            "Matcher": {"HttpCode": probe.codes},
            "TargetGroupAttributes": _pairs(
                {
                    "deregistration_delay.timeout_seconds": str(service.drain),
                    "load_balancing.algorithm.type": "round_robin",
                }
            ),
        },
    )


def _rules(lowering: Lowering) -> None:
    """Add a rule for each service that names its routes, the longest path first."""
    routed = [each for each in lowering.web if not _catches_all(each)]
    routed.sort(key=lambda each: (-max(len(path) for path in each.paths), each.name))
    for priority, service in enumerate(routed, start=1):
        conditions: list[Value] = []
        if service.hosts:
            conditions.append(
                {"Field": "host-header", "HostHeaderConfig": {"Values": list(service.hosts)}}
            )
        if "/*" not in service.paths:
            conditions.append(
                {"Field": "path-pattern", "PathPatternConfig": {"Values": list(service.paths)}}
            )
        lowering.add(
            service,
            "Route",
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            {
                "ListenerArn": Ref(listener(lowering)),
                "Priority": priority * 10,
                "Conditions": conditions,
                "Actions": [
                    {"Type": "forward", "TargetGroupArn": lowering.ref(service, "Targets")}
                ],
            },
        )


def _pairs(attributes: dict[str, str]) -> list[Value]:
    return [{"Key": key, "Value": value} for key, value in attributes.items()]

"""The Application Load Balancer: target groups, listeners, and the rules between.

With a domain, 443 carries the traffic and 80 redirects to it; without one, 80
forwards. A request that no route names gets 404, unless one service takes all.

What a website routes is answered only with the key that its distribution
sends, and where nothing else is public only CloudFront's addresses come in.
A service whose rollout shifts traffic has a second target group and a rule
with weights.
"""

from seatrial.graph import Parameter
from seatrial.graph.values import GetAtt, Ref, Secret, Value
from seatrial.language import Service
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering, camel

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
EDGE_HEADER = "X-Edge-Key"
EDGE_KEY = Secret("EdgeKey", dynamic=True)
"""What the distribution adds to each request, so that no other distribution is answered."""
TEST_HEADER = "X-Test-Version"
"""A request with this header (`next`) reaches the new version before anybody else does."""
CONDITIONS = 5
"""How many values the conditions of one rule may have (AWS: quotas of load balancers)."""
EDGE_ADDRESSES = {
    "ap-northeast-1": "pl-58a04531",
    "ap-southeast-1": "pl-31a34658",
    "ap-southeast-2": "pl-b8a742d1",
    "eu-central-1": "pl-a3a144ca",
    "eu-west-1": "pl-4fa04526",
    "eu-west-2": "pl-93a247fa",
    "us-east-1": "pl-3b927c52",
    "us-east-2": "pl-b6a144df",
    "us-west-1": "pl-4ea04527",
    "us-west-2": "pl-82a045eb",
}
"""AWS's list `com.amazonaws.global.cloudfront.origin-facing` in each region where its id is known.

CloudFormation cannot look it up, so it is a parameter with this default.
"""
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
        _targets(lowering, service, "Targets")
        if service.rollout.shifts:
            _targets(lowering, service, "AlternateTargets")
    if lowering.routes:
        edge_key(lowering, "the load balancer")
    domain = lowering.environment.setting("domain")
    if domain and not lowering.behind_the_edge:
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


def door(lowering: Lowering) -> Ref:
    """Give the list of CloudFront's addresses, which is another in each region."""
    return lowering.parameter(
        Parameter(
            "EdgeAddresses",
            "String",
            "AWS's prefix list com.amazonaws.global.cloudfront.origin-facing in this region",
            default=EDGE_ADDRESSES.get(lowering.environment.region),
            allowed_pattern="pl-[0-9a-f]+",
        )
    )


def edge_key(lowering: Lowering, taker: str) -> None:
    """Add the key without which `taker` answers nobody.

    The one distribution sends the same to both regions.
    """
    if lowering.copied_here(None, EDGE_KEY.id):
        return
    lowering.add(
        None,
        EDGE_KEY.id,
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/edge-key",
            "Description": f"What CloudFront sends to {taker} of {lowering.name}",
            "GenerateSecretString": {"PasswordLength": 48, "ExcludePunctuation": True},
            "ReplicaRegions": lowering.copied_to,
        },
        **GOES_WITH_THE_STACK,
    )


def has_rule(lowering: Lowering, service: Service) -> bool:
    """Say whether a rule leads to a service, and not only what the listener does by default."""
    everything = "/*" in lowering.paths(service) and not service.hosts
    return not everything or service in lowering.routes or service.rollout.shifts


def of_targets(lowering: Lowering, service: Service) -> list[dict[str, Value]]:
    """Give the dimensions of its target groups: two where a rollout shifts traffic."""
    kinds = ["Targets", *(["AlternateTargets"] if service.rollout.shifts else [])]
    return [
        {
            "LoadBalancer": GetAtt("LoadBalancer", "LoadBalancerFullName"),
            "TargetGroup": GetAtt(lowering.id(service, kind), "TargetGroupFullName"),
        }
        for kind in kinds
    ]


def _default(lowering: Lowering) -> Value:
    for service in lowering.web:
        if not has_rule(lowering, service):
            return {"Type": "forward", "TargetGroupArn": lowering.ref(service, "Targets")}
    if lowering.behind_the_edge:
        answer = {"StatusCode": "403", "ContentType": "text/plain", "MessageBody": "Forbidden"}
    else:
        answer = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not found"}
    return {"Type": "fixed-response", "FixedResponseConfig": answer}


def _targets(lowering: Lowering, service: Service, kind: str) -> None:
    probe = service.probe
    lowering.add(
        service,
        kind,
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
                    **_stickiness(service),
                }
            ),
        },
    )


def _stickiness(service: Service) -> dict[str, str]:
    if not service.sticky:
        return {}
    return {
        "stickiness.enabled": "true",
        "stickiness.type": "lb_cookie",
        "stickiness.lb_cookie.duration_seconds": str(service.sticky_seconds),
    }


def _rules(lowering: Lowering) -> None:
    """Add a rule for each service that names its routes, the longest path first."""
    ruled = [each for each in lowering.web if has_rule(lowering, each)]
    ruled.sort(key=lambda each: (-max(len(path) for path in lowering.paths(each)), each.name))
    for number, service in enumerate(ruled, start=1):
        conditions = _conditions(lowering, service)
        _rule(lowering, service, "Route", number * 10, conditions, _forward(lowering, service))
        if service.rollout.shifts:
            wanted = {"HttpHeaderName": TEST_HEADER, "Values": ["next"]}
            test: Value = {"Field": "http-header", "HttpHeaderConfig": wanted}
            to = {"Type": "forward", "TargetGroupArn": lowering.ref(service, "AlternateTargets")}
            _rule(lowering, service, "TestRoute", number * 10 - 5, [*conditions, test], to)


def _rule(
    lowering: Lowering,
    service: Service,
    kind: str,
    priority: int,
    conditions: list[Value],
    action: Value,
) -> None:
    names = ("HostHeaderConfig", "PathPatternConfig", "HttpHeaderConfig")
    values = sum(len(each[name]["Values"]) for each in conditions for name in names if name in each)
    if values > CONDITIONS:
        raise service.wrong(
            f"its rule would compare {values} values (hosts, paths, headers), and AWS takes "
            f"{CONDITIONS}.",
            "Use fewer paths, with a * each, or make it two services.",
        )
    lowering.add(
        service,
        kind,
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {
            "ListenerArn": Ref(listener(lowering)),
            "Priority": priority,
            "Conditions": conditions,
            "Actions": [action],
        },
    )


def _conditions(lowering: Lowering, service: Service) -> list[Value]:
    conditions: list[Value] = []
    paths = lowering.paths(service)
    if service in lowering.routes:
        key = {"HttpHeaderName": EDGE_HEADER, "Values": [EDGE_KEY]}
        conditions.append({"Field": "http-header", "HttpHeaderConfig": key})
    if service.hosts:
        conditions.append(
            {"Field": "host-header", "HostHeaderConfig": {"Values": list(service.hosts)}}
        )
    if "/*" not in paths or not conditions:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    return conditions


def _forward(lowering: Lowering, service: Service) -> Value:
    """Forward to the service, where traffic shifts with weights that a deployment changes.

    The weights are parameters: fixed ones in the template would send traffic
    back to the old tasks at the next update (aws-cdk#36649).
    """
    targets = lowering.ref(service, "Targets")
    if not service.rollout.shifts:
        return {"Type": "forward", "TargetGroupArn": targets}
    groups = []
    for kind, first in (("Targets", 100), ("AlternateTargets", 0)):
        weight = Parameter(
            f"{camel(service.name)}{kind}Weight",
            "Number",
            f"Traffic of {service.name} to its {kind} now, as the live rule has it",
            default=first,
        )
        group = {"TargetGroupArn": lowering.ref(service, kind)}
        groups.append({**group, "Weight": lowering.parameter(weight)})
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def _pairs(attributes: dict[str, str]) -> list[Value]:
    return [{"Key": key, "Value": value} for key, value in attributes.items()]

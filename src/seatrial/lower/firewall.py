"""The firewall: one web ACL before the system's public door, and the log of what it stopped.

At the edge it belongs to the distributions and must be in us-east-1. At a load
balancer behind CloudFront the sender's address is CloudFront's own: there a
function at the edge writes the visitor's address into a header, over whatever
the visitor wrote there.
"""

from typing import Literal

from seatrial.graph.values import ACCOUNT, PARTITION, REGION, GetAtt, Ref, Value, join
from seatrial.language import Firewall
from seatrial.lower.context import Lowering, kept
from seatrial.lower.dns import EDGE_REGION

VISITOR_HEADER = "True-Client-IP"
LARGE_BODIES = "SizeRestrictions_BODY"
"""The one common rule that only counts: it stops every body over 8 KiB, and with it uploads."""


def place(lowering: Lowering) -> Literal["edge", "load balancer"] | None:
    """Say where the firewall stands; None without one."""
    firewall: Firewall | None = lowering.environment.setting("firewall")
    websites = lowering.environment.websites
    if firewall is None:
        return None
    region = lowering.first.region  # the distribution is the first region's
    at_home = region == EDGE_REGION
    where = firewall.at or ("edge" if websites and at_home else "load balancer")
    if where == "edge" and not websites:
        raise firewall.wrong("there is no website, so there is no edge.", "Leave at= out.")
    if where == "edge" and not at_home:
        raise firewall.wrong(
            f"a firewall at the edge must be in {EDGE_REGION}; this system is in {region}.",
            "Write at='load balancer'.",
        )
    if where == "load balancer" and lowering.machine:
        raise firewall.wrong(
            "on one machine there is no load balancer.", "Write at='edge', or leave it out."
        )
    if where == "load balancer" and not lowering.web:
        raise firewall.wrong("no service is public, so it guards nothing.", "Leave it out.")
    # At the edge it stands before both regions.
    return None if where == "edge" and lowering.second else where


def reads_header(lowering: Lowering) -> bool:
    """Say whether it must learn the visitor's address from a header."""
    return place(lowering) == "load balancer" and lowering.behind_the_edge


def of_edge(lowering: Lowering) -> dict[str, Value]:
    """Give what a distribution says of it."""
    if place(lowering) != "edge":
        return {}
    return {"WebACLId": GetAtt("Firewall", "Arn")}


def lower(lowering: Lowering) -> None:
    """Add the web ACL, where it stands, and its log."""
    firewall: Firewall | None = lowering.environment.setting("firewall")
    where = place(lowering)
    if firewall is None or where is None:
        return
    acl = lowering.add(
        None,
        "Firewall",
        "AWS::WAFv2::WebACL",
        {
            "Name": lowering.name,
            "Scope": "CLOUDFRONT" if where == "edge" else "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "Rules": _rules(lowering, firewall),
            "VisibilityConfig": _seen(lowering.name),
        },
    )
    if where == "load balancer":
        lowering.add(
            None,
            "FirewallAtLoadBalancer",
            "AWS::WAFv2::WebACLAssociation",
            {"ResourceArn": Ref("LoadBalancer"), "WebACLArn": acl.att("Arn")},
        )
    _log(lowering, acl.att("Arn"))


def _rules(lowering: Lowering, firewall: Firewall) -> list[Value]:
    rules: list[tuple[str, Value, Value]] = []
    block: Value = {"Action": {"Block": {}}}
    managed: Value = {"OverrideAction": {"None": {}}}
    from_header: dict[str, Value] = {}
    if reads_header(lowering):
        header = {"HeaderName": VISITOR_HEADER, "FallbackBehavior": "MATCH"}
        from_header = {"ForwardedIPConfig": header}
    countries = list(firewall.block or firewall.only)
    if countries:
        match: Value = {"GeoMatchStatement": {"CountryCodes": countries, **from_header}}
        statement = match if firewall.block else {"NotStatement": {"Statement": match}}
        rules.append(("countries", statement, block))
    if firewall.rate is not None:
        limit = {
            "Limit": firewall.rate,
            "EvaluationWindowSec": firewall.window,
            "AggregateKeyType": "FORWARDED_IP" if from_header else "IP",
            **from_header,
        }
        rules.append(("rate", {"RateBasedStatement": limit}, block))
    if firewall.common:
        counted = [{"Name": LARGE_BODIES, "ActionToUse": {"Count": {}}}]
        common = _managed("Common", RuleActionOverrides=counted)
        rules.append(("common", common, managed))
        rules.append(("known-bad-inputs", _managed("KnownBadInputs"), managed))
    if firewall.sql_injection:
        rules.append(("sql-injection", _managed("SQLi"), managed))
    return [
        {
            "Name": name,
            "Priority": priority,
            "Statement": statement,
            **action,
            "VisibilityConfig": _seen(f"{lowering.name}-{name}"),
        }
        for priority, (name, statement, action) in enumerate(rules)
    ]


def _managed(group: str, **more: Value) -> Value:
    """Give AWS's managed group; cross-site scripting is among the common rules."""
    name = f"AWSManagedRules{group}RuleSet"
    return {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **more}}


def _seen(name: str) -> Value:
    return {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": name,
    }


def _log(lowering: Lowering, acl: Value) -> None:
    name = f"aws-waf-logs-{lowering.name}"  # WAF takes no other beginning
    group = lowering.add(
        None,
        "FirewallLogs",
        "AWS::Logs::LogGroup",
        {"LogGroupName": name, "RetentionInDays": lowering.environment.log_days},
        **kept(lowering.environment.production),
    )
    # The group's own ARN ends in ":*", which WAF refuses.
    to = join("arn:", PARTITION, ":logs:", REGION, ":", ACCOUNT, f":log-group:{name}")
    lowering.add(
        None,
        "FirewallLogging",
        "AWS::WAFv2::LoggingConfiguration",
        {
            "ResourceArn": acl,
            "LogDestinationConfigs": [to],
            "RedactedFields": [
                {"SingleHeader": {"Name": header}} for header in ("authorization", "cookie")
            ],
        },
        depends_on=(group.id,),
    )

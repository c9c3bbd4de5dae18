"""AWS WAF: the web ACL, its rules, the requests that it looks at."""

from seatrial.graph import Resource
from seatrial.graph.check.view import LOAD_BALANCER
from seatrial.price.estimate import Estimate, Lines
from seatrial.price.quantity import Quantity
from seatrial.price.rules import prices
from seatrial.price.traffic import DISTRIBUTION, edge, through

DEARER = (
    "AWSManagedRulesBotControlRuleSet",
    "AWSManagedRulesATPRuleSet",
    "AWSManagedRulesACFPRuleSet",
    "AWSManagedRulesAntiDDoSRuleSet",
)
"""AWS's own groups that cost more than a rule: https://aws.amazon.com/waf/pricing/"""


@prices("AWS::WAFv2::WebACL")
def web_acl(resource: Resource, estimate: Estimate) -> Lines:
    """Price a web ACL; a managed group of AWS's counts as one rule."""
    yield estimate.line(resource, "web ACL", "waf.acl_mo", 1, "1 web ACL")
    rules = estimate.several(resource.properties.get("Rules"))
    yield estimate.line(resource, "rules", "waf.rule_mo", len(rules), f"{len(rules)} rules")
    for each in estimate.maps(resource.properties.get("Rules")):
        managed = estimate.map(estimate.map(each.get("Statement")).get("ManagedRuleGroupStatement"))
        name = estimate.text(managed.get("Name"))
        vendor = estimate.text(managed.get("VendorName"), "AWS")
        if name in DEARER or (name and vendor != "AWS"):
            why = f"{name} has a price of its own beside the rule's"
            yield estimate.unknown(resource, f"rule group {name}", "", why)
    requests = _requests(resource, estimate)
    if requests is None:
        why = "nobody said the requests of what it guards"
        yield estimate.unknown(resource, "requests", "waf.1m_req", why, wants="requests")
        return
    how = f"{requests} requests / 1,000,000"
    yield estimate.line(resource, "requests", "waf.1m_req", requests / 1e6, how)


def _requests(resource: Resource, estimate: Estimate) -> Quantity | None:
    own = estimate.quantity("requests", resource.id)
    if own is not None:
        return own
    found: Quantity | None = None
    for each in estimate.of(DISTRIBUTION):
        config = estimate.map(each.properties.get("DistributionConfig"))
        if estimate.follow(config.get("WebACLId")) is resource:
            found = _add(found, edge(estimate, each).requests)
    for each in estimate.of("AWS::WAFv2::WebACLAssociation"):
        if estimate.follow(each.properties.get("WebACLArn")) is resource:
            balancer = estimate.named(each.properties.get("ResourceArn"), LOAD_BALANCER)
            if balancer is not None:
                found = _add(found, through(estimate, balancer).requests)
    return found


def _add(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other

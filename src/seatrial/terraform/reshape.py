"""Properties that the `aws` provider arranges otherwise.

Takes the properties of a type in CloudFormation's shape, gives them in the
shape of Terraform's resource, still under CloudFormation's names. Only types
whose nesting differs are here; names are in `specs`.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from seatrial.graph.values import Value
from seatrial.terraform.specs import BROKERS

Properties = dict[str, Value]

# What CloudFront takes where a template says nothing, and Terraform wants said.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudfront-distribution-cachebehavior.html
METHODS: Properties = {"AllowedMethods": ["GET", "HEAD"], "CachedMethods": ["GET", "HEAD"]}
PORTS: Properties = {"HTTPPort": 80, "HTTPSPort": 443}


def reshape(type: str, properties: Mapping[str, Value]) -> Properties:  # noqa: A002
    """Give a type's properties in Terraform's shape."""
    given = dict(properties)
    return RESHAPED[type](given) if type in RESHAPED else given


def _budget(given: Properties) -> Properties:
    """Put subscribers in two lists by their kind, and cost filters in a block each."""
    notifications = []
    for each in given.pop("NotificationsWithSubscribers", None) or []:
        by_kind: dict[str, list[Value]] = {}
        for subscriber in each.get("Subscribers") or []:
            by_kind.setdefault(subscriber["SubscriptionType"], []).append(subscriber["Address"])
        notifications.append(
            {
                "Notification": {"ThresholdType": "PERCENTAGE"} | each["Notification"],
                "EmailAddresses": by_kind.get("EMAIL"),
                "SnsTopicArns": by_kind.get("SNS"),
            }
        )
    budget = dict(given["Budget"])
    filters = budget.pop("CostFilters", None)
    if isinstance(filters, Mapping):
        budget["CostFilter"] = _named(filters, "Name", "Values")
    tags = {"Tags": given.pop("ResourceTags")} if given.get("ResourceTags") else {}
    return given | tags | {"Budget": budget, "NotificationsWithSubscribers": notifications}


def _parameters(given: Properties) -> Properties:
    """Make a block of each parameter."""
    return given | {"Parameters": _named(given.get("Parameters") or {}, "Name", "Value")}


def _distribution(given: Properties) -> Properties:
    """Leave out lengths and the empty S3 origin; say what CloudFront has where nothing is said."""
    config = dict(given["DistributionConfig"])
    groups = (config.pop("OriginGroups", None) or {}).get("Items") or []
    origins = []
    for origin in config.get("Origins") or []:
        written = dict(origin)
        access = written.get("S3OriginConfig")
        if written.get("OriginAccessControlId") or access in (
            {},
            {"OriginAccessIdentity": ""},
        ):
            written.pop("S3OriginConfig", None)  # the empty word that access control needs
        if written.get("CustomOriginConfig"):
            written["CustomOriginConfig"] = PORTS | written["CustomOriginConfig"]
        origins.append(written)
    config["Origins"] = origins
    if config.get("DefaultCacheBehavior"):
        config["DefaultCacheBehavior"] = METHODS | config["DefaultCacheBehavior"]
    if config.get("CacheBehaviors"):
        config["CacheBehaviors"] = [METHODS | each for each in config["CacheBehaviors"]]
    if groups:
        config["OriginGroup"] = [
            {
                "OriginId": group["Id"],
                "FailoverCriteria": {
                    "StatusCodes": group["FailoverCriteria"]["StatusCodes"]["Items"]
                },
                "Member": [{"OriginId": each["OriginId"]} for each in group["Members"]["Items"]],
            }
            for group in groups
        ]
    return given | {"DistributionConfig": config}


def _firewall(given: Properties) -> Properties:
    """Make a block of each answer of the firewall's own; the rules go in as AWS's API has them."""
    given["Rules"] = _plain(given.get("Rules"))
    bodies = given.pop("CustomResponseBodies", None)
    if bodies:
        given["CustomResponseBody"] = [{"Key": key, **body} for key, body in bodies.items()]
    return given


def _plain(value: Value) -> Value:
    """Give rules whose search strings are plain: the provider encodes them itself.

    https://github.com/hashicorp/terraform-provider-aws/pull/39878
    """
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    written = {name: _plain(inner) for name, inner in value.items()}
    encoded = written.get("SearchStringBase64")
    if isinstance(encoded, str):
        del written["SearchStringBase64"]
        written["SearchString"] = b64decode(encoded).decode("utf-8", "replace")
    return written


def _named(given: Mapping[str, Any], name: str, value: str) -> list[Value]:
    return [{name: key, value: inner} for key, inner in given.items()]


def _brokers(given: Properties) -> Properties:
    """Keep what MSK is asked for; the rest speaks of the function that asks for CloudFormation."""
    return {"ClusterArn": given["ClusterArn"]} if "ClusterArn" in given else {}


def _vpn(given: Properties) -> Properties:
    """Unwrap the tags, which stand under the kind of resource that they are for."""
    specified = given.pop("TagSpecifications", None) or []
    tags = [tag for each in specified for tag in each.get("Tags") or []]
    return given | ({"Tags": tags} if tags else {})


RESHAPED: dict[str, Callable[[Properties], Properties]] = {
    "AWS::Budgets::Budget": _budget,
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::DocDB::DBClusterParameterGroup": _parameters,
    "AWS::EC2::ClientVpnEndpoint": _vpn,
    BROKERS: _brokers,
    "AWS::WAFv2::RuleGroup": _firewall,
    "AWS::WAFv2::WebACL": _firewall,
}

"""The formats that schemas name: what a literal in such a place looks like.

Takes a text, tells whether it has the format; symbols never come here. The
patterns are those of cfn-lint 1.58's format rules (E1150 to E1162).
"""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is called in a message, and its test."""

    says: str
    takes: Callable[[str], bool]


def matching(says: str, pattern: str) -> Format:
    """Make a format of a pattern."""
    compiled: list[re.Pattern[str]] = []

    def takes(text: str) -> bool:
        if not compiled:  # most graphs hold symbols here, so few patterns are ever needed
            compiled.append(re.compile(pattern))
        return compiled[0].match(text) is not None

    return Format(says, takes)


def is_network(kind: type[ipaddress.IPv4Network] | type[ipaddress.IPv6Network]) -> Format:
    """Make the format of an address range with its prefix length."""

    def takes(text: str) -> bool:
        try:
            kind(text, strict=False)
        except ValueError:
            return False
        return "/" in text

    example = "10.0.0.0/16" if kind is ipaddress.IPv4Network else "2001:db8::/56"
    return Format(f"a range of addresses such as {example}", takes)


def is_json(text: str) -> bool:
    """Tell whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


ARN = r"^arn:aws[a-zA-Z-]*:"
KEY_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
FORMATS: dict[str, Format] = {
    "AWS::ACM::Certificate.Arn": matching(
        "a certificate's ARN", ARN + r"acm:[a-z0-9-]+:\d{12}:certificate/.+$"
    ),
    "AWS::EC2::SecurityGroup.Id": matching(
        "a security group's id", r"^sg-([a-fA-F0-9]{8}|[a-fA-F0-9]{17})$"
    ),
    "AWS::EC2::Subnet.Id": matching(
        "a subnet's id", r"^subnet-(([0-9A-Fa-f]{8})|([0-9A-Fa-f]{17}))$"
    ),
    "AWS::EC2::VPC.Id": matching("a VPC's id", r"^vpc-(([0-9A-Fa-f]{8})|([0-9A-Fa-f]{17}))$"),
    "AWS::IAM::Role.Arn": matching("a role's ARN", ARN + r"iam::\d{12}:role/.+$"),
    "AWS::KMS::Alias.AliasName": matching("a key's alias", r"^alias/[a-zA-Z0-9:/_-]+$"),
    "AWS::KMS::Key.Arn": matching("a key's ARN", ARN + r"kms:[a-z0-9-]+:\d{12}:(key|alias)/.+$"),
    "AWS::KMS::Key.Id": matching(
        "a key's id or alias", rf"^({KEY_ID}|mrk-[0-9a-f]{{32}}|alias/[a-zA-Z0-9/_-]+)$"
    ),
    "AWS::Lambda::Function.Arn": matching(
        "a function's ARN", ARN + r"lambda:[a-z0-9-]+:\d{12}:function:.+(:.+)?$"
    ),
    "AWS::Logs::LogGroup.Name": matching("a log group's name", r"^[\.\-_\/#A-Za-z0-9]{1,512}\Z"),
    "AWS::S3::Bucket.Name": matching(
        "a bucket's name: 3 to 63 small letters, digits, dots and hyphens",
        r"^(?![.\-])(?!.*\.\.)(?!.*\-\.)(?!.*\.\-)[a-z0-9.\-]{3,63}(?<![.\-])$",
    ),
    "AWS::SNS::Topic.Arn": matching("a topic's ARN", ARN + r"sns:[a-z0-9-]+:\d{12}:.+$"),
    "ipv4-network": is_network(ipaddress.IPv4Network),
    "ipv6-network": is_network(ipaddress.IPv6Network),
    "json": Format("JSON", is_json),
}

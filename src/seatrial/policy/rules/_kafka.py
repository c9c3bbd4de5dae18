"""Kafka as the rules see it: what a cluster's configuration and a topic say.

Takes a plan and its resources, gives settings by their Kafka names. What is not a literal
is left out.
"""

import base64
import binascii

from seatrial.graph import Resource
from seatrial.policy.plan import Plan
from seatrial.policy.read import at

CLUSTER = "AWS::MSK::Cluster"
TOPIC = "AWS::MSK::Topic"
CONFIGURATION = "AWS::MSK::Configuration"


def properties(text: str) -> dict[str, str]:
    """Read lines of `name=value`."""
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, found, value in pairs if found}


def settings_of(plan: Plan, cluster: Resource) -> dict[str, str]:
    """Give the broker settings of a cluster's configuration."""
    named = plan.named(at(cluster.properties, "ConfigurationInfo", "Arn"), CONFIGURATION)
    text = named.properties.get("ServerProperties") if named else None
    return properties(text) if isinstance(text, str) else {}


def topic_settings(topic: Resource) -> dict[str, str]:
    """Give a topic's own settings, which CloudFormation takes in base64."""
    given = topic.properties.get("Configs")
    try:
        return properties(base64.b64decode(given, validate=True).decode()) if given else {}
    except (TypeError, binascii.Error, UnicodeDecodeError):
        return {}

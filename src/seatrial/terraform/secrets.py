"""Values of secrets: what Terraform may know, and how it reads the rest.

CloudFormation resolves `{{resolve:secretsmanager:...}}` itself; Terraform has
no such word. A key that the graph itself gives a generated secret (its user
name) is no secret and is written out. Everything else is read with an
ephemeral resource, which stands in no file, plan or state, and may go only to
a write-only argument:
https://developer.hashicorp.com/terraform/language/resources/ephemeral
This module never sees a value.
"""

import json

from seatrial.graph import Graph, Resource
from seatrial.graph.values import Secret, Value, symbols


def told(graph: Graph, secret: Secret) -> str | None:
    """Give the value of a secret's key that the graph writes down, None for a real secret."""
    resource = graph.resources.get(secret.id)
    generated = resource.properties.get("GenerateSecretString") if resource else None
    template = (generated or {}).get("SecretStringTemplate")
    if not isinstance(template, str) or not secret.key:
        return None
    try:
        known = json.loads(template).get(secret.key)
    except (ValueError, AttributeError):
        return None
    return known if isinstance(known, str) else None


def needs_version(graph: Graph, resource: Resource) -> bool:
    """Tell whether a secret's text must go to a write-only argument."""
    return resource.type == "AWS::SecretsManager::Secret" and holds_secret(
        graph, resource.properties.get("SecretString")
    )


def holds_secret(graph: Graph, value: Value) -> bool:
    """Tell whether a value has a secret in it that only AWS knows."""
    return any(
        isinstance(each, Secret) and each.dynamic and told(graph, each) is None
        for each in symbols(value)
    )
